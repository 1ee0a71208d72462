#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/webauthn/test_authenticator.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

/// Registers what `authenticator` says, against what `expected` holds.
class RegistrationTest : public testing::Test {
 protected:
  TestAuthenticator authenticator;
  RegistrationExpectation expected = authenticator.ExpectedRegistration();

  auto Verify() { return VerifyRegistration(expected, authenticator.Register()); }

  void ExpectRefused(Check check, const std::string& step, const std::string& message = "") {
    const auto record = Verify();
    ASSERT_FALSE(record) << "accepted, though " << Name(check) << " is wrong";
    EXPECT_EQ(record.error().check, check) << record.error().message;
    EXPECT_EQ(record.error().step, step);
    EXPECT_THAT(record.error().message, HasSubstr(message));
  }
};

TEST_F(RegistrationTest, AnAttestedKeyIsAccepted) {
  const auto record = Verify();
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->id, CredentialId{authenticator.say.credential_id});
  EXPECT_EQ(record->public_key, authenticator.credential_key.Public());
  EXPECT_EQ(record->algorithm, CoseAlgorithm::kEs256);
  EXPECT_EQ(record->sign_count, 1U);
  EXPECT_TRUE(record->uv_initialized);
  EXPECT_FALSE(record->backup_eligible);
  EXPECT_FALSE(record->backup_state);
  EXPECT_EQ(record->transports, std::vector<std::string>{"usb"});
  EXPECT_EQ(record->aaguid, authenticator.aaguid);
  EXPECT_EQ(record->attestation_format, "packed");
  EXPECT_TRUE(record->attested);
  EXPECT_EQ(record->attestation_chain.size(), 1U);
}

class EveryAlgorithmTest : public testing::TestWithParam<CoseAlgorithm> {};

TEST_P(EveryAlgorithmTest, RegistersAttestedAndSelfAttested) {
  for (const TestAttestation attestation :
       {TestAttestation::kNone, TestAttestation::kSelf, TestAttestation::kCertified}) {
    TestAuthenticator authenticator(GetParam());
    authenticator.say.attestation = attestation;
    const auto record =
        VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register());
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->algorithm, GetParam());
    EXPECT_EQ(record->public_key, authenticator.credential_key.Public());
    EXPECT_EQ(record->attested, attestation == TestAttestation::kCertified);
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, EveryAlgorithmTest,
                         testing::Values(CoseAlgorithm::kEs256, CoseAlgorithm::kEs384,
                                         CoseAlgorithm::kEs512, CoseAlgorithm::kEdDsa,
                                         CoseAlgorithm::kEd448, CoseAlgorithm::kRs256),
                         [](const auto& row) { return std::string(Name(row.param)); });

// Client data: steps 5 to 11.

TEST_F(RegistrationTest, ClientDataMustBeJson) {
  authenticator.say.change_client_data = [](std::string& text) { text.pop_back(); };
  ExpectRefused(Check::kClientDataMalformed, "§7.1 step 6", "not JSON");
}

TEST_F(RegistrationTest, TypeMustBeCreate) {
  authenticator.say.type = "webauthn.get";
  ExpectRefused(Check::kType, "§7.1 step 7", "webauthn.get");
}

TEST_F(RegistrationTest, ChallengeMustBeTheOneSent) {
  expected.challenge.bytes.back() ^= 1;
  ExpectRefused(Check::kChallenge, "§7.1 step 8");
}

TEST_F(RegistrationTest, OriginMustBeExpected) {
  authenticator.say.origin = "https://login.example.evil";
  ExpectRefused(Check::kOrigin, "§7.1 step 9", "https://login.example.evil");
}

TEST_F(RegistrationTest, AnotherExpectedOriginWillDo) {
  authenticator.say.origin = "https://www.login.example";
  expected.origins.emplace_back("https://www.login.example");
  EXPECT_TRUE(Verify());
}

TEST_F(RegistrationTest, AFrameOfAnotherOriginMustBeExpected) {
  authenticator.say.cross_origin = true;
  ExpectRefused(Check::kCrossOrigin, "§7.1 step 10");
  expected.allow_cross_origin = true;
  EXPECT_TRUE(Verify());
}

TEST_F(RegistrationTest, ThePageAboveTheFrameMustBeExpected) {
  authenticator.say.cross_origin = true;
  authenticator.say.top_origin = "https://shop.example";
  expected.allow_cross_origin = true;
  ExpectRefused(Check::kCrossOrigin, "§7.1 step 11", "https://shop.example");
  expected.top_origins = {"https://shop.example"};
  EXPECT_TRUE(Verify());
}

TEST_F(RegistrationTest, ATopOriginAloneNeedsAnExpectedFrame) {
  authenticator.say.cross_origin = std::nullopt;
  authenticator.say.top_origin = "https://shop.example";
  expected.top_origins = {"https://shop.example"};
  ExpectRefused(Check::kCrossOrigin, "§7.1 step 11");
}

// Attestation object and authenticator data: steps 13 to 20.

TEST_F(RegistrationTest, AttestationObjectMustBeWhole) {
  auto response = authenticator.Register();
  response.attestation_object.pop_back();
  const auto record = VerifyRegistration(expected, response);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().check, Check::kAttestationObjectMalformed);
  EXPECT_EQ(record.error().step, "§7.1 step 13");
}

TEST_F(RegistrationTest, AuthenticatorDataMustBeWhole) {
  authenticator.say.change_authenticator_data = [](Bytes& data) { data.push_back(0); };
  ExpectRefused(Check::kAuthenticatorDataMalformed, "§7.1 step 13", "after its last field");
}

TEST_F(RegistrationTest, AttestedCredentialDataMustBeThere) {
  authenticator.say.change_authenticator_data = [](Bytes& data) {
    data.resize(37);
    data[32] &= static_cast<std::uint8_t>(~flag::kAttestedData);
  };
  ExpectRefused(Check::kAuthenticatorDataMalformed, "§7.1 step 13", "attested credential data");
}

TEST_F(RegistrationTest, RpIdMustBeExpected) {
  authenticator.say.rp_id = "other.example";
  ExpectRefused(Check::kRpIdHash, "§7.1 step 14", "login.example");
}

TEST_F(RegistrationTest, UserMustBePresent) {
  authenticator.say.flags = flag::kUserVerified;
  ExpectRefused(Check::kUserPresent, "§7.1 step 15");
}

TEST_F(RegistrationTest, UserMustBeVerifiedWhereRequired) {
  authenticator.say.flags = flag::kUserPresent;
  ExpectRefused(Check::kUserVerified, "§7.1 step 16");
  expected.require_user_verification = false;
  const auto record = Verify();
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->uv_initialized);
}

TEST_F(RegistrationTest, BackupStateNeedsEligibility) {
  authenticator.say.flags |= flag::kBackupState;
  ExpectRefused(Check::kBackupFlags, "§7.1 step 17");
  authenticator.say.flags |= flag::kBackupEligible;
  const auto record = Verify();
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->backup_eligible);
  EXPECT_TRUE(record->backup_state);
}

TEST_F(RegistrationTest, AlgorithmMustBeAskedFor) {
  expected.algorithms = {CoseAlgorithm::kRs256, CoseAlgorithm::kEdDsa};
  ExpectRefused(Check::kAlgorithm, "§7.1 step 20", "-7");
}

TEST_F(RegistrationTest, AnAlgorithmThatNobodyKnowsIsNotAskedFor) {
  authenticator.say.cose_key = {{1, 7}, {3, -46}, {-1, Bytes(8)}};
  ExpectRefused(Check::kAlgorithm, "§7.1 step 20", "-46");
}

// Attestation: steps 21 to 25.

TEST_F(RegistrationTest, FormatMustBeSupported) {
  authenticator.say.format = "android-safetynet";
  ExpectRefused(Check::kAttestationFormat, "§7.1 step 21", "android-safetynet");
}

TEST_F(RegistrationTest, FormatNamesAreCaseSensitive) {
  authenticator.say.format = "Packed";
  ExpectRefused(Check::kAttestationFormat, "§7.1 step 21");
}

TEST_F(RegistrationTest, StatementMustVerify) {
  authenticator.say.change_statement = [](cbor::Map& statement) {
    Bytes signature = *statement[1].second.AsBytes();
    signature.back() ^= 1;
    statement[1].second = signature;
  };
  ExpectRefused(Check::kAttestationStatement, "§7.1 step 22", "signature");
}

TEST_F(RegistrationTest, ChainMustLeadToATrustedRootWhereRequired) {
  expected.attestation_roots = TestAuthenticator(CoseAlgorithm::kRs256).roots;
  ExpectRefused(Check::kAttestationTrust, "§7.1 step 24");
  expected.require_attestation = false;
  const auto record = Verify();
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_FALSE(record->attested);
  EXPECT_EQ(record->attestation_chain.size(), 1U);
}

TEST_F(RegistrationTest, CertificateMustBeValidNow) {
  expected.now += std::chrono::days(2000);
  ExpectRefused(Check::kAttestationTrust, "§7.1 step 24", "expired");
}

TEST_F(RegistrationTest, SelfAndNoneAreNotTrustedWhereAttestationIsRequired) {
  for (const TestAttestation attestation : {TestAttestation::kSelf, TestAttestation::kNone}) {
    authenticator.say.attestation = attestation;
    expected.require_attestation = true;
    ExpectRefused(Check::kAttestationTrust, "§7.1 step 24");
    expected.require_attestation = false;
    const auto record = Verify();
    ASSERT_TRUE(record);
    EXPECT_FALSE(record->attested);
  }
}

TEST_F(RegistrationTest, CredentialIdHasAtMost1023Bytes) {
  authenticator.say.credential_id = Bytes(1023, 1);
  EXPECT_TRUE(Verify());
  authenticator.say.credential_id.push_back(1);
  ExpectRefused(Check::kCredentialIdLength, "§7.1 step 25", "1024");
}

TEST_F(RegistrationTest, UnsolicitedExtensionsAreIgnored) {
  authenticator.say.extensions = cbor::Map{{"credProtect", 2}, {"hmac-secret", true}};
  EXPECT_TRUE(Verify());
}

}  // namespace
}  // namespace keyrig::webauthn
