#include "harness/station/id_token.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "harness/base/bytes.h"
#include "harness/base/crypto.h"

namespace keyrig::station {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const crypto::PrivateKey& TenantKey() {
  static const crypto::PrivateKey key = [] {
    RandomStream stream = Rng(3).Stream("tenant");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  }();
  return key;
}

/// An ID token of Adele at My Apps, and who it should be from.
class IdTokenTest : public testing::Test {
 protected:
  std::string Token() const {
    const std::string text =
        ToBase64Url(ViewOf(header_.dump())) + "." + ToBase64Url(ViewOf(claims_.dump()));
    RandomStream stream = Rng(3).Stream("signature");
    return text + "." + ToBase64Url(TenantKey().Sign(CoseAlgorithm::kRs256, ViewOf(text), stream));
  }
  std::string Jwks() const {
    const auto numbers = TenantKey().Public().Rsa().value();
    return json{{"keys",
                 {{{"kty", "RSA"},
                   {"kid", "k1"},
                   {"n", ToBase64Url(numbers.n)},
                   {"e", ToBase64Url(numbers.e)}}}}}
        .dump();
  }
  /// Why a token is refused; empty where it is not.
  std::string Refusal(const std::string& token) const {
    const auto claims = VerifyIdToken(token, Jwks(), expected_);
    return claims ? "" : claims.error().message;
  }

  const std::int64_t now_ = 1'796'000'000;
  IdTokenExpectation expected_{
      "https://login.microsoftonline.com/t1/v2.0", "my-apps", "t1", "n1", "adele@contoso.example",
      Instant(std::chrono::seconds(now_))};
  json header_{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", "k1"}};
  json claims_{{"iss", "https://login.microsoftonline.com/t1/v2.0"},
               {"aud", "my-apps"},
               {"tid", "t1"},
               {"nonce", "n1"},
               {"nbf", now_},
               {"exp", now_ + 3600},
               {"preferred_username", "Adele@contoso.example"},
               {"amr", {"fido", "mfa"}}};
};

TEST_F(IdTokenTest, GivesTheClaimsOfAnHonestOne) {
  const auto claims = VerifyIdToken(Token(), Jwks(), expected_);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(*claims, claims_);
  EXPECT_TRUE(ProvedBySecurityKey(*claims));
}

TEST_F(IdTokenTest, NamesTheClaimThatIsNotAsExpected) {
  const json honest = claims_;
  for (const auto& [name, value] : std::vector<std::pair<std::string, json>>{
           {"iss", "https://login.microsoftonline.com/t2/v2.0"},
           {"aud", "another-app"},
           {"tid", "t2"},
           {"nonce", "n2"},
           {"exp", now_},
           {"nbf", now_ + 301},
           {"preferred_username", "alex@contoso.example"}}) {
    claims_ = honest;
    claims_[name] = value;
    EXPECT_THAT(Refusal(Token()), HasSubstr("claim " + name + " is " + value.dump()));
    claims_.erase(name);
    if (name != "nbf") {
      EXPECT_THAT(Refusal(Token()), HasSubstr("claim " + name + " is absent"));
    }
  }
}

TEST_F(IdTokenTest, WantsTheSignatureOfAPublishedKey) {
  std::string forged = Token();
  claims_["preferred_username"] = "alex@contoso.example";
  const std::string others = Token();
  forged.replace(forged.find('.'), forged.rfind('.') - forged.find('.'), others, others.find('.'),
                 others.rfind('.') - others.find('.'));
  EXPECT_THAT(Refusal(forged), HasSubstr("signature is not that of the published key"));
  header_["kid"] = "k2";
  EXPECT_THAT(Refusal(Token()), HasSubstr("\"k2\", which is not published"));
  header_["alg"] = "none";
  EXPECT_THAT(Refusal(Token()), HasSubstr("alg is \"none\""));
}

TEST_F(IdTokenTest, RefusesWhatIsNoToken) {
  EXPECT_THAT(Refusal(""), HasSubstr("fewer than three parts"));
  EXPECT_THAT(Refusal("e30.*.AA"), HasSubstr("payload"));
  EXPECT_THAT(Refusal("e30.e30.*"), HasSubstr("signature is not base64url"));
  EXPECT_THAT(VerifyIdToken(Token(), "[]", expected_).error().message,
              HasSubstr("no JSON Web Key Set"));
}

TEST_F(IdTokenTest, KnowsASecurityKeyByItsAmr) {
  claims_["amr"] = {"pwd", "mfa"};
  EXPECT_THAT(ProvedBySecurityKey(claims_).error().message,
              HasSubstr(R"(claim amr is ["pwd","mfa"]; expected it to hold "fido")"));
  claims_["amr"] = {"fido"};
  EXPECT_THAT(ProvedBySecurityKey(claims_).error().message, HasSubstr("\"mfa\""));
  claims_.erase("amr");
  EXPECT_THAT(ProvedBySecurityKey(claims_).error().message, HasSubstr("amr is absent"));
}

}  // namespace
}  // namespace keyrig::station
