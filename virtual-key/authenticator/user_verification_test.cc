#include "virtual-key/authenticator/user_verification.h"

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::seconds;

/// A key with the PIN 1234 and an enrolled thumb.
class UserVerificationTest : public AuthenticatorTest {
 protected:
  void SetUp() override { EnrollWithPin("thumb"); }

  Request RegisterWithUv() const { return Register().With(0x07, cbor::Map{{"uv", true}}); }
  Request SignInWithUv(const Bytes& id) const {
    return SignIn({id}).With(0x05, cbor::Map{{"uv", true}});
  }
  int UvRetries() {
    return static_cast<int>(Send(ClientPin(0x07)).At(0x05).AsUnsigned().value_or(99));
  }
  static std::uint8_t Flags(const Reply& reply) { return ParseAuthData(reply.At(0x02)).flags; }
};

TEST_F(UserVerificationTest, AFingerVerifiesAndIsTheTouchToo) {
  const Reply registered = Send(RegisterWithUv());
  ASSERT_EQ(registered.status, Status::kOk);
  EXPECT_EQ(Flags(registered) & (kUp | kUv), kUp | kUv);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kVerify});
  user_.asked.clear();
  const Reply signed_in = Send(SignInWithUv(IdOf(registered)));
  ASSERT_EQ(signed_in.status, Status::kOk);
  EXPECT_EQ(Flags(signed_in) & (kUp | kUv), kUp | kUv);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kVerify});
  EXPECT_EQ(Flags(Send(SignIn({IdOf(registered)}))) & kUv, 0) << "not where nobody asks for it";
}

TEST_F(UserVerificationTest, OnlyAnEnrolledFingerWillDo) {
  user_.finger = "index";
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired) << "the PIN is left";
  EXPECT_EQ(user_.asked.size(), 2U) << "the key asks twice itself";
  user_.finger = "thumb";
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOk);
}

TEST_F(UserVerificationTest, ABadSampleIsNoMatch) {
  user_.fingers = {{.finger = "thumb", .sample = SampleStatus::kTooFast}, {.finger = "thumb"}};
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOk) << "the second is good";
  EXPECT_EQ(user_.asked.size(), 2U);
}

TEST_F(UserVerificationTest, AnAttemptCostsARetryAndSuccessGivesAllBack) {
  EXPECT_EQ(UvRetries(), 3);
  user_.fingers = {{.finger = ""}, {.finger = ""}};
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired);
  EXPECT_EQ(UvRetries(), 1);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOk);
  EXPECT_EQ(UvRetries(), 3);
}

TEST_F(UserVerificationTest, WithoutRetriesOnlyThePinIsLeftAndGivesThemBack) {
  user_.finger = "";
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired);
  EXPECT_EQ(user_.asked.size(), 3U);
  EXPECT_EQ(UvRetries(), 0);
  user_.finger = "thumb";
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired);
  EXPECT_EQ(user_.asked.size(), 3U) << "the sensor is not asked any more";
  ReplaceKey();
  EXPECT_EQ(UvRetries(), 0) << "the store remembers";
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kUvBlocked);
  const Token token = GetToken("1234", 0x01, "example.com");
  EXPECT_EQ(UvRetries(), 3);
  EXPECT_EQ(Send(Authorize(Register(), token)).status, Status::kOk);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOk);
}

TEST_F(UserVerificationTest, ABlockedPinBlocksTheFingerToo) {
  config_.pin.max_retries = 1;
  ReplaceKey();
  ASSERT_EQ(GetLegacyToken("1234").status, Status::kOk) << "retries are 1 from now on";
  ASSERT_EQ(GetLegacyToken("0000").status, Status::kPinBlocked);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPuatRequired);
  EXPECT_TRUE(user_.asked.empty());
  EXPECT_EQ(UvRetries(), 0);
}

TEST_F(UserVerificationTest, ATimeoutIsToldAsSuchAndCostsARetry) {
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kUserActionTimeout);
  EXPECT_EQ(UvRetries(), 2);
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kKeepaliveCancel);
  user_.outcome = GestureOutcome::kTouched;
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOk);
}

TEST_F(UserVerificationTest, TheUserMaySayNo) {
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOperationDenied);
}

TEST_F(UserVerificationTest, WhereThePinGivesNoSuchTokenThereIsNothingLeft) {
  config_.no_mc_ga_permissions_with_client_pin = true;
  ReplaceKey();
  user_.finger = "";
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kOperationDenied);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kPinBlocked);
  EXPECT_EQ(GetToken("1234", 0x01, "example.com").status, Status::kUnauthorizedPermission);
  user_.finger = "thumb";
  ASSERT_EQ(GetToken("1234", 0x04, std::nullopt).status, Status::kOk);
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kOk);
}

TEST_F(UserVerificationTest, UvIsInvalidWithoutAnEnrolledFinger) {
  const Bytes id = IdOf(Send(Register()));
  clock_.Advance(seconds(1));
  ASSERT_EQ(SendRaw(Bytes{0x07}).status, Status::kOk);
  EXPECT_EQ(Send(RegisterWithUv()).status, Status::kInvalidOption);
  EXPECT_EQ(Send(SignInWithUv(id)).status, Status::kInvalidOption);
  EXPECT_EQ(Send(Register()).status, Status::kOk);
}

TEST_F(UserVerificationTest, AParameterMakesUvMootInstead) {
  const Token token = GetToken("1234", 0x01, "example.com");
  EXPECT_EQ(Send(Authorize(RegisterWithUv(), token)).status, Status::kOk);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kRegister});
}

TEST_F(UserVerificationTest, AFingerGivesATokenThatProvesPresence) {
  const Token token = GetTokenByFinger(0x03, "example.com");
  ASSERT_EQ(token.status, Status::kOk);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kVerify});
  user_.asked.clear();
  const Reply registered = Send(Authorize(Register(), token));
  ASSERT_EQ(registered.status, Status::kOk);
  EXPECT_EQ(Flags(registered) & (kUp | kUv), kUp | kUv);
  EXPECT_TRUE(user_.asked.empty()) << "no touch is needed any more";
}

TEST_F(UserVerificationTest, ThePresenceOfATokenLasts30Seconds) {
  const Bytes id = IdOf(Send(Register()));
  user_.asked.clear();
  Token token = GetTokenByFinger(0x0A, "example.com");
  ASSERT_EQ(Send(Bio(0x04, {}, token)).status, Status::kOk) << "used, it lives longer";
  clock_.Advance(seconds(30));
  ASSERT_EQ(Send(Authorize(SignIn({id}), token)).status, Status::kOk);
  EXPECT_EQ(user_.asked, (std::vector{GesturePurpose::kVerify, GesturePurpose::kSignIn}));
}

TEST_F(UserVerificationTest, ATokenByFingerIsForItsPermissions) {
  EXPECT_EQ(GetTokenByFinger(0x00, "example.com").status, Status::kInvalidParameter);
  EXPECT_EQ(GetTokenByFinger(0x01, std::nullopt).status, Status::kMissingParameter);
  EXPECT_EQ(GetTokenByFinger(0x20, std::nullopt).status, Status::kUnauthorizedPermission);
  EXPECT_TRUE(user_.asked.empty());
  const Token token = GetTokenByFinger(0x08, std::nullopt);
  EXPECT_EQ(Send(Bio(0x04, {}, token)).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(Register(), token)).status, Status::kPinAuthInvalid);
}

TEST_F(UserVerificationTest, AWrongFingerGivesNoTokenAndTheLastOneBlocks) {
  user_.finger = "index";
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kUvInvalid);
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kUvInvalid);
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kUvBlocked);
  EXPECT_EQ(user_.asked.size(), 3U) << "the platform is to ask again, not the key";
}

TEST_F(UserVerificationTest, WherePlatformsTryOnceTheKeyTriesAgain) {
  config_.fingerprint->preferred_platform_uv_attempts = 1;
  ReplaceKey();
  user_.fingers = {{.finger = ""}, {.finger = "thumb"}};
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kOk);
  EXPECT_EQ(user_.asked.size(), 2U);
}

TEST_F(UserVerificationTest, NoFingerNoToken) {
  clock_.Advance(seconds(1));
  ASSERT_EQ(SendRaw(Bytes{0x07}).status, Status::kOk);
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kNotAllowed);
  config_.fingerprint.reset();
  ReplaceKey();
  EXPECT_EQ(GetTokenByFinger(0x01, "example.com").status, Status::kInvalidSubcommand);
  EXPECT_EQ(Send(ClientPin(0x07)).status, Status::kInvalidSubcommand);
}

TEST_F(UserVerificationTest, AnExcludedCredentialNeedsNoTouchAfterTheFinger) {
  const Bytes id = IdOf(Send(Register()));
  user_.asked.clear();
  const cbor::Array excluded = {cbor::Map{{"id", id}, {"type", "public-key"}}};
  EXPECT_EQ(Send(RegisterWithUv().With(0x05, excluded)).status, Status::kCredentialExcluded);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kVerify});
}

TEST_F(UserVerificationTest, GetInfoTellsModalityAttemptsAndTheCount) {
  config_.versions.push_back(Version::kFido23);
  ReplaceKey();
  const auto info = [&](int member) { return SendRaw(Bytes{0x04}).At(member); };
  EXPECT_EQ(info(0x11), cbor::Value(3));
  EXPECT_EQ(info(0x12), cbor::Value(2));
  EXPECT_EQ(info(0x17), cbor::Value(0));
  user_.fingers = {{.finger = ""}, {.finger = "thumb"}};
  ASSERT_EQ(Send(RegisterWithUv()).status, Status::kOk);
  EXPECT_EQ(info(0x17), cbor::Value(2)) << "failed ones too";
  ASSERT_EQ(GetLegacyToken("1234").status, Status::kOk);
  EXPECT_EQ(info(0x17), cbor::Value(0));
}

TEST_F(UserVerificationTest, AWrongFingerIsAnEvent) {
  user_.fingers = {{.finger = ""}, {.finger = "thumb"}};
  ASSERT_EQ(Send(RegisterWithUv()).status, Status::kOk);
  const auto events = events_.Events();
  const auto wrong = std::ranges::find(events, "key.finger_wrong", &Event::kind);
  ASSERT_NE(wrong, events.end());
  EXPECT_EQ(wrong->Field("retries"), "2");
}

}  // namespace
}  // namespace keyrig::authenticator
