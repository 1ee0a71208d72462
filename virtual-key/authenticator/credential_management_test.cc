#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::seconds;

constexpr int kMetadata = 0x01, kRpsBegin = 0x02, kRpsNext = 0x03, kCredentialsBegin = 0x04;
constexpr int kCredentialsNext = 0x05, kDelete = 0x06, kUpdate = 0x07;

cbor::Map RpHash(std::string_view rp) { return {{0x01, ToBytes(crypto::Sha256(ViewOf(rp)))}}; }

cbor::Map Named(const Bytes& id) { return {{0x02, cbor::Map{{"id", id}, {"type", "public-key"}}}}; }

/// Three discoverable credentials at two relying parties, and a PIN.
class CredentialManagementTest : public AuthenticatorTest {
 protected:
  void SetUp() override {
    adele_ = IdOf(Send(RegisterDiscoverable("example.com", "adele")
                           .With(0x02, cbor::Map{{"id", "example.com"}, {"name", "Example"}})));
    bob_ = IdOf(Send(RegisterDiscoverable("example.com", "bob")));
    carol_ = IdOf(Send(RegisterDiscoverable("example.org", "carol")));
    ASSERT_EQ(Send(Register()).status, Status::kOk);  // wrapped: must never appear
    ASSERT_EQ(SetPin("1234"), Status::kOk);
  }
  Token Managing(std::optional<std::string> rp = std::nullopt) {
    return GetToken("1234", 0x04, std::move(rp));
  }
  Reply Next(int sub_command, const Transaction& transaction = {}) {
    return Send({0x0A, {{0x01, sub_command}}}, transaction);
  }

  Bytes adele_, bob_, carol_;
};

TEST_F(CredentialManagementTest, CountsDiscoverableCredentials) {
  const Reply reply = Send(Manage(kMetadata, std::nullopt, Managing()));
  EXPECT_EQ(cbor::Diagnose(reply.body), "{1: 3, 2: 97}");
}

TEST_F(CredentialManagementTest, NamesEachRelyingPartyOnce) {
  const Reply first = Send(Manage(kRpsBegin, std::nullopt, Managing()));
  EXPECT_EQ(cbor::Diagnose(first.At(0x03)), "{\"id\": \"example.com\", \"name\": \"Example\"}");
  EXPECT_EQ(*first.At(0x04).AsBytes(), ToBytes(crypto::Sha256(ViewOf("example.com"))));
  EXPECT_EQ(first.At(0x05), cbor::Value(2));
  const Reply second = Next(kRpsNext);
  EXPECT_EQ(cbor::Diagnose(second.At(0x03)), "{\"id\": \"example.org\"}");
  EXPECT_EQ(second.body.AsMap()->size(), 2U);
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed);
}

TEST_F(CredentialManagementTest, DescribesEachCredentialOfARelyingParty) {
  const Reply first = Send(Manage(kCredentialsBegin, RpHash("example.com"), Managing()));
  ASSERT_EQ(first.status, Status::kOk);
  EXPECT_EQ(cbor::Diagnose(first.At(0x06)), "{\"id\": h'6164656c65', \"name\": \"adele\"}");
  EXPECT_EQ(*first.At(0x07).Find("id")->AsBytes(), adele_);
  EXPECT_EQ(*first.At(0x08).Find(3), cbor::Value(-7));
  EXPECT_EQ(first.At(0x09), cbor::Value(2));
  EXPECT_EQ(first.At(0x0A), cbor::Value(1));
  const Reply second = Next(kCredentialsNext);
  EXPECT_EQ(*second.At(0x07).Find("id")->AsBytes(), bob_);
  EXPECT_TRUE(second.At(0x09).IsNull());
  EXPECT_EQ(Next(kCredentialsNext).status, Status::kNotAllowed);
}

TEST_F(CredentialManagementTest, TellsWhatExtensionsLeftWithACredential) {
  config_.max_large_blob_array = 2048;
  config_.has_large_blob_key = true;
  config_.has_third_party_payment = true;
  ReplaceKey();
  const Request request =
      RegisterDiscoverable("example.net", "dora")
          .With(0x06,
                cbor::Map{{"credProtect", 2}, {"largeBlobKey", true}, {"thirdPartyPayment", true}});
  const Reply made = Send(Authorize(request, GetToken("1234", 0x01, "example.net")));
  ASSERT_EQ(made.status, Status::kOk);
  const Reply dora = Send(Manage(kCredentialsBegin, RpHash("example.net"), Managing()));
  EXPECT_EQ(dora.At(0x0A), cbor::Value(2));
  EXPECT_EQ(dora.At(0x0B), made.At(0x05));
  EXPECT_EQ(dora.At(0x0C), cbor::Value(true));
  const Reply carol = Send(Manage(kCredentialsBegin, RpHash("example.org"), Managing()));
  EXPECT_EQ(carol.At(0x0A), cbor::Value(1));
  EXPECT_TRUE(carol.At(0x0B).IsNull());
  EXPECT_EQ(carol.At(0x0C), cbor::Value(false));
}

TEST_F(CredentialManagementTest, SaysNothingOfExtensionsThatTheKeyLacks) {
  config_.has_cred_protect = false;
  ReplaceKey();
  const Reply carol = Send(Manage(kCredentialsBegin, RpHash("example.org"), Managing()));
  ASSERT_EQ(carol.status, Status::kOk);
  EXPECT_TRUE(carol.At(0x0A).IsNull());
  EXPECT_TRUE(carol.At(0x0C).IsNull());
}

TEST_F(CredentialManagementTest, NothingToEnumerateIsNoCredentials) {
  EXPECT_EQ(Send(Manage(kCredentialsBegin, RpHash("example.net"), Managing())).status,
            Status::kNoCredentials);
  for (const Bytes& id : {adele_, bob_, carol_}) {
    EXPECT_EQ(Send(Manage(kDelete, Named(id), Managing())).status, Status::kOk);
  }
  EXPECT_EQ(Send(Manage(kRpsBegin, std::nullopt, Managing())).status, Status::kNoCredentials);
  EXPECT_EQ(cbor::Diagnose(Send(Manage(kMetadata, std::nullopt, Managing())).body),
            "{1: 0, 2: 100}");
}

TEST_F(CredentialManagementTest, DeletesOneCredential) {
  const Token token = Managing();
  EXPECT_EQ(Send(Manage(kDelete, Named(adele_), token)).status, Status::kOk);
  EXPECT_EQ(Send(Manage(kDelete, Named(adele_), token)).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({adele_})).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({bob_})).status, Status::kOk);
}

TEST_F(CredentialManagementTest, UpdatesWhoTheUserIs) {
  const auto update = [&](cbor::Map user) {
    cbor::Map params = Named(adele_);
    params.emplace_back(0x03, std::move(user));
    return Send(Manage(kUpdate, params, Managing())).status;
  };
  EXPECT_EQ(update({{"id", ToBytes("adele")}, {"name", "new"}, {"displayName", "New"}}),
            Status::kOk);
  EXPECT_EQ(store_.Credentials()[0].user_name, "new");
  EXPECT_EQ(store_.Credentials()[0].user_display_name, "New");
  EXPECT_EQ(update({{"id", ToBytes("adele")}, {"name", ""}}), Status::kOk);
  EXPECT_EQ(store_.Credentials()[0].user_name, "");
  EXPECT_EQ(store_.Credentials()[0].user_display_name, "");
  EXPECT_EQ(update({{"id", ToBytes("other")}, {"name", "x"}}), Status::kInvalidParameter);
  EXPECT_EQ(update({{"name", "x"}}), Status::kMissingParameter);
  EXPECT_EQ(store_.Credentials().size(), 3U);
}

TEST_F(CredentialManagementTest, WithoutParamItAsksForOne) {
  for (const int sub_command : {kMetadata, kRpsBegin, kCredentialsBegin, kDelete, kUpdate}) {
    EXPECT_EQ(Next(sub_command).status, Status::kPuatRequired) << sub_command;
  }
}

TEST_F(CredentialManagementTest, MembersAreAskedForBeforeTheTokenIsJudged) {
  const Token token = Managing();
  EXPECT_EQ(Send(Manage(kCredentialsBegin, std::nullopt, token)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Manage(kDelete, cbor::Map{}, token)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Manage(kUpdate, Named(adele_), token)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token).Without(0x03)).status,
            Status::kMissingParameter);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token).With(0x03, 9)).status,
            Status::kInvalidParameter);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token).Without(0x01)).status,
            Status::kMissingParameter);
}

TEST_F(CredentialManagementTest, UnknownSubCommandsAreRefused) {
  for (const int unknown : {0x00, 0x08, 0x101}) {
    EXPECT_EQ(Send(Manage(unknown, std::nullopt, Managing())).status, Status::kInvalidSubcommand);
  }
}

TEST_F(CredentialManagementTest, TheCodeCoversTheParameters) {
  const Request deletes_adele = Manage(kDelete, Named(adele_), Managing());
  EXPECT_EQ(Send(deletes_adele.With(0x02, Named(bob_))).status, Status::kPinAuthInvalid);
  EXPECT_EQ(store_.Credentials().size(), 3U);
}

TEST_F(CredentialManagementTest, NeedsItsPermission) {
  const Token token = GetToken("1234", 0x03, "example.com");
  EXPECT_EQ(Send(Manage(kCredentialsBegin, RpHash("example.com"), token)).status,
            Status::kPinAuthInvalid);
  EXPECT_EQ(PinRetries(), 8);
}

TEST_F(CredentialManagementTest, ATokenOfOneRelyingPartySeesOnlyThat) {
  const Token token = Managing("example.com");
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kRpsBegin, std::nullopt, token)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kCredentialsBegin, RpHash("example.org"), token)).status,
            Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kDelete, Named(carol_), token)).status, Status::kPinAuthInvalid);
  EXPECT_EQ(Send(Manage(kCredentialsBegin, RpHash("example.com"), token)).status, Status::kOk);
  EXPECT_EQ(Send(Manage(kDelete, Named(adele_), token)).status, Status::kOk);
}

TEST_F(CredentialManagementTest, ContinuingNeedsABeginningOfItsKindOnItsChannel) {
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed);
  EXPECT_EQ(Next(kCredentialsNext).status, Status::kNotAllowed);
  const Token token = Managing();
  Send(Manage(kRpsBegin, std::nullopt, token), {.channel = 1, .stop = {}});
  EXPECT_EQ(Next(kRpsNext, {.channel = 2, .stop = {}}).status, Status::kNotAllowed);
  Send(Manage(kRpsBegin, std::nullopt, token));
  EXPECT_EQ(Next(kCredentialsNext).status, Status::kNotAllowed);
}

TEST_F(CredentialManagementTest, AnEnumerationEndsWithItsToken) {
  Send(Manage(kRpsBegin, std::nullopt, Managing()));
  Managing();
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed);
  const Token token = Managing();
  clock_.Advance(seconds(20));
  Send(Manage(kMetadata, std::nullopt, token));
  clock_.Advance(seconds(570));
  ASSERT_EQ(Send(Manage(kRpsBegin, std::nullopt, token)).status, Status::kOk);
  clock_.Advance(seconds(10));
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed);
}

TEST_F(CredentialManagementTest, AnyOtherCommandEndsAnEnumeration) {
  Send(Manage(kRpsBegin, std::nullopt, Managing()));
  SendRaw(Bytes{0x04});
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed);
  const Token token = Managing();
  Send(Manage(kRpsBegin, std::nullopt, token));
  Send(Manage(kMetadata, std::nullopt, token));
  EXPECT_EQ(Next(kRpsNext).status, Status::kNotAllowed) << "one of its own, too";
}

TEST_F(AuthenticatorTest, WithoutPinCredentialManagementStillAsksForAToken) {
  EXPECT_EQ(Send({0x0A, {{0x01, 0x01}}}).status, Status::kPuatRequired);
}

/// As keys of FIDO_2_1_PRE have it.
class CredentialManagementPreviewTest : public CredentialManagementTest {
 protected:
  CredentialManagementPreviewTest() { config_.has_credential_management_preview = true; }
  static Request Preview(Request request) {
    request.command = 0x41;
    return request;
  }
  std::string Options() { return cbor::Diagnose(SendRaw(Bytes{0x04}).At(0x04)); }
};

TEST_F(CredentialManagementPreviewTest, IsTheSameUnderAnotherNumber) {
  const Token token = Managing();
  EXPECT_EQ(cbor::Diagnose(Send(Preview(Manage(kMetadata, std::nullopt, token))).body),
            "{1: 3, 2: 97}");
  EXPECT_EQ(Send(Preview(Manage(kRpsBegin, std::nullopt, token))).At(0x05), cbor::Value(2));
  EXPECT_EQ(Send(Preview({0x0A, {{0x01, kRpsNext}}})).status, Status::kOk);
  EXPECT_EQ(Send(Preview(Manage(kDelete, Named(adele_), token))).status, Status::kOk);
}

TEST_F(CredentialManagementPreviewTest, MayBeTheOnlyOne) {
  config_.has_credential_management = false;
  ReplaceKey();
  const Token token = Managing();
  ASSERT_EQ(token.status, Status::kOk);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, token)).status, Status::kInvalidCommand);
  EXPECT_EQ(Send(Preview(Manage(kMetadata, std::nullopt, token))).status, Status::kOk);
  EXPECT_NE(Options().find("\"credentialMgmtPreview\": true"), std::string::npos);
  EXPECT_EQ(Options().find("credMgmt"), std::string::npos);
}

TEST_F(CredentialManagementPreviewTest, IsUnknownToOtherKeys) {
  config_.has_credential_management_preview = false;
  ReplaceKey();
  EXPECT_EQ(Send(Preview(Manage(kMetadata, std::nullopt, Managing()))).status,
            Status::kInvalidCommand);
  EXPECT_EQ(Send(Manage(kMetadata, std::nullopt, Managing())).status, Status::kOk);
  EXPECT_EQ(Options().find("credentialMgmtPreview"), std::string::npos);
}

TEST_F(CredentialManagementTest, AKeyMayHaveNone) {
  config_.has_credential_management = false;
  ReplaceKey();
  EXPECT_EQ(Send({0x0A, {{0x01, kMetadata}}}).status, Status::kInvalidCommand);
  EXPECT_EQ(Managing().status, Status::kUnauthorizedPermission);
  EXPECT_EQ(SendRaw(Bytes{0x04}).At(0x04).Find("credMgmt"), nullptr);
}

TEST_F(AuthenticatorTest, AKeyWithoutResidentKeysHasNoCredentialManagement) {
  config_.has_resident_keys = false;
  EXPECT_EQ(Send({0x0A, {{0x01, 0x01}}}).status, Status::kInvalidCommand);
}

}  // namespace
}  // namespace keyrig::authenticator
