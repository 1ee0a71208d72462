#include <algorithm>

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

constexpr int kPcmr = 0x40;
constexpr int kMetadata = 0x01, kRpsBegin = 0x02, kRpsNext = 0x03, kCredentialsBegin = 0x04;
constexpr int kCredentialsNext = 0x05, kDelete = 0x06, kUpdate = 0x07;

/// A key with a PIN and two discoverable credentials, read by a platform that comes again.
class PersistentTokenTest : public AuthenticatorTest {
 protected:
  PersistentTokenTest() { config_.has_persistent_token = true; }
  void SetUp() override {
    adele_ = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
    ASSERT_EQ(Send(RegisterDiscoverable("example.org", "bob")).status, Status::kOk);
    ASSERT_EQ(Send(RegisterDiscoverable("example.com", "carol")).status, Status::kOk);
    ASSERT_EQ(SetPin("1234"), Status::kOk);
  }
  Token Reading(int protocol = 2) { return GetToken("1234", kPcmr, std::nullopt, protocol); }
  Reply Info() { return SendRaw(Bytes{0x04}); }
  /// Whether the member of getInfo is `content` to the holder of the token.
  bool Opens(int member, const char* name, const Token& token, const ByteArray<16>& content) {
    const Reply info = Info();
    const Bytes* sent = info.At(member).AsBytes();
    if (sent == nullptr || sent->size() != 32) return false;
    const Bytes key = crypto::HkdfSha256(token.value, Bytes(32), ViewOf(name), 16);
    const ByteView iv = ByteView(*sent).first(16);
    return Concat({iv, crypto::Aes128CbcEncrypt(key, iv, content).value()}) == *sent;
  }
  bool Recognizes(const Token& token) {
    return Opens(0x19, "encIdentifier", token, store_.Load().identifier);
  }
  static cbor::Map RpHash(std::string_view rp) {
    return {{0x01, ToBytes(crypto::Sha256(ViewOf(rp)))}};
  }

  Bytes adele_;
};

TEST_F(PersistentTokenTest, ReadsWithBothProtocols) {
  for (const int protocol : {1, 2}) {
    const Token token = Reading(protocol);
    ASSERT_EQ(token.status, Status::kOk);
    EXPECT_EQ(cbor::Diagnose(Send(Manage(kMetadata, std::nullopt, token)).body), "{1: 3, 2: 97}");
    EXPECT_EQ(Send(Manage(kRpsBegin, std::nullopt, token)).At(0x05), cbor::Value(2));
    EXPECT_EQ(Send({0x0A, {{0x01, kRpsNext}}}).status, Status::kOk);
    EXPECT_EQ(Send(Manage(kCredentialsBegin, RpHash("example.com"), token)).At(0x09),
              cbor::Value(2));
    EXPECT_EQ(Send({0x0A, {{0x01, kCredentialsNext}}}).status, Status::kOk);
  }
}

TEST_F(PersistentTokenTest, ChangesNothing) {
  const Token token = Reading();
  const cbor::Map named = {{0x02, cbor::Map{{"id", adele_}, {"type", "public-key"}}}};
  cbor::Map renamed = named;
  renamed.emplace_back(0x03, cbor::Map{{"id", ToBytes("adele")}, {"name", "new"}});
  EXPECT_EQ(Send(Manage(kUpdate, renamed, token)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kDelete, named, token)).status, Status::kPinAuthInvalid);
  const Token ordinary = GetToken("1234", 0x04, std::nullopt);
  EXPECT_EQ(Send(Manage(kUpdate, renamed, ordinary)).status, Status::kOk);
  EXPECT_EQ(Send(Manage(kDelete, named, ordinary)).status, Status::kOk);
}

TEST_F(PersistentTokenTest, SignsNothing) {
  const Token token = Reading();
  EXPECT_EQ(Send(Authorize(SignIn({adele_}), token)).status, Status::kPinAuthInvalid);
}

TEST_F(PersistentTokenTest, SurvivesAPowerCycleAndTime) {
  const Token token = Reading();
  clock_.Advance(std::chrono::hours(1000));
  Key().PowerCycle();
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token)).status, Status::kOk);
  ReplaceKey();
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token)).status, Status::kOk);
  EXPECT_EQ(Reading().value, token.value) << "asking again gives the same";
}

TEST_F(PersistentTokenTest, LeavesTheOrdinaryTokenAlone) {
  const Token ordinary = GetToken("1234", 0x04, std::nullopt);
  ASSERT_EQ(Reading().status, Status::kOk);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, ordinary)).status, Status::kOk);
}

TEST_F(PersistentTokenTest, IsAskedForAlone) {
  for (const int with : {0x44, 0x50, 0x7F}) {
    EXPECT_EQ(GetToken("1234", with, "example.com").status, Status::kUnauthorizedPermission);
  }
  EXPECT_EQ(GetToken("1234", 0xC0, std::nullopt).status, Status::kOk) << "0x80 is not defined";
}

TEST_F(PersistentTokenTest, NeedsThePin) {
  EXPECT_EQ(GetToken("4321", kPcmr, std::nullopt).status, Status::kPinInvalid);
  EXPECT_EQ(PinRetries(), 7);
}

TEST_F(PersistentTokenTest, EndsWithThePin) {
  const Token before = Reading();
  ASSERT_EQ(ChangePin("1234", "123456"), Status::kOk);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, before)).status, Status::kPinAuthInvalid);
  const Token after = GetToken("123456", kPcmr, std::nullopt);
  EXPECT_NE(after.value, before.value);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, after)).status, Status::kOk);
}

TEST_F(PersistentTokenTest, ARefusedChangeOfThePinKeepsIt) {
  const Token token = Reading();
  EXPECT_EQ(ChangePin("1234", "1"), Status::kPinPolicyViolation);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token)).status, Status::kOk);
}

TEST_F(PersistentTokenTest, EndsWithAReset) {
  const Token before = Reading();
  const auto identifier = store_.Load().identifier;
  ASSERT_EQ(SendRaw(Bytes{0x07}).status, Status::kOk);
  EXPECT_NE(store_.Load().identifier, identifier);
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, before)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, Reading())).status, Status::kOk);
}

TEST_F(PersistentTokenTest, ItsHolderRecognizesTheKey) {
  const Token token = Reading();
  EXPECT_TRUE(Recognizes(token));
  Key().PowerCycle();
  EXPECT_TRUE(Recognizes(token));
  EXPECT_FALSE(Recognizes({Status::kOk, 2, Bytes(32)}));
  const Bytes first = *Info().At(0x19).AsBytes();
  EXPECT_NE(first, *Info().At(0x19).AsBytes()) << "nobody else can follow it";
  EXPECT_NE(ToBytes(ByteView(first).first(16)),
            ToBytes(ByteView(*Info().At(0x1E).AsBytes()).first(16)));
}

TEST_F(PersistentTokenTest, TheStoreStateChangesWithTheCredentials) {
  const Token reading = Reading();
  std::vector<ByteArray<16>> seen;
  const auto changed = [&] {
    const auto now = store_.Load().store_state;
    EXPECT_TRUE(Opens(0x1E, "encCredStoreState", reading, now));
    const bool is_new = std::ranges::find(seen, now) == seen.end();
    seen.push_back(now);
    return is_new;
  };
  const auto manage = [&](int sub_command, const cbor::Map& params) {
    return Send(Manage(sub_command, params, GetToken("1234", 0x04, std::nullopt))).status;
  };
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed());
  const Token making = GetToken("1234", 0x01, "example.com");
  ASSERT_EQ(Send(Authorize(Register().With(0x07, cbor::Map{{"rk", true}}), making)).status,
            Status::kOk);
  EXPECT_TRUE(changed()) << "replaced";
  const Bytes id = store_.Credentials().back().id.bytes;
  ASSERT_EQ(Send(Authorize(SignIn({id}), GetToken("1234", 0x02, "example.com"))).status,
            Status::kOk);
  ASSERT_EQ(Send(Register()).status, Status::kOk);
  EXPECT_FALSE(changed()) << "used, and one that the key does not keep";
  cbor::Map params = {{0x02, cbor::Map{{"id", id}, {"type", "public-key"}}},
                      {0x03, cbor::Map{{"id", ToBytes("adele")}, {"name", "new"}}}};
  ASSERT_EQ(manage(kUpdate, params), Status::kOk);
  EXPECT_TRUE(changed()) << "renamed";
  params.pop_back();
  ASSERT_EQ(manage(kDelete, params), Status::kOk);
  EXPECT_TRUE(changed()) << "deleted";
  EXPECT_EQ(manage(kDelete, params), Status::kNoCredentials);
  EXPECT_FALSE(changed()) << "there was nothing to delete";
}

TEST_F(PersistentTokenTest, AKeyWithoutItSaysSo) {
  EXPECT_EQ(*Info().At(0x04).Find("perCredMgmtRO"), cbor::Value(true));
  config_.has_persistent_token = false;
  ReplaceKey();
  EXPECT_EQ(Info().At(0x04).Find("perCredMgmtRO"), nullptr);
  EXPECT_TRUE(Info().At(0x19).IsNull());
  EXPECT_TRUE(Info().At(0x1E).IsNull());
  EXPECT_EQ(Reading().status, Status::kUnauthorizedPermission);
}

TEST_F(PersistentTokenTest, WithoutCredentialManagementThereIsNothingToRead) {
  config_.has_credential_management = false;
  ReplaceKey();
  EXPECT_EQ(Info().At(0x04).Find("perCredMgmtRO"), nullptr);
  EXPECT_EQ(Reading().status, Status::kUnauthorizedPermission);
}

}  // namespace
}  // namespace keyrig::authenticator
