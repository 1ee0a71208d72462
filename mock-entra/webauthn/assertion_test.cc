#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/webauthn/test_authenticator.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

/// Asserts what `authenticator` says, against `record` and `expected`.
class AssertionTest : public testing::Test {
 protected:
  AssertionTest() {
    record =
        VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register()).value();
    authenticator.say.sign_count = 2;
  }

  TestAuthenticator authenticator;
  CredentialRecord record;
  AssertionExpectation expected = authenticator.ExpectedAssertion();

  auto Verify() { return VerifyAssertion(expected, record, authenticator.Assert()); }

  void ExpectRefused(const Result<Assertion, VerifyError>& assertion, Check check,
                     const std::string& step, const std::string& message = "") {
    ASSERT_FALSE(assertion) << "accepted, though " << Name(check) << " is wrong";
    EXPECT_EQ(assertion.error().check, check) << assertion.error().message;
    EXPECT_EQ(assertion.error().step, step);
    EXPECT_THAT(assertion.error().message, HasSubstr(message));
  }
  void ExpectRefused(Check check, const std::string& step, const std::string& message = "") {
    ExpectRefused(Verify(), check, step, message);
  }
};

TEST_F(AssertionTest, TheRegisteredKeyIsAccepted) {
  const auto assertion = Verify();
  ASSERT_TRUE(assertion) << assertion.error().message;
  EXPECT_EQ(assertion->sign_count, 2U);
  EXPECT_TRUE(assertion->user_verified);
  EXPECT_FALSE(assertion->backup_state);
}

TEST_F(AssertionTest, TheCredentialMustBeAmongTheAllowed) {
  expected.allowed = {CredentialId{Bytes(16, 0xC2)}};
  ExpectRefused(Check::kCredentialNotAllowed, "§7.2 step 5");
  expected.allowed.push_back(record.id);
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, TheRecordMustBeTheCredentials) {
  record.id.bytes[0] ^= 1;
  ExpectRefused(Check::kCredentialNotAllowed, "§7.2 step 6");
}

TEST_F(AssertionTest, AUserWhoWasNotNamedMustBeNamedByTheKey) {
  auto response = authenticator.Assert();
  response.user_handle.reset();
  ExpectRefused(VerifyAssertion(expected, record, response), Check::kUserHandle, "§7.2 step 6",
                "needed");
  expected.allowed = {record.id};
  EXPECT_TRUE(VerifyAssertion(expected, record, response));
}

TEST_F(AssertionTest, TheUserHandleMustBeTheAccounts) {
  authenticator.say.user_handle.back() ^= 1;
  ExpectRefused(Check::kUserHandle, "§7.2 step 6", "another account");
  expected.allowed = {record.id};
  ExpectRefused(Check::kUserHandle, "§7.2 step 6", "another account");
}

TEST_F(AssertionTest, AuthenticatorDataMustBeWhole) {
  authenticator.say.change_authenticator_data = [](Bytes& data) { data.pop_back(); };
  ExpectRefused(Check::kAuthenticatorDataMalformed, "§7.2 step 7", "signCount");
}

TEST_F(AssertionTest, ClientDataMustBeJson) {
  authenticator.say.change_client_data = [](std::string& text) { text = "[]"; };
  ExpectRefused(Check::kClientDataMalformed, "§7.2 step 9", "object");
}

TEST_F(AssertionTest, TypeMustBeGet) {
  authenticator.say.type = "webauthn.create";
  ExpectRefused(Check::kType, "§7.2 step 10", "webauthn.create");
}

TEST_F(AssertionTest, ChallengeMustBeTheOneSent) {
  expected.challenge.bytes.pop_back();
  ExpectRefused(Check::kChallenge, "§7.2 step 11");
}

TEST_F(AssertionTest, OriginMustBeExpected) {
  authenticator.say.origin = "http://login.example";
  ExpectRefused(Check::kOrigin, "§7.2 step 12", "http://login.example");
}

TEST_F(AssertionTest, AFrameOfAnotherOriginMustBeExpected) {
  authenticator.say.cross_origin = true;
  ExpectRefused(Check::kCrossOrigin, "§7.2 step 13");
  expected.allow_cross_origin = true;
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, ThePageAboveTheFrameMustBeExpected) {
  authenticator.say.cross_origin = true;
  authenticator.say.top_origin = "https://shop.example";
  expected.allow_cross_origin = true;
  ExpectRefused(Check::kCrossOrigin, "§7.2 step 14", "https://shop.example");
  expected.top_origins = {"https://shop.example"};
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, RpIdMustBeExpected) {
  authenticator.say.rp_id = "other.example";
  ExpectRefused(Check::kRpIdHash, "§7.2 step 15");
}

TEST_F(AssertionTest, UserMustBePresent) {
  authenticator.say.flags = flag::kUserVerified;
  ExpectRefused(Check::kUserPresent, "§7.2 step 16");
}

TEST_F(AssertionTest, UserMustBeVerifiedWhereRequired) {
  authenticator.say.flags = flag::kUserPresent;
  ExpectRefused(Check::kUserVerified, "§7.2 step 17");
  expected.require_user_verification = false;
  const auto assertion = Verify();
  ASSERT_TRUE(assertion);
  EXPECT_FALSE(assertion->user_verified);
}

TEST_F(AssertionTest, BackupStateNeedsEligibility) {
  authenticator.say.flags |= flag::kBackupState;
  ExpectRefused(Check::kBackupFlags, "§7.2 step 18");
}

TEST_F(AssertionTest, BackupEligibilityNeverChanges) {
  authenticator.say.flags |= flag::kBackupEligible;
  ExpectRefused(Check::kBackupFlags, "§7.2 step 19");
  record.backup_eligible = true;
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, BackupStateMayChange) {
  record.backup_eligible = true;
  authenticator.say.flags |= flag::kBackupEligible | flag::kBackupState;
  const auto assertion = Verify();
  ASSERT_TRUE(assertion);
  EXPECT_TRUE(assertion->backup_state);
}

TEST_F(AssertionTest, SignatureMustBeTheCredentials) {
  record.public_key = authenticator.attestation_key.Public();
  ExpectRefused(Check::kSignature, "§7.2 step 21");
}

TEST_F(AssertionTest, SignatureMustBeOfTheRecordsAlgorithm) {
  record.algorithm = CoseAlgorithm::kRs256;
  ExpectRefused(Check::kSignature, "§7.2 step 21");
}

TEST_F(AssertionTest, CounterMustGrow) {
  record.sign_count = 2;
  ExpectRefused(Check::kSignatureCounter, "§7.2 step 22", "not more than 2");
  record.sign_count = 3;
  ExpectRefused(Check::kSignatureCounter, "§7.2 step 22", "not more than 3");
  authenticator.say.sign_count = 0;
  ExpectRefused(Check::kSignatureCounter, "§7.2 step 22");
}

TEST_F(AssertionTest, AKeyWithoutACounterStaysAtZero) {
  record.sign_count = 0;
  authenticator.say.sign_count = 0;
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, ExtensionOutputsAreIgnored) {
  authenticator.say.extensions = cbor::Map{{"hmac-secret", Bytes(48)}};
  EXPECT_TRUE(Verify());
}

TEST_F(AssertionTest, NoBitOfWhatIsSignedCanChange) {
  const auto genuine = authenticator.Assert();
  ASSERT_TRUE(VerifyAssertion(expected, record, genuine));
  for (const auto part : {&AssertionResponse::client_data_json,
                          &AssertionResponse::authenticator_data, &AssertionResponse::signature}) {
    for (std::size_t i = 0; i < (genuine.*part).size(); ++i) {
      auto forged = genuine;
      (forged.*part)[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
      EXPECT_FALSE(VerifyAssertion(expected, record, forged)) << "byte " << i;
    }
  }
}

}  // namespace
}  // namespace keyrig::webauthn
