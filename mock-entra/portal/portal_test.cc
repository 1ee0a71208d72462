#include "mock-entra/portal/portal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/hosts.h"
#include "mock-entra/signin/test_service.h"

namespace keyrig::portal {
namespace {

using signin::AttributeOf;
using signin::FormOf;
using signin::HasElement;
using signin::kAdele;
using signin::Location;
using signin::TestForm;

/// Adele's browser before My Profile and My Apps.
class PortalTest : public ::testing::Test {
 protected:
  PortalTest()
      : portal_(service_.service), browser_([this](const http::Request& request) {
          return request.host == hosts::kLogin ? service_.signin.Handle(request)
                                               : portal_.Handle(request);
        }) {
    const auto& session =
        signin::StartSession(service_.service, service_.User(kAdele), signin::FidoProof());
    browser_.cookies[std::string(hosts::kLogin)]["ESTSAUTH"] = session.id;
  }

  /// The form that brings the answer back from the sign-in service.
  TestForm Answer(const std::string& url) {
    return FormOf(browser_.Get(Location(browser_.Get(url))), "hiddenform");
  }
  http::Response SignIn(const std::string& url) {
    return browser_.Get(Location(browser_.Submit(Answer(url))));
  }

  signin::TestService service_;
  Portal portal_;
  signin::TestBrowser browser_;
};

TEST_F(PortalTest, MyProfileLeadsToSecurityInfo) {
  const http::Response page = SignIn("https://myprofile.microsoft.com/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, testing::HasSubstr("Adele Vance"));
  EXPECT_EQ(AttributeOf(page, "updateInfo", "href"),
            "https://mysignins.microsoft.com/security-info");
  EXPECT_EQ(page.body.find("$("), std::string::npos);
}

TEST_F(PortalTest, MyAppsShowsHowTheUserSignedIn) {
  const http::Response page = SignIn("https://myapps.microsoft.com/");
  const auto claims = signin::ScriptOf(page, "idTokenClaims");
  EXPECT_EQ(claims["preferred_username"], kAdele);
  EXPECT_EQ(claims["amr"], nlohmann::json::array({"fido", "mfa", "ngcmfa"}));
  EXPECT_TRUE(HasElement(page, "displayName"));
}

TEST_F(PortalTest, OtherNameOfMyAppsLeadsThere) {
  EXPECT_EQ(Location(browser_.Get("https://myapplications.microsoft.com/")),
            "https://myapps.microsoft.com/");
}

TEST_F(PortalTest, CookieKeepsTheUserSignedIn) {
  SignIn("https://myapps.microsoft.com/");
  EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/").status, 200);
  browser_.cookies["myprofile.microsoft.com"] = browser_.cookies["myapps.microsoft.com"];
  EXPECT_EQ(browser_.Get("https://myprofile.microsoft.com/").status, 302) << "another application";
}

TEST_F(PortalTest, AnswerServesOnceAndOnlyWhereItWasAskedFor) {
  const TestForm answer = Answer("https://myapps.microsoft.com/");
  TestForm elsewhere = answer;
  elsewhere.action = "https://myprofile.microsoft.com/signin-oidc";
  browser_.cookies["myprofile.microsoft.com"] = browser_.cookies["myapps.microsoft.com"];
  EXPECT_EQ(browser_.Submit(elsewhere).status, 400);
  const auto jar = browser_.cookies["myapps.microsoft.com"];
  browser_.cookies["myapps.microsoft.com"].clear();
  EXPECT_EQ(browser_.Submit(answer).status, 400) << "another browser";
  browser_.cookies["myapps.microsoft.com"] = jar;
  EXPECT_EQ(browser_.Submit(answer).status, 302);
  browser_.cookies["myapps.microsoft.com"] = jar;
  EXPECT_EQ(browser_.Submit(answer).status, 400) << "the second time";
}

TEST_F(PortalTest, TokenOfAnotherSignInIsRefused) {
  const TestForm first = Answer("https://myapps.microsoft.com/");
  TestForm second = Answer("https://myapps.microsoft.com/");
  second.fields["id_token"] = first.fields.at("id_token");
  EXPECT_EQ(browser_.Submit(second).status, 400);
}

TEST_F(PortalTest, RefusalOfTheSignInServiceIsShown) {
  TestForm answer = Answer("https://myapps.microsoft.com/");
  answer.fields.erase("id_token");
  answer.fields["error"] = "access_denied";
  answer.fields["error_description"] = "AADSTS50105: <b>no</b>";
  const http::Response page = browser_.Submit(answer);
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, testing::HasSubstr("AADSTS50105: &lt;b&gt;no&lt;/b&gt;"));
}

TEST_F(PortalTest, SignOutForgetsTheVisit) {
  SignIn("https://myapps.microsoft.com/");
  const std::string out = Location(browser_.Get("https://myapps.microsoft.com/signout"));
  EXPECT_THAT(out, testing::StartsWith("https://login.microsoftonline.com/common/oauth2/"));
  browser_.Get(out);
  EXPECT_TRUE(service_.service.sessions.empty());
  EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/").status, 302);
}

TEST_F(PortalTest, UnknownPagesAre404) {
  EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/nothing").status, 404);
  EXPECT_EQ(browser_.Post("https://myapps.microsoft.com/", {}).status, 405);
  EXPECT_EQ(browser_.Get("https://myapps.microsoft.com/assets/portal.css").status, 200);
}

}  // namespace
}  // namespace keyrig::portal
