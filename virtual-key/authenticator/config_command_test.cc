#include "virtual-key/authenticator/config_command.h"

#include <algorithm>

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

/// A key that can be configured in every way.
class ConfigTest : public AuthenticatorTest {
 protected:
  ConfigTest() {
    config_.versions.push_back(Version::kFido23);
    config_.config_commands = {.long_touch_for_reset = true, .pin_complexity_policy = true};
    config_.enterprise_attestation.emplace();
    config_.has_min_pin_length_extension = true;
  }

  Token Permitted() { return GetToken("1234", 0x20, std::nullopt); }
  Status SetMinimum(const cbor::Map& params) { return Send(Configure(0x03, params)).status; }
  Status SetMinimum(const cbor::Map& params, const Token& token) {
    return Send(Configure(0x03, params, token)).status;
  }
  cbor::Value Member(int key) { return SendRaw(Bytes{0x04}).At(key); }
  cbor::Value Option(std::string_view name) {
    const cbor::Value options = Member(0x04);
    const cbor::Value* option = options.Find(name);
    return option == nullptr ? cbor::Value("absent") : *option;
  }
};

TEST_F(ConfigTest, AKeyWithoutConfigDoesNotKnowTheCommand) {
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kOk);
  config_.config_commands.reset();
  config_.enterprise_attestation.reset();
  ReplaceKey();
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kInvalidCommand);
  EXPECT_EQ(Option("authnrCfg"), cbor::Value("absent"));
}

TEST_F(ConfigTest, SubCommandsThatTheKeyHasAreListedAndOthersRefused) {
  EXPECT_EQ(Option("authnrCfg"), cbor::Value(true));
  EXPECT_EQ(cbor::Diagnose(Member(0x1F)), "[1, 2, 3, 4]");
  EXPECT_EQ(Send(Configure(0xFF)).status, Status::kInvalidParameter) << "no vendor prototype";
  EXPECT_EQ(Send(Configure(0x05)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send({0x0D, {}}).status, Status::kMissingParameter);
  config_.config_commands = {.set_min_pin_length = false, .toggle_always_uv = false};
  ReplaceKey();
  EXPECT_EQ(cbor::Diagnose(Member(0x1F)), "[1]");
  for (const int absent : {0x02, 0x03, 0x04}) {
    EXPECT_EQ(Send(Configure(absent)).status, Status::kInvalidParameter) << absent;
  }
}

TEST_F(ConfigTest, TheListIsOf23Alone) {
  config_.versions = {Version::kFido20, Version::kFido21};
  EXPECT_TRUE(Member(0x1F).IsNull());
  EXPECT_EQ(Option("authnrCfg"), cbor::Value(true));
}

TEST_F(ConfigTest, AKeyThatNothingProtectsNeedsNoToken) {
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kOk);
  EXPECT_EQ(Option("ep"), cbor::Value(true));
}

TEST_F(ConfigTest, AProtectedKeyNeedsATokenWithItsPermission) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kPuatRequired);
  const Token token = Permitted();
  const Request enable = Configure(0x01, {}, token);
  EXPECT_EQ(Send(enable.Without(0x03)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(enable.With(0x03, 3)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(enable.With(0x04, Bytes(32))).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Option("ep"), cbor::Value(false));
  EXPECT_EQ(Send(enable).status, Status::kOk);
  EXPECT_EQ(Option("ep"), cbor::Value(true));
  const Token other = GetToken("1234", 0x04, std::nullopt);
  EXPECT_EQ(Send(Configure(0x01, {}, other)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Configure(0x01, {}, Permitted())).status, Status::kOk) << "again is no error";
}

TEST_F(ConfigTest, TheCodeIsOverTheParameters) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Request set = Configure(0x03, cbor::Map{{0x01, 6}}, Permitted());
  EXPECT_EQ(Send(set.With(0x02, cbor::Map{{0x01, 7}})).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(set).status, Status::kOk);
}

TEST_F(ConfigTest, AFingerGivesAConfigToken) {
  EnrollWithPin("thumb");
  EXPECT_EQ(Option("uvAcfg"), cbor::Value(true));
  EXPECT_EQ(Send(Configure(0x01, {}, GetTokenByFinger(0x20, std::nullopt))).status, Status::kOk);
}

TEST_F(ConfigTest, ConfigTokensAreGrantedOnlyWhereThereIsConfig) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Permitted().status, Status::kOk);
  config_.config_commands.reset();
  config_.enterprise_attestation.reset();
  ReplaceKey();
  EXPECT_EQ(Permitted().status, Status::kUnauthorizedPermission);
}

TEST_F(ConfigTest, AlwaysUvIsToggled) {
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(false));
  EXPECT_EQ(Option("makeCredUvNotRqd"), cbor::Value(true));
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  ASSERT_EQ(Send(Configure(0x02, {}, Permitted())).status, Status::kOk);
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(true));
  EXPECT_EQ(Option("makeCredUvNotRqd"), cbor::Value(false));
  ReplaceKey();
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(true)) << "the store remembers";
  ASSERT_EQ(Send(Configure(0x02, {}, Permitted())).status, Status::kOk);
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(false));
}

TEST_F(ConfigTest, WhoCannotVerifyHimselfMaySwitchAlwaysUvOffButChangeNothingElse) {
  config_.always_uv = true;
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kPuatRequired);
  EXPECT_EQ(Send(Configure(0x02)).status, Status::kOk);
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(false));
  EXPECT_EQ(Send(Configure(0x01)).status, Status::kOk);
}

TEST_F(ConfigTest, AlwaysUvAsksForVerificationWhereItWasNotNeeded) {
  const Bytes id = IdOf(Send(Register()));
  ASSERT_EQ(Send(Configure(0x02)).status, Status::kOk);
  EXPECT_EQ(Send(Register()).status, Status::kPuatRequired);
  EXPECT_EQ(Send(SignIn({id})).status, Status::kPuatRequired);
  EXPECT_EQ(Send(SignIn({id}).With(0x05, cbor::Map{{"up", false}})).status, Status::kOk)
      << "silent assertions are left alone";
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(Register()).status, Status::kPuatRequired);
  EXPECT_EQ(Send(SignIn({id})).status, Status::kPuatRequired);
  EXPECT_EQ(Send(Authorize(Register(), GetToken("1234", 0x01, "example.com"))).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(SignIn({id}), GetToken("1234", 0x02, "example.com"))).status,
            Status::kOk);
}

TEST_F(ConfigTest, UnderAlwaysUvAParameterWithoutAnyPinIsNotIgnored) {
  const Token made_up{Status::kOk, 2, Bytes(32)};
  EXPECT_EQ(Send(Authorize(Register(), made_up)).status, Status::kOk);
  const Bytes id = IdOf(Send(Register()));
  ASSERT_EQ(Send(Configure(0x02)).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(Register(), made_up)).status, Status::kPuatRequired);
  EXPECT_EQ(Send(Authorize(SignIn({id}), made_up)).status, Status::kPuatRequired);
}

TEST_F(ConfigTest, UnderAlwaysUvAnEnrolledFingerIsAskedFor) {
  config_.always_uv = true;
  EnrollWithPin("thumb");
  const Reply registered = Send(Register());
  ASSERT_EQ(registered.status, Status::kOk);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kVerify});
  EXPECT_EQ(ParseAuthData(registered.At(0x02)).flags & kUv, kUv);
  const Reply signed_in = Send(SignIn({IdOf(registered)}));
  ASSERT_EQ(signed_in.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(signed_in.At(0x02)).flags & kUv, kUv);
}

TEST_F(ConfigTest, TheMinimumGrowsOnly) {
  EXPECT_EQ(Member(0x0D), cbor::Value(4));
  EXPECT_EQ(SetMinimum({{0x01, 6}}), Status::kOk);
  EXPECT_EQ(Member(0x0D), cbor::Value(6));
  EXPECT_EQ(SetMinimum({{0x01, 5}}), Status::kPinPolicyViolation);
  EXPECT_EQ(SetMinimum({{0x01, 6}}), Status::kOk);
  EXPECT_EQ(SetMinimum({{0x01, 64}}), Status::kPinPolicyViolation);
  EXPECT_EQ(Send(Configure(0x03)).status, Status::kOk) << "nothing to change";
  EXPECT_EQ(Member(0x0D), cbor::Value(6));
  EXPECT_EQ(SetPin("12345"), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("123456"), Status::kOk);
}

TEST_F(ConfigTest, APinThatBecameTooShortHasToBeChanged) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Member(0x0C), cbor::Value(false));
  ASSERT_EQ(SetMinimum({{0x01, 4}}, Permitted()), Status::kOk);
  EXPECT_EQ(Member(0x0C), cbor::Value(false));
  ASSERT_EQ(SetMinimum({{0x01, 5}}, Permitted()), Status::kOk);
  EXPECT_EQ(Member(0x0C), cbor::Value(true));
  EXPECT_EQ(GetToken("1234", 0x01, "example.com").status, Status::kPinPolicyViolation);
  EXPECT_EQ(GetLegacyToken("1234").status, Status::kPinInvalid);
  EXPECT_EQ(PinRetries(), 8) << "the PIN was right";
  EXPECT_EQ(ChangePin("1234", "9876"), Status::kPinPolicyViolation);
  EXPECT_EQ(ChangePin("1234", "98765"), Status::kOk);
  EXPECT_EQ(Member(0x0C), cbor::Value(false));
  EXPECT_EQ(GetLegacyToken("98765").status, Status::kOk);
}

TEST_F(ConfigTest, AForcedChangeIsToAnotherPinAndEndsEveryToken) {
  EXPECT_EQ(SetMinimum({{0x03, true}}), Status::kPinNotSet);
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(ChangePin("1234", "1234"), Status::kOk) << "nobody forces it yet";
  const Token token = Permitted();
  ASSERT_EQ(SetMinimum({{0x03, false}}, token), Status::kOk);
  ASSERT_EQ(SetMinimum({{0x03, true}}, token), Status::kOk);
  EXPECT_EQ(SetMinimum({{0x01, 4}}, token), Status::kPinAuthInvalid);
  EXPECT_EQ(ChangePin("1234", "1234"), Status::kPinPolicyViolation);
  EXPECT_EQ(Member(0x0C), cbor::Value(true));
  EXPECT_EQ(ChangePin("1234", "5678"), Status::kOk);
  EXPECT_EQ(Permitted().status, Status::kPinInvalid);
  EXPECT_EQ(GetToken("5678", 0x20, std::nullopt).status, Status::kOk);
}

TEST_F(ConfigTest, TheRelyingPartiesThatMayAskAreReplaced) {
  const auto kept = [&] { return store_.Load().min_pin_length_rp_ids; };
  config_.config_commands->max_min_pin_length_rp_ids = 2;
  EXPECT_EQ(Member(0x10), cbor::Value(2));
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{"a.example", "b.example"}}}), Status::kOk);
  EXPECT_EQ(kept(), (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{"a", "b", "c"}}}), Status::kKeyStoreFull);
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{}}}), Status::kOk) << "changes nothing";
  EXPECT_EQ(kept().size(), 2U);
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{"c.example"}}}), Status::kOk);
  EXPECT_EQ(kept(), std::vector<std::string>{"c.example"});
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{7}}}), Status::kCborUnexpectedType);
}

TEST_F(ConfigTest, RelyingPartiesAreForKeysWithTheExtension) {
  config_.has_min_pin_length_extension = false;
  EXPECT_EQ(SetMinimum({{0x02, cbor::Array{"a.example"}}}), Status::kInvalidParameter);
  EXPECT_EQ(SetMinimum({{0x01, 6}}), Status::kOk);
}

TEST_F(ConfigTest, ThePinPolicyIsTurnedOn) {
  EXPECT_EQ(Member(0x1B), cbor::Value(false));
  ASSERT_EQ(SetMinimum({{0x04, true}}), Status::kOk);
  EXPECT_EQ(Member(0x1B), cbor::Value(true));
  EXPECT_EQ(SetPin("1234"), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("1235"), Status::kOk);
  config_.config_commands->pin_complexity_policy = false;
  store_ = WatchedStore();
  ReplaceKey();
  EXPECT_TRUE(Member(0x1B).IsNull());
  EXPECT_EQ(SetMinimum({{0x04, true}}), Status::kInvalidParameter);
}

TEST_F(ConfigTest, ARefusedChangeChangesNothing) {
  EXPECT_EQ(SetMinimum({{0x01, 8}, {0x03, true}}), Status::kPinNotSet);
  EXPECT_EQ(Member(0x0D), cbor::Value(4));
}

TEST_F(ConfigTest, ResetPutsEverythingBack) {
  ASSERT_EQ(SetMinimum({{0x01, 6}, {0x02, cbor::Array{"a.example"}}, {0x04, true}}), Status::kOk);
  ASSERT_EQ(Send(Configure(0x01)).status, Status::kOk);
  ASSERT_EQ(Send(Configure(0x02)).status, Status::kOk);
  ASSERT_EQ(SendRaw(Bytes{0x07}).status, Status::kOk);
  EXPECT_EQ(Member(0x0D), cbor::Value(4));
  EXPECT_EQ(Member(0x1B), cbor::Value(false));
  EXPECT_EQ(Option("ep"), cbor::Value(false));
  EXPECT_EQ(Option("alwaysUv"), cbor::Value(false));
  EXPECT_TRUE(store_.Load().min_pin_length_rp_ids.empty());
}

}  // namespace
}  // namespace keyrig::authenticator
