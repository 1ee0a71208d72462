#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mock-entra/directory/service.h"

namespace keyrig::directory {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;

constexpr const char* kGraph = "https://graph.microsoft.com";
constexpr const char* kAzureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

const crypto::PrivateKey& SigningKey() {
  static const crypto::PrivateKey key = [] {
    Rng rng(1);
    RandomStream stream = rng.Stream("key");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  }();
  return key;
}

class TokenServiceTest : public ::testing::Test {
 protected:
  TokenClaims ClaimsOfAdele() {
    TokenClaims claims;
    claims.audience = kGraph;
    claims.client_id = kAzureCli;
    claims.user_id = tenant_.FindUser("adele@contoso.onmicrosoft.com")->id;
    claims.scopes = {"User.Read", "UserAuthenticationMethod.Read"};
    claims.amr = {"fido", "mfa"};
    claims.authenticated = clock_.Now() - std::chrono::minutes(3);
    claims.expires = clock_.Now() + std::chrono::hours(1);
    return claims;
  }

  static Json Part(const std::string& token, int index) {
    std::string rest = token;
    for (; index > 0; --index) rest = rest.substr(rest.find('.') + 1);
    return Json::parse(AsText(FromBase64Url(rest.substr(0, rest.find('.'))).value()));
  }

  FrozenClock clock_{Instant(std::chrono::seconds(1'790'000'000))};
  Rng rng_{1};
  Tenant tenant_ = LoadTenant(BuiltInTenant()).value();
  TokenService tokens_{tenant_, clock_, rng_, SigningKey()};
};

TEST_F(TokenServiceTest, AGraphTokenHasTheVersionOneClaims) {
  const std::string token = tokens_.Issue(TokenKind::kAccessV1, ClaimsOfAdele());
  const Json header = Part(token, 0);
  const Json body = Part(token, 1);
  EXPECT_EQ(header["alg"], "RS256");
  EXPECT_EQ(header["x5t"], header["kid"]);
  EXPECT_EQ(body["iss"], "https://sts.windows.net/" + tenant_.id + "/");
  EXPECT_EQ(body["ver"], "1.0");
  EXPECT_EQ(body["aud"], kGraph);
  EXPECT_EQ(body["appid"], kAzureCli);
  EXPECT_EQ(body["appidacr"], "0");
  EXPECT_EQ(body["app_displayname"], "Microsoft Azure CLI");
  EXPECT_EQ(body["amr"], Json({"fido", "mfa"}));
  EXPECT_EQ(body["upn"], "adele@contoso.onmicrosoft.com");
  EXPECT_EQ(body["scp"], "User.Read UserAuthenticationMethod.Read");
  EXPECT_EQ(body["iat"], 1'790'000'000);
  EXPECT_EQ(body["exp"], 1'790'003'600);
  EXPECT_EQ(body["auth_time"], 1'789'999'820);
  EXPECT_FALSE(body.contains("roles"));
}

TEST_F(TokenServiceTest, AnAdministratorsTokenNamesTheirRoles) {
  TokenClaims claims = ClaimsOfAdele();
  claims.user_id = tenant_.FindUser("admin@contoso.onmicrosoft.com")->id;
  EXPECT_EQ(Part(tokens_.Issue(TokenKind::kAccessV1, claims), 1)["wids"],
            Json({"62e90394-69f5-4237-9190-012177145e10", "0526716b-113d-4c15-b2c8-68e3c22b9f80"}));
}

TEST_F(TokenServiceTest, AnIdTokenHasTheVersionTwoClaims) {
  TokenClaims claims = ClaimsOfAdele();
  claims.audience = claims.client_id;
  claims.amr.clear();
  claims.nonce = "n-1";
  const Json body = Part(tokens_.Issue(TokenKind::kId, claims), 1);
  EXPECT_EQ(body["iss"], "https://login.microsoftonline.com/" + tenant_.id + "/v2.0");
  EXPECT_EQ(body["ver"], "2.0");
  EXPECT_EQ(body["aud"], kAzureCli);
  EXPECT_EQ(body["nonce"], "n-1");
  EXPECT_EQ(body["preferred_username"], "adele@contoso.onmicrosoft.com");
  EXPECT_FALSE(body.contains("amr"));
  EXPECT_FALSE(body.contains("scp"));
}

TEST_F(TokenServiceTest, TheSubjectIsAnotherAtEachApplication) {
  TokenClaims claims = ClaimsOfAdele();
  const Json here = Part(tokens_.Issue(TokenKind::kId, claims), 1);
  claims.client_id = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
  const Json there = Part(tokens_.Issue(TokenKind::kId, claims), 1);
  EXPECT_NE(here["sub"], there["sub"]);
  EXPECT_EQ(here["oid"], there["oid"]);
}

TEST_F(TokenServiceTest, AnApplicationsOwnTokenHasRolesAndNoScopes) {
  TokenClaims claims;
  claims.audience = kGraph;
  claims.client_id = "7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58";
  claims.roles = {"User.Read.All"};
  claims.expires = clock_.Now() + std::chrono::hours(1);
  const std::string token = tokens_.Issue(TokenKind::kAccessV1, claims);
  const Json body = Part(token, 1);
  EXPECT_EQ(body["idtyp"], "app");
  EXPECT_EQ(body["appidacr"], "1");
  EXPECT_EQ(body["roles"], Json({"User.Read.All"}));
  EXPECT_FALSE(body.contains("scp"));
  const auto checked = tokens_.Check(token, kGraph);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->user_id, "");
  EXPECT_THAT(checked->roles, ElementsAre("User.Read.All"));
}

TEST_F(TokenServiceTest, ReadsBackWhatItIssued) {
  const TokenClaims claims = ClaimsOfAdele();
  for (const TokenKind kind : {TokenKind::kAccessV1, TokenKind::kAccessV2}) {
    const auto checked = tokens_.Check(tokens_.Issue(kind, claims), kGraph);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->client_id, claims.client_id);
    EXPECT_EQ(checked->user_id, claims.user_id);
    EXPECT_EQ(checked->scopes, claims.scopes);
    EXPECT_EQ(checked->amr, claims.amr);
    EXPECT_EQ(checked->authenticated, claims.authenticated);
    EXPECT_EQ(checked->expires, claims.expires);
  }
}

TEST_F(TokenServiceTest, RefusesATokenOnceItIsExpired) {
  const std::string token = tokens_.Issue(TokenKind::kAccessV1, ClaimsOfAdele());
  clock_.Advance(std::chrono::minutes(60) - Duration(1));
  EXPECT_TRUE(tokens_.Check(token, kGraph));
  clock_.Advance(Duration(1));
  EXPECT_EQ(tokens_.Check(token, kGraph).error(), TokenRefusal::kExpired);
}

TEST_F(TokenServiceTest, GraphHasSeveralNamesAndOtherAudiencesNone) {
  const std::string token = tokens_.Issue(TokenKind::kAccessV1, ClaimsOfAdele());
  EXPECT_TRUE(tokens_.Check(token, "00000003-0000-0000-c000-000000000000"));
  EXPECT_EQ(tokens_.Check(token, "19db86c3-b2b9-44cc-b339-36da233a3be2").error(),
            TokenRefusal::kWrongAudience);
}

TEST_F(TokenServiceTest, RefusesWhatWasTamperedWith) {
  const std::string token = tokens_.Issue(TokenKind::kAccessV1, ClaimsOfAdele());
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  Json body = Part(token, 1);
  body["upn"] = "admin@contoso.onmicrosoft.com";
  const std::string forged =
      token.substr(0, first + 1) + ToBase64Url(ViewOf(body.dump())) + token.substr(second);
  EXPECT_EQ(tokens_.Check(forged, kGraph).error(), TokenRefusal::kBadSignature);
  const std::string none = ToBase64Url(ViewOf(R"({"alg":"none"})")) + token.substr(first);
  EXPECT_EQ(tokens_.Check(none, kGraph).error(), TokenRefusal::kBadSignature);
}

TEST_F(TokenServiceTest, RefusesWhatIsNoToken) {
  for (const std::string token :
       {"", "a", "a.b", "a.b.c", "e30.e30.!", "e30.W10.AA", "..", "a.b.c.d"}) {
    EXPECT_EQ(tokens_.Check(token, kGraph).error(), TokenRefusal::kMalformed) << token;
  }
}

TEST_F(TokenServiceTest, PublishesTheKeyThatVerifies) {
  const Json key = Json::parse(tokens_.Jwks())["keys"][0];
  const auto number = [&](const char* name) {
    return FromBase64Url(key[name].get<std::string>()).value();
  };
  const auto published = crypto::PublicKey::From(crypto::RsaNumbers{number("n"), number("e")});
  const std::string token = tokens_.Issue(TokenKind::kId, ClaimsOfAdele());
  const std::size_t end = token.rfind('.');
  EXPECT_TRUE(published->Verify(CoseAlgorithm::kRs256, ViewOf(token.substr(0, end)),
                                FromBase64Url(token.substr(end + 1)).value()));
  EXPECT_EQ(key["kid"], Part(token, 0)["kid"]);
}

}  // namespace
}  // namespace keyrig::directory
