#include "mock-entra/portal/portal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/hosts.h"
#include "mock-entra/signin/test_service.h"

namespace keyrig::portal {
namespace {

using signin::AttributeOf;
using signin::kAdele;
using signin::Location;
using signin::ParameterOf;
using testing::HasSubstr;
using testing::StartsWith;

/// Adele's browser before My Profile and My Apps; the sign-in service knows her already.
class PortalTest : public ::testing::Test {
 protected:
  PortalTest()
      : browser_([this](const http::Request& request) {
          return request.host == hosts::kLogin ? service_.signin.Handle(request)
                                               : portal_.Handle(request);
        }) {
    browser_.cookies[std::string(hosts::kLogin)]["ESTSAUTH"] =
        signin::StartSession(service_.service, service_.User(kAdele), signin::FidoProof()).id;
  }

  /// Where the page's script sends the browser, and where that is sent back to.
  std::string Answer(const nlohmann::json& config) {
    const auto text = [&](const char* name) {
      return http::UrlEncode(config[name].get<std::string>());
    };
    return Location(browser_.Get(
        config["authorizeUrl"].get<std::string>() + "?response_type=code&nonce=n1&client_id=" +
        text("clientId") + "&redirect_uri=" + text("redirectUri") + "&scope=" + text("scope") +
        "&response_mode=" + text("responseMode") + "&claims=" + text("claims") +
        "&code_challenge=" + std::string(signin::kCodeChallenge) + "&code_challenge_method=S256"));
  }
  /// What the script then exchanges the code for.
  nlohmann::json Tokens(const nlohmann::json& config, const std::string& answer) {
    browser_.headers = {{"Origin", config["redirectUri"].get<std::string>()}};
    return nlohmann::json::parse(
        browser_
            .Post(config["tokenUrl"].get<std::string>(),
                  {{"client_id", config["clientId"].get<std::string>()},
                   {"grant_type", "authorization_code"},
                   {"code", ParameterOf(answer, "code")},
                   {"redirect_uri", config["redirectUri"].get<std::string>()},
                   {"code_verifier", std::string(signin::kVerifier)}})
            .body);
  }

  signin::TestService service_;
  Portal portal_;
  signin::TestBrowser browser_;
};

TEST_F(PortalTest, EachPageIsAClientOfItsOwnThatGetsTokens) {
  for (const std::string home :
       {"https://myapps.microsoft.com", "https://myprofile.microsoft.com"}) {
    const http::Response page = browser_.Get(home + "/");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body.find("$("), std::string::npos);
    const auto config = signin::ScriptOf(page, "config");
    EXPECT_EQ(config["redirectUri"], home);
    const std::string answer = Answer(config);
    EXPECT_THAT(answer, StartsWith(home + "#code="));
    const auto tokens = Tokens(config, answer);
    EXPECT_TRUE(tokens.contains("refresh_token")) << tokens;
    const auto id_token =
        service_.tokens.Check(tokens.value("id_token", ""), config["clientId"].get<std::string>());
    ASSERT_TRUE(id_token) << tokens;
    EXPECT_EQ(id_token->nonce, "n1");
    EXPECT_EQ(id_token->user_id, service_.User(kAdele).id);
    EXPECT_THAT(id_token->amr, testing::IsSupersetOf({"fido", "mfa"}));
    EXPECT_TRUE(
        service_.tokens.Check(tokens.value("access_token", ""), "https://graph.microsoft.com"));
  }
}

TEST_F(PortalTest, LeadsToSecurityInfoAndOut) {
  const http::Response page = browser_.Get("https://myprofile.microsoft.com/");
  EXPECT_EQ(AttributeOf(page, "updateInfo", "href"),
            "https://mysignins.microsoft.com/security-info");
  browser_.Get(AttributeOf(page, "signOut", "href"));
  EXPECT_TRUE(service_.service.sessions.empty());
}

TEST_F(PortalTest, OtherNameOfMyAppsLeadsThere) {
  EXPECT_EQ(Location(browser_.Get("https://myapplications.microsoft.com/")),
            "https://myapps.microsoft.com/");
}

TEST_F(PortalTest, UnknownPagesAre404) {
  EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/nothing").status, 404);
  EXPECT_EQ(browser_.Post("https://myapps.microsoft.com/", {}).status, 405);
  for (const std::string file : {"portal.css", "portal.js", "token.js"}) {
    EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/assets/" + file).status, 200) << file;
  }
}

}  // namespace
}  // namespace keyrig::portal
