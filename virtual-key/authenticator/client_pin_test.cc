#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

/// Both PIN/UV auth protocols keep the same rules.
class ClientPinTest : public AuthenticatorTest, public testing::WithParamInterface<int> {
 protected:
  int Protocol() const { return GetParam(); }
  Status TryPin(std::string_view pin) { return GetLegacyToken(pin, Protocol()).status; }
};

INSTANTIATE_TEST_SUITE_P(Protocol, ClientPinTest, testing::Values(1, 2));

TEST_P(ClientPinTest, ASetPinOpensTheKey) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const Token token = GetToken("1234", 0x03, "example.com", Protocol());
  EXPECT_EQ(token.status, Status::kOk);
  EXPECT_EQ(token.value.size(), 32U);
}

TEST_P(ClientPinTest, EachTokenIsAnother) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_NE(GetLegacyToken("1234", Protocol()).value, GetLegacyToken("1234", Protocol()).value);
}

TEST_P(ClientPinTest, SetPinNeedsEveryMember) {
  const auto secret = Agree(Protocol());
  const Bytes enc = secret.Encrypt(Bytes(64, '1'));
  const Request whole = ClientPin(0x03)
                            .With(0x01, Protocol())
                            .With(0x03, secret.KeyAgreement())
                            .With(0x04, secret.Authenticate(enc))
                            .With(0x05, enc);
  for (const int member : {0x01, 0x02, 0x03, 0x04, 0x05}) {
    EXPECT_EQ(Send(whole.Without(member)).status, Status::kMissingParameter) << member;
  }
}

TEST_P(ClientPinTest, ASecondSetPinIsRefused) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(SetPin("5678", Protocol()), Status::kPinAuthInvalid);
  EXPECT_EQ(TryPin("1234"), Status::kOk);
}

TEST_P(ClientPinTest, PinsAreMeasuredInCodePointsAndBytes) {
  EXPECT_EQ(SetPin("123", Protocol()), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("äöü", Protocol()), Status::kPinPolicyViolation) << "three, in six bytes";
  EXPECT_EQ(SetPin("", Protocol()), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin(std::string(64, '1'), Protocol()), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("\xFF\xFF\xFF\xFF", Protocol()), Status::kPinPolicyViolation) << "not UTF-8";
  EXPECT_EQ(SetPin(std::string(63, '1'), Protocol()), Status::kOk);
}

TEST_P(ClientPinTest, AMinimumOfMoreIsKept) {
  config_.pin.min_length = 6;
  EXPECT_EQ(SetPin("12345", Protocol()), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("123456", Protocol()), Status::kOk);
}

TEST_P(ClientPinTest, OnlyTrailingZeroBytesArePadding) {
  const std::string pin("12\00034", 5);
  ASSERT_EQ(SetPin(pin, Protocol()), Status::kOk);
  EXPECT_EQ(TryPin("12"), Status::kPinInvalid);
  EXPECT_EQ(TryPin(pin), Status::kOk);
}

TEST_P(ClientPinTest, ThePaddedPinHas64Bytes) {
  for (const std::size_t size : {16U, 48U, 80U}) {
    EXPECT_EQ(SetPaddedPin(Bytes(size, '1'), Protocol()), Status::kInvalidParameter) << size;
  }
}

TEST_P(ClientPinTest, AWrongCodeCostsNoRetry) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const auto secret = Agree(Protocol());
  const Bytes new_pin_enc = secret.Encrypt(Bytes(64, '1'));
  const Bytes pin_hash_enc = secret.Encrypt(Bytes(16));
  Bytes mac = secret.Authenticate(Concat({new_pin_enc, pin_hash_enc}));
  const Request change = ClientPin(0x04)
                             .With(0x01, Protocol())
                             .With(0x03, secret.KeyAgreement())
                             .With(0x05, new_pin_enc)
                             .With(0x06, pin_hash_enc);
  Bytes shortened = mac;
  shortened.pop_back();
  EXPECT_EQ(Send(change.With(0x04, shortened)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(change.With(0x04, Bytes())).status, Status::kPinAuthInvalid);
  mac[0] ^= 1;
  EXPECT_EQ(Send(change.With(0x04, mac)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(PinRetries(), 8);
}

TEST_P(ClientPinTest, AWrongPinCostsOneRetrySavedBeforeTheComparison) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  store_.pin_retries_saved.clear();
  ASSERT_EQ(TryPin("1234"), Status::kOk);
  EXPECT_EQ(store_.pin_retries_saved, (std::vector{7, 8})) << "also when the PIN turns out right";
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(PinRetries(), 7);
  EXPECT_EQ(TryPin("1234"), Status::kOk);
  EXPECT_EQ(PinRetries(), 8);
}

TEST_P(ClientPinTest, AHashThatDoesNotDecryptIsAWrongPin) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const auto secret = Agree(Protocol());
  EXPECT_EQ(Send(ClientPin(0x05)
                     .With(0x01, Protocol())
                     .With(0x03, secret.KeyAgreement())
                     .With(0x06, Bytes(7)))
                .status,
            Status::kPinInvalid);
  EXPECT_EQ(PinRetries(), 7);
}

TEST_P(ClientPinTest, ThreeWrongPinsInARowLockUntilThePowerIsCycled) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_TRUE(Send(ClientPin(0x01)).At(0x04).IsNull());
  EXPECT_EQ(TryPin("0000"), Status::kPinAuthBlocked);
  EXPECT_EQ(Send(ClientPin(0x01)).At(0x04), cbor::Value(true)) << "powerCycleState";
  EXPECT_EQ(TryPin("1234"), Status::kPinAuthBlocked);
  EXPECT_EQ(ChangePin("1234", "5678", Protocol()), Status::kPinAuthBlocked);
  EXPECT_EQ(PinRetries(), 5);
  Key().PowerCycle();
  EXPECT_EQ(PinRetries(), 5);
  EXPECT_EQ(TryPin("1234"), Status::kOk);
  EXPECT_EQ(PinRetries(), 8);
}

TEST_P(ClientPinTest, ARightPinStartsTheRowAnew) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(TryPin("1234"), Status::kOk);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(TryPin("0000"), Status::kPinInvalid);
}

TEST_P(ClientPinTest, TheEighthWrongPinBlocksForGood) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  for (int wrong = 1; wrong <= 7; ++wrong) {
    EXPECT_EQ(TryPin("0000"), wrong % 3 == 0 ? Status::kPinAuthBlocked : Status::kPinInvalid);
    if (wrong % 3 == 0) Key().PowerCycle();
  }
  EXPECT_EQ(TryPin("0000"), Status::kPinBlocked);
  Key().PowerCycle();
  EXPECT_EQ(TryPin("1234"), Status::kPinBlocked);
  EXPECT_EQ(ChangePin("1234", "5678", Protocol()), Status::kPinBlocked);
  EXPECT_EQ(PinRetries(), 0);
  ReplaceKey();
  EXPECT_EQ(TryPin("1234"), Status::kPinBlocked) << "the store remembers";
}

TEST_P(ClientPinTest, NoRetriesLeftWeighsMoreThanThreeInARow) {
  config_.pin.max_retries = 3;
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  TryPin("0000");
  TryPin("0000");
  EXPECT_EQ(TryPin("0000"), Status::kPinBlocked);
}

TEST_P(ClientPinTest, AWrongPinRenewsTheKeyAgreementOfItsProtocolAlone) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const auto key_of = [&](int protocol) {
    return Send(ClientPin(0x02).With(0x01, protocol)).At(0x01);
  };
  const int other = 3 - Protocol();
  const auto own_before = key_of(Protocol());
  const auto other_before = key_of(other);
  EXPECT_EQ(key_of(Protocol()), own_before) << "asking changes nothing";
  ASSERT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_NE(key_of(Protocol()), own_before);
  EXPECT_EQ(key_of(other), other_before);
  EXPECT_NE(key_of(1), key_of(2));
}

TEST_P(ClientPinTest, TheKeyAgreementKeyHasExactlyFiveMembers) {
  const auto key = Send(ClientPin(0x02).With(0x01, Protocol())).At(0x01);
  ASSERT_NE(key.AsMap(), nullptr);
  EXPECT_EQ(key.AsMap()->size(), 5U);
  EXPECT_EQ(*key.Find(1), cbor::Value(2));
  EXPECT_EQ(*key.Find(3), cbor::Value(-25));
  EXPECT_EQ(*key.Find(-1), cbor::Value(1));
}

TEST_P(ClientPinTest, APlatformKeyOffTheCurveIsRefused) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const cbor::Map off_curve = {{1, 2}, {3, -25}, {-1, 1}, {-2, Bytes(32, 1)}, {-3, Bytes(32, 2)}};
  const Request request = ClientPin(0x05).With(0x01, Protocol()).With(0x06, Bytes(32));
  EXPECT_EQ(Send(request.With(0x03, off_curve)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(request.With(0x03, cbor::Map{{1, 2}})).status, Status::kInvalidParameter);
  EXPECT_EQ(PinRetries(), 8);
}

TEST_P(ClientPinTest, ChangePinReplacesThePin) {
  EXPECT_EQ(ChangePin("1234", "5678", Protocol()), Status::kPinNotSet);
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(ChangePin("0000", "5678", Protocol()), Status::kPinInvalid);
  EXPECT_EQ(ChangePin("1234", "5678", Protocol()), Status::kOk);
  EXPECT_EQ(TryPin("1234"), Status::kPinInvalid);
  EXPECT_EQ(TryPin("5678"), Status::kOk);
}

TEST_P(ClientPinTest, ChangePinNeedsEveryMember) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const auto secret = Agree(Protocol());
  const Request whole = ClientPin(0x04)
                            .With(0x01, Protocol())
                            .With(0x03, secret.KeyAgreement())
                            .With(0x04, Bytes(16))
                            .With(0x05, Bytes(64))
                            .With(0x06, Bytes(16));
  for (const int member : {0x01, 0x03, 0x04, 0x05, 0x06}) {
    EXPECT_EQ(Send(whole.Without(member)).status, Status::kMissingParameter) << member;
  }
}

TEST_P(ClientPinTest, TheRightOldPinGivesRetriesBackThoughTheNewOneIsRefused) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  ASSERT_EQ(TryPin("0000"), Status::kPinInvalid);
  EXPECT_EQ(ChangePin("1234", "5", Protocol()), Status::kPinPolicyViolation);
  EXPECT_EQ(PinRetries(), 8);
  EXPECT_EQ(TryPin("1234"), Status::kOk);
}

TEST_P(ClientPinTest, ChangePinEndsEveryToken) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const Token token = GetToken("1234", 0x04, std::nullopt, Protocol());
  ASSERT_EQ(Send(Manage(0x01, std::nullopt, token)).status, Status::kOk);
  ASSERT_EQ(ChangePin("1234", "5678", 3 - Protocol()), Status::kOk);
  EXPECT_EQ(Send(Manage(0x01, std::nullopt, token)).status, Status::kPinAuthInvalid);
}

TEST_P(ClientPinTest, GetPinTokenTakesNoPermissions) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  const auto secret = Agree(Protocol());
  const Request request = ClientPin(0x05)
                              .With(0x01, Protocol())
                              .With(0x03, secret.KeyAgreement())
                              .With(0x06, Bytes(16));
  EXPECT_EQ(Send(request.With(0x09, 3)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(request.With(0x0A, "example.com")).status, Status::kInvalidParameter);
  for (const int member : {0x01, 0x03, 0x06}) {
    EXPECT_EQ(Send(request.Without(member)).status, Status::kMissingParameter) << member;
  }
}

TEST_P(ClientPinTest, NoPinNoToken) {
  EXPECT_EQ(TryPin("1234"), Status::kPinNotSet);
  EXPECT_EQ(GetToken("1234", 0x02, "example.com", Protocol()).status, Status::kPinNotSet);
}

TEST_P(ClientPinTest, PermissionsAreCheckedBeforeThePin) {
  EXPECT_EQ(GetToken("1234", 0x00, "example.com", Protocol()).status, Status::kInvalidParameter);
  for (const int absent : {0x08, 0x10, 0x20}) {
    EXPECT_EQ(GetToken("1234", absent, std::nullopt, Protocol()).status,
              Status::kUnauthorizedPermission)
        << absent;
  }
  EXPECT_EQ(GetToken("1234", 0x01, std::nullopt, Protocol()).status, Status::kMissingParameter);
  EXPECT_EQ(GetToken("1234", 0x02, std::nullopt, Protocol()).status, Status::kMissingParameter);
}

TEST_P(ClientPinTest, UndefinedPermissionBitsAreIgnored) {
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(GetToken("1234", 0x84, std::nullopt, Protocol()).status, Status::kOk);
}

TEST_P(ClientPinTest, CredentialManagementIsGrantedOnlyWhereItExists) {
  config_.has_resident_keys = false;
  ASSERT_EQ(SetPin("1234", Protocol()), Status::kOk);
  EXPECT_EQ(GetToken("1234", 0x04, std::nullopt, Protocol()).status,
            Status::kUnauthorizedPermission);
}

TEST_F(AuthenticatorTest, PinRetriesNeedNoProtocol) { EXPECT_EQ(PinRetries(), 8); }

TEST_F(AuthenticatorTest, ProtocolsAreNamedAndKnown) {
  EXPECT_EQ(Send(ClientPin(0x02)).status, Status::kMissingParameter);
  for (const int unknown : {0, 3, 257}) {
    EXPECT_EQ(Send(ClientPin(0x02).With(0x01, unknown)).status, Status::kInvalidParameter);
  }
}

TEST_F(AuthenticatorTest, UnknownPinSubCommandsAreRefused) {
  for (const int unknown : {0x00, 0x06, 0x07, 0x08, 0x0A, 0x100}) {
    EXPECT_EQ(Send(ClientPin(unknown)).status, Status::kInvalidSubcommand) << unknown;
  }
}

TEST_F(AuthenticatorTest, AKeyWithoutPinHasNoClientPin) {
  config_.has_client_pin = false;
  EXPECT_EQ(Send(ClientPin(0x01)).status, Status::kInvalidCommand);
}

TEST_F(AuthenticatorTest, AWrongPinIsAnEventWithoutThePin) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  ASSERT_EQ(GetLegacyToken("9876").status, Status::kPinInvalid);
  const auto events = events_.Events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, "key.pin_wrong");
  EXPECT_EQ(events[0].Field("retries"), "7");
}

TEST_F(AuthenticatorTest, ThePowerCycleRenewsKeyAgreementAndTokens) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x04, std::nullopt);
  const auto before = Send(ClientPin(0x02).With(0x01, 2)).At(0x01);
  Key().PowerCycle();
  EXPECT_NE(Send(ClientPin(0x02).With(0x01, 2)).At(0x01), before);
  EXPECT_EQ(Send(Manage(0x01, std::nullopt, token)).status, Status::kPinAuthInvalid);
}

}  // namespace
}  // namespace keyrig::authenticator
