#include "mock-entra/mock_entra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"

namespace keyrig {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

const crypto::PrivateKey& SigningKey() {
  static const crypto::PrivateKey key = [] {
    Rng rng(1);
    RandomStream stream = rng.Stream("key");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  }();
  return key;
}

class MockEntraTest : public ::testing::Test {
 protected:
  http::Response Send(const std::string& method, std::string_view host, const std::string& path,
                      const std::string& token = "", const std::string& body = "",
                      const std::string& type = "application/json") {
    http::Request request;
    request.method = method;
    request.host = host;
    request.raw_path = request.path = path;
    if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
    if (!body.empty()) request.headers.Add("Content-Type", type);
    request.body = body;
    return entra_.Handle(request);
  }

  /// The provisioning application's token, from the token endpoint.
  std::string Token() {
    const http::Response response =
        Send("POST", hosts::kLogin, "/" + tenant_.id + "/oauth2/v2.0/token", "",
             "grant_type=client_credentials&client_id=7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58"
             "&client_secret=contoso-provisioning-secret"
             "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
             "application/x-www-form-urlencoded");
    return Json::parse(response.body).value("access_token", "");
  }

  const std::string policy_ =
      "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";
  FrozenClock clock_{Instant(std::chrono::seconds(1'790'000'000))};
  Rng rng_{1};
  NullSink events_;
  const directory::Tenant tenant_ = directory::LoadTenant(directory::BuiltInTenant()).value();
  MockEntra entra_{tenant_, clock_, rng_, events_, SigningKey()};
};

TEST_F(MockEntraTest, RoutesByHost) {
  EXPECT_EQ(Send("GET", hosts::kGraph, "/v1.0/me").status, 401);
  for (const std::string_view host : {hosts::kLogin, hosts::kLoginWindows, hosts::kSts}) {
    EXPECT_EQ(Send("GET", host, "/common/v2.0/.well-known/openid-configuration").status, 200)
        << host;
  }
  EXPECT_EQ(Send("GET", hosts::kMySignIns, "/security-info").status, 200);
}

TEST_F(MockEntraTest, ServesWhatItSaysItServesAndNothingElse) {
  for (const std::string_view host : hosts::kAll) {
    const bool is_said = std::ranges::find(hosts::kServed, host) != hosts::kServed.end();
    const http::Response answer = Send("GET", host, "/");
    EXPECT_EQ(answer.body.find("This mock service") == std::string::npos, is_said) << answer.body;
    EXPECT_EQ(answer.status == 404 && !is_said, !is_said) << host;
  }
  EXPECT_THAT(Send("GET", hosts::kAdminCenter, "/").body, HasSubstr("Microsoft Graph"));
}

TEST_F(MockEntraTest, EveryHostOfTheTableIsKnown) {
  for (const std::string_view host : hosts::kAll) {
    EXPECT_NE(Send("GET", host, "/").status, 421) << host;
  }
}

TEST_F(MockEntraTest, TellsAForeignHostWhatToDo) {
  const http::Response response = Send("GET", "127.0.0.1", "/v1.0/me");
  EXPECT_EQ(response.status, 421);
  EXPECT_THAT(response.body, HasSubstr("\"127.0.0.1\""));
  EXPECT_THAT(response.body, HasSubstr("graph.microsoft.com"));
}

TEST_F(MockEntraTest, AnApplicationWithASecretAdministersThePolicy) {
  const std::string token = Token();
  ASSERT_NE(token, "");
  EXPECT_EQ(Send("PATCH", hosts::kGraph, policy_, token,
                 R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration",)"
                 R"("state":"enabled"})")
                .status,
            204);
  const auto read = Json::parse(Send("GET", hosts::kGraph, policy_, token).body);
  EXPECT_EQ(read["state"], "enabled");
}

TEST_F(MockEntraTest, ResetPutsTheTenantBack) {
  const std::string token = Token();
  Send("PATCH", hosts::kGraph, policy_, token,
       R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration",)"
       R"("state":"enabled"})");
  const std::string passes =
      "/v1.0/users/adele@contoso.onmicrosoft.com/authentication/temporaryAccessPassMethods";
  EXPECT_EQ(Send("POST", hosts::kGraph, passes, token, "{}").status, 201);
  ASSERT_TRUE(entra_.Control().Reset());
  EXPECT_EQ(Json::parse(Send("GET", hosts::kGraph, policy_, token).body)["state"], "disabled");
  EXPECT_TRUE(Json::parse(Send("GET", hosts::kGraph, passes, token).body)["value"].empty());
}

TEST_F(MockEntraTest, AdvanceTurnsTheServicesClock) {
  const std::string token = Token();
  EXPECT_EQ(Send("GET", hosts::kGraph, policy_, token).status, 200);
  ASSERT_TRUE(entra_.Control().Advance(std::chrono::hours(2)));
  EXPECT_EQ(Send("GET", hosts::kGraph, policy_, token).status, 401);
  EXPECT_FALSE(entra_.Control().Advance(-std::chrono::seconds(1)));
}

}  // namespace
}  // namespace keyrig
