#include "virtual-key/authenticator/pin_uv_auth_token.h"

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A key with a PIN; what a token may do is asked through the commands.
class TokenTest : public AuthenticatorTest {
 protected:
  void SetUp() override { ASSERT_EQ(SetPin("1234"), Status::kOk); }
  Status Register(const Token& token) {
    return Send(Authorize(AuthenticatorTest::Register(), token)).status;
  }
  Status Metadata(const Token& token) { return Send(Manage(0x01, std::nullopt, token)).status; }
};

TEST_F(TokenTest, UnusedFor30SecondsItEnds) {
  const Token in_time = GetToken("1234", 0x01, "example.com");
  clock_.Advance(seconds(30) - milliseconds(1));
  EXPECT_EQ(Register(in_time), Status::kOk);
  const Token late = GetToken("1234", 0x01, "example.com");
  clock_.Advance(seconds(30));
  EXPECT_EQ(Register(late), Status::kPinAuthInvalid);
}

TEST_F(TokenTest, OnceUsedItLives600Seconds) {
  const Token token = GetToken("1234", 0x04, std::nullopt);
  EXPECT_EQ(Metadata(token), Status::kOk);
  clock_.Advance(seconds(600) - milliseconds(1));
  EXPECT_EQ(Metadata(token), Status::kOk);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(Metadata(token), Status::kPinAuthInvalid);
}

TEST_F(TokenTest, AUserPresenceTestTakesItsPermissions) {
  const Bytes id = IdOf(Send(AuthenticatorTest::Register()));
  const Token making = GetToken("1234", 0x07, "example.com");
  EXPECT_EQ(Send(Authorize(RegisterDiscoverable("example.com", "adele"), making)).status,
            Status::kOk);
  const cbor::Map rp_hash = {{0x01, ToBytes(crypto::Sha256(ViewOf("example.com")))}};
  EXPECT_EQ(Register(making), Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Authorize(SignIn({id}), making)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(0x04, rp_hash, making)).status, Status::kPinAuthInvalid);

  const Token signing = GetToken("1234", 0x07, "example.com");
  EXPECT_EQ(Send(Authorize(SignIn({id}), signing)).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(SignIn({id}), signing)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Register(signing), Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(0x04, rp_hash, signing)).status, Status::kPinAuthInvalid);
}

TEST(PinUvAuthTokenTest, UserPresenceLeavesOnlyLargeBlobWrite) {
  PinUvAuthToken token(ByteArray<32>{});
  token.BeginUsing(Instant{}, 0xFF, "example.com");
  ASSERT_TRUE(token.IsUserVerified());
  token.ClearAfterUserPresence();
  EXPECT_FALSE(token.IsUserVerified());
  EXPECT_TRUE(token.IsInUse(Instant{}));
  EXPECT_TRUE(token.Allows(permission::kLargeBlobWrite));
  EXPECT_FALSE(token.Allows(permission::kMakeCredential | permission::kGetAssertion |
                            permission::kCredentialManagement));
}

TEST(PinUvAuthTokenTest, NothingIsLeftOfAnExpiredToken) {
  PinUvAuthToken token(ByteArray<32>{});
  token.BeginUsing(Instant{}, 0xFF, "example.com");
  token.MarkUsed();
  EXPECT_FALSE(token.IsInUse(Instant{seconds(600)}));
  EXPECT_FALSE(token.IsUserVerified());
  EXPECT_FALSE(token.Allows(0xFF));
  EXPECT_FALSE(token.Rp());
}

TEST_F(TokenTest, ASilentAssertionTakesNothing) {
  const Bytes id = IdOf(Send(AuthenticatorTest::Register()));
  const Token token = GetToken("1234", 0x02, "example.com");
  const Request silent = SignIn({id}).With(0x05, cbor::Map{{"up", false}});
  EXPECT_EQ(Send(Authorize(silent, token)).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(SignIn({id}), token)).status, Status::kOk);
}

TEST_F(TokenTest, CredentialManagementTakesNothing) {
  const Token token = GetToken("1234", 0x04, std::nullopt);
  EXPECT_EQ(Metadata(token), Status::kOk);
  EXPECT_EQ(Metadata(token), Status::kOk);
}

TEST_F(TokenTest, EachCommandNeedsItsPermission) {
  EXPECT_EQ(Register(GetToken("1234", 0x02, "example.com")), Status::kPinAuthInvalid);
  EXPECT_EQ(Metadata(GetToken("1234", 0x03, "example.com")), Status::kPinAuthInvalid);
  const Bytes id = IdOf(Send(AuthenticatorTest::Register()));
  EXPECT_EQ(Send(Authorize(SignIn({id}), GetToken("1234", 0x01, "example.com"))).status,
            Status::kPinAuthInvalid);
}

TEST_F(TokenTest, ItBelongsToOneRelyingParty) {
  EXPECT_EQ(Register(GetToken("1234", 0x01, "example.org")), Status::kPinAuthInvalid);
}

TEST_F(TokenTest, ALegacyTokenIsBoundByItsFirstUse) {
  const Bytes id = IdOf(Send(AuthenticatorTest::Register()));
  const Token token = GetLegacyToken("1234");
  const Request silent = SignIn({id}).With(0x05, cbor::Map{{"up", false}});
  ASSERT_EQ(Send(Authorize(silent, token)).status, Status::kOk);
  const Request elsewhere =
      Authorize(AuthenticatorTest::Register(), token).With(0x02, cbor::Map{{"id", "example.org"}});
  EXPECT_EQ(Send(elsewhere).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Register(token), Status::kOk);
}

TEST_F(TokenTest, ATokenOfOneProtocolIsNothingUnderTheOther) {
  Token token = GetToken("1234", 0x04, std::nullopt, 1);
  token.protocol = 2;
  EXPECT_EQ(Metadata(token), Status::kPinAuthInvalid);
  token.protocol = 1;
  EXPECT_EQ(Metadata(token), Status::kOk);
}

TEST_F(TokenTest, ANewTokenEndsThoseOfBothProtocols) {
  const Token one = GetToken("1234", 0x04, std::nullopt, 1);
  const Token two = GetToken("1234", 0x04, std::nullopt, 2);
  EXPECT_EQ(Metadata(one), Status::kPinAuthInvalid);
  EXPECT_EQ(Metadata(two), Status::kOk);
}

TEST_F(TokenTest, ProtocolTwoWantsAll32BytesOfTheCode) {
  const Token token = GetToken("1234", 0x04, std::nullopt);
  Request request = Manage(0x01, std::nullopt, token);
  Bytes mac = AuthenticateWithToken(2, token.value, Bytes{0x01});
  mac.resize(16);
  EXPECT_EQ(Send(request.With(0x04, mac)).status, Status::kPinAuthInvalid);
}

TEST_F(TokenTest, BadCodesCostNoPinRetry) {
  Token token = GetToken("1234", 0x05, "example.com");
  token.value[0] ^= 1;
  EXPECT_EQ(Register(token), Status::kPinAuthInvalid);
  EXPECT_EQ(Metadata(token), Status::kPinAuthInvalid);
  EXPECT_EQ(PinRetries(), 8);
}

/// A key that knows CTAP 2.0 alone.
class PinTokenTest : public AuthenticatorTest {
 protected:
  PinTokenTest() {
    config_.versions = {Version::kFido20};
    config_.has_pin_uv_auth_token = false;
    config_.make_credential_uv_not_required = false;
    config_.pin_uv_auth_protocols = {1};
  }
  void SetUp() override { ASSERT_EQ(SetPin("1234", 1), Status::kOk); }
};

TEST_F(PinTokenTest, ItIsForEverythingAndEverywhereUntilItIsReplaced) {
  const Token token = GetLegacyToken("1234", 1);
  ASSERT_EQ(token.status, Status::kOk);
  for (int round = 0; round < 2; ++round) {
    const Reply registered = Send(Authorize(AuthenticatorTest::Register(), token));
    ASSERT_EQ(registered.status, Status::kOk);
    EXPECT_EQ(ParseAuthData(registered.At(0x02)).flags & kUv, kUv);
    clock_.Advance(seconds(601));
  }
  const Request elsewhere = RegisterDiscoverable("other.example", "adele");
  EXPECT_EQ(Send(Authorize(elsewhere, token)).status, Status::kOk);
  ASSERT_EQ(GetLegacyToken("1234", 1).status, Status::kOk);
  EXPECT_EQ(Send(Authorize(elsewhere, token)).status, Status::kPinAuthInvalid);
}

TEST_F(PinTokenTest, NoOtherTokenExists) {
  EXPECT_EQ(GetToken("1234", 0x01, "example.com", 1).status, Status::kInvalidSubcommand);
  EXPECT_EQ(GetLegacyToken("1234", 1).status, Status::kOk);
}

TEST_F(PinTokenTest, EveryRegistrationNeedsThePin) {
  EXPECT_EQ(Send(AuthenticatorTest::Register()).status, Status::kPuatRequired);
  EXPECT_EQ(Send(Authorize(AuthenticatorTest::Register(), GetLegacyToken("1234", 1))).status,
            Status::kOk);
}

TEST_F(PinTokenTest, OnlyTheListedProtocolsExist) {
  EXPECT_EQ(Send(ClientPin(0x02).With(0x01, 2)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(ClientPin(0x02).With(0x01, 1)).status, Status::kOk);
  EXPECT_EQ(cbor::Diagnose(SendRaw(Bytes{0x04}).At(0x06)), "[1]");
}

TEST_F(PinTokenTest, GetInfoTellsNothingThatCameLater) {
  const Reply info = SendRaw(Bytes{0x04});
  EXPECT_EQ(info.At(0x04).Find("pinUvAuthToken"), nullptr);
  EXPECT_EQ(info.At(0x04).Find("makeCredUvNotRqd"), nullptr);
  EXPECT_TRUE(info.At(0x0D).IsNull());
  EXPECT_EQ(*info.At(0x04).Find("clientPin"), cbor::Value(true));
}

}  // namespace
}  // namespace keyrig::authenticator
