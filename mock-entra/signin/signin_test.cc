#include "mock-entra/signin/signin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/signin/test_service.h"

namespace keyrig::signin {
namespace {

using ::testing::HasSubstr;

/// A person in front of the sign-in page.
class SignInTest : public ::testing::Test {
 protected:
  http::Response Open(const FormFields& more = {}) { return browser_.Get(AuthorizeUrl(more)); }

  http::Response Type(const http::Response& page, std::string_view user, const std::string& field,
                      std::string_view secret) {
    TestForm form = FormOf(page, "i0281");
    form.fields["loginfmt"] = form.fields["login"] = user;
    form.fields[field] = secret;
    return browser_.Submit(form);
  }
  http::Response TypePassword(const http::Response& page, std::string_view user,
                              std::string_view password) {
    return Type(page, user, "passwd", password);
  }
  http::Response TypePass(const http::Response& page, std::string_view user,
                          std::string_view pass) {
    return Type(page, user, "accesspass", pass);
  }
  http::Response Choose(const http::Response& kmsi, const std::string& option) {
    TestForm form = FormOf(kmsi, "kmsiForm");
    form.action = "https://login.microsoftonline.com" + form.action;
    form.fields["LoginOptions"] = option;
    return browser_.Submit(form);
  }

  nlohmann::json CredentialTypeOf(std::string_view user, bool is_fido_supported = true) {
    const auto config = ConfigOf(Open());
    http::Request request =
        TestBrowser::RequestFor("POST", config["urlGetCredentialType"].get<std::string>());
    request.body = nlohmann::json{{"username", user},
                                  {"isFidoSupported", is_fido_supported},
                                  {"originalRequest", config["sCtx"]},
                                  {"flowToken", config["sFT"]}}
                       .dump();
    return nlohmann::json::parse(browser_.Send(std::move(request)).body);
  }

  /// The page's code, "" for one that is not a sign-in page any more.
  static std::string CodeOf(const http::Response& page) {
    return ConfigOf(page).value("sErrorCode", "");
  }

  directory::TemporaryAccessPass& GivePass(std::string_view user, bool once = false) {
    service_.tenant.IssuePass(service_.User(user), service_.clock.Now(), std::nullopt, 60, once,
                              service_.rng);
    return *service_.User(user).temporary_access_pass;
  }

  TestService service_;
  TestBrowser& browser_ = service_.browser;
};

TEST_F(SignInTest, FirstPageSaysThatNobodyIsSignedIn) {
  const http::Response page = Open();
  EXPECT_EQ(page.status, 200);
  const auto config = ConfigOf(page);
  EXPECT_EQ(config["pgid"], "ConvergedSignIn");
  EXPECT_EQ(config["sErrorCode"], "50058");
  EXPECT_EQ(config["urlPost"], "https://login.microsoftonline.com/common/login");
  EXPECT_EQ(config["urlFidoLogin"], "https://login.microsoft.com/common/fido/get?uiflavor=Web");
  EXPECT_THAT(config["canary"].get<std::string>(), testing::EndsWith("=0:1"));
}

TEST_F(SignInTest, ConfigIsFramedAsClientsCutIt) {
  const std::string body = Open({{"login_hint", "a<b>&\"]]>{}"}}).body;
  const std::size_t start = body.find("<script type=\"text/javascript\">//<![CDATA[\n$Config={");
  ASSERT_NE(start, std::string::npos);
  EXPECT_EQ(body.find('{'), body.find("$Config=") + 8) << "the first brace";
  const std::size_t end = body.find("\n//]]>", start);
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(body.substr(end - 2, 2), "};");
  EXPECT_EQ(body.substr(0, end).find("]]>"), std::string::npos);
}

TEST_F(SignInTest, PagesLeaveNoPlaceholderOpen) {
  EXPECT_EQ(Open().body.find("$("), std::string::npos);
  EXPECT_EQ(TypePassword(Open(), kAdele, kAdelePassword).body.find("$("), std::string::npos);
  EXPECT_EQ(browser_.Get("https://login.microsoftonline.com/nowhere/login").body.find("$("),
            std::string::npos);
}

TEST_F(SignInTest, FormsHoldWhatConfigHolds) {
  const http::Response page = Open();
  const auto config = ConfigOf(page);
  for (const char* id : {"i0281", "fidoform"}) {
    const TestForm form = FormOf(page, id);
    EXPECT_EQ(config["sCtx"], form.fields.at("ctx")) << id;
  }
  EXPECT_EQ(config["sFT"], FormOf(page, "i0281").fields.at("flowToken"));
  EXPECT_EQ(config["canary"], FormOf(page, "i0281").fields.at("canary"));
  EXPECT_EQ(config["canary"], FormOf(page, "fidoform").fields.at("loginCanary"));
  EXPECT_EQ(config["urlRefresh"], FormOf(page, "fidoform").fields.at("cancelUrl"));
}

TEST_F(SignInTest, PasswordLeadsThroughKmsiToTheClient) {
  const http::Response kmsi = TypePassword(Open(), kAdele, kAdelePassword);
  EXPECT_EQ(ConfigOf(kmsi)["pgid"], "KmsiInterrupt");
  const http::Response back = Choose(kmsi, "1");
  EXPECT_EQ(back.status, 302);
  EXPECT_THAT(Location(back), testing::StartsWith(std::string(kWebRedirect) + "?code="));
  EXPECT_EQ(ParameterOf(Location(back), "state"), "state & more");
  EXPECT_EQ(ParameterOf(Location(back), "session_state").size(), 36U);
  const auto signed_in = service_.EventsOf("service.signed_in");
  ASSERT_EQ(signed_in.size(), 1U);
  EXPECT_EQ(signed_in[0].Field("method"), "password");
  EXPECT_EQ(signed_in[0].Field("user"), kAdele);
}

TEST_F(SignInTest, OnlyStayingSignedInSetsThePersistentCookie) {
  const http::Response kmsi = TypePassword(Open(), kAdele, kAdelePassword);
  Choose(kmsi, "3");
  auto& jar = browser_.cookies["login.microsoftonline.com"];
  EXPECT_TRUE(jar.contains("ESTSAUTH"));
  EXPECT_FALSE(jar.contains("ESTSAUTHPERSISTENT"));
  const http::Response yes = Choose(kmsi, "1");
  EXPECT_TRUE(jar.contains("ESTSAUTHPERSISTENT"));
  EXPECT_THAT(std::string(*yes.headers.Find("Set-Cookie")),
              HasSubstr("secure; HttpOnly; SameSite=None"));
}

TEST_F(SignInTest, WrongPasswordIs50126) {
  EXPECT_EQ(CodeOf(TypePassword(Open(), kAdele, "guess")), "50126");
  EXPECT_EQ(service_.Refusals("50126"), 1);
}

TEST_F(SignInTest, NobodyHasAnEmptyPassword) {
  EXPECT_EQ(CodeOf(TypePassword(Open(), kAlex, "")), "50126");
}

TEST_F(SignInTest, UnknownUserIs50034) {
  EXPECT_EQ(CodeOf(TypePassword(Open(), "who@contoso.example", "x")), "50034");
  EXPECT_EQ(CredentialTypeOf("who@contoso.example")["IfExistsResult"], 1);
}

TEST_F(SignInTest, DisabledUserIs50057ButOnlyWithTheRightPassword) {
  EXPECT_EQ(CodeOf(TypePassword(Open(), kLee, "guess")), "50126");
  EXPECT_EQ(CodeOf(TypePassword(Open(), kLee, kLeePassword)), "50057");
}

TEST_F(SignInTest, AfterARefusalThePageGoesOn) {
  const http::Response refused = TypePassword(Open(), kAdele, "guess");
  EXPECT_THAT(ConfigOf(refused)["strServiceExceptionMessage"].get<std::string>(),
              testing::StartsWith("AADSTS50126: "));
  EXPECT_EQ(ConfigOf(TypePassword(refused, kAdele, kAdelePassword))["pgid"], "KmsiInterrupt");
}

TEST_F(SignInTest, PassSignsInAndCountsAsMultiFactor) {
  const auto pass = GivePass(kAlex);
  EXPECT_EQ(ConfigOf(TypePass(Open(), kAlex, pass.pass))["pgid"], "KmsiInterrupt");
  ASSERT_EQ(service_.service.sessions.size(), 1U);
  EXPECT_TRUE(service_.service.sessions.begin()->second.multi_factor.has_value());
}

TEST_F(SignInTest, WrongPassIs130503) {
  GivePass(kAlex);
  EXPECT_EQ(CodeOf(TypePass(Open(), kAlex, "guess")), "130503");
}

TEST_F(SignInTest, PassOfNobodyIs130507) {
  EXPECT_EQ(CodeOf(TypePass(Open(), kAlex, "guess")), "130507");
}

TEST_F(SignInTest, ExpiredPassIs130504) {
  const auto pass = GivePass(kAlex);
  service_.clock.Advance(std::chrono::minutes(60));
  EXPECT_EQ(CodeOf(TypePass(Open(), kAlex, pass.pass)), "130504");
}

TEST_F(SignInTest, OneTimePassIs130505TheSecondTime) {
  const auto pass = GivePass(kAlex, true);
  TypePass(Open(), kAlex, pass.pass);
  browser_.cookies.clear();
  EXPECT_EQ(CodeOf(TypePass(Open(), kAlex, pass.pass)), "130505");
}

TEST_F(SignInTest, OtherPassServesAgain) {
  const auto pass = GivePass(kAlex);
  TypePass(Open(), kAlex, pass.pass);
  browser_.cookies.clear();
  EXPECT_EQ(ConfigOf(TypePass(Open(), kAlex, pass.pass))["pgid"], "KmsiInterrupt");
}

TEST_F(SignInTest, CredentialTypePrefersPassThenKeyThenPassword) {
  EXPECT_EQ(CredentialTypeOf(kAdele)["Credentials"]["PrefCredential"], 1);
  TestKey key;
  service_.Register(key, kAdele);
  EXPECT_EQ(CredentialTypeOf(kAdele)["Credentials"]["PrefCredential"], 7);
  GivePass(kAdele);
  EXPECT_EQ(CredentialTypeOf(kAdele)["Credentials"]["PrefCredential"], 13);
}

TEST_F(SignInTest, CredentialTypeListsKeysInStandardBase64) {
  TestKey key;
  service_.Register(key, kAdele);
  const auto credentials = CredentialTypeOf(kAdele)["Credentials"];
  EXPECT_EQ(credentials["HasFido"], true);
  EXPECT_EQ(credentials["FidoParams"]["AllowList"],
            nlohmann::json::array({ToBase64(key.say.credential_id)}));
  EXPECT_TRUE(CredentialTypeOf(kAlex)["Credentials"]["FidoParams"].is_null());
}

TEST_F(SignInTest, KeyIsOfferedOnlyWherePolicyAndBrowserLet) {
  TestKey key;
  service_.Register(key, kAdele);
  EXPECT_EQ(CredentialTypeOf(kAdele, false)["Credentials"]["HasFido"], false);
  EXPECT_TRUE(HasElement(Open({{"login_hint", std::string(kAdele)}}), "fidoform"));
  service_.tenant.fido2.excludeTargets = {{"group", service_.tenant.groups[0].id}};
  EXPECT_EQ(CredentialTypeOf(kAdele)["Credentials"]["HasFido"], false);
  const http::Response page = Open({{"login_hint", std::string(kAdele)}});
  EXPECT_FALSE(HasElement(page, "fidoform"));
  EXPECT_EQ(ConfigOf(page)["fIsFidoSupported"], false);
}

TEST_F(SignInTest, HintedPageKnowsTheUserAlready) {
  TestKey key;
  service_.Register(key, kAdele);
  const auto config = ConfigOf(Open({{"login_hint", std::string(kAdele)}}));
  EXPECT_EQ(config["sPOST_Username"], kAdele);
  EXPECT_EQ(config["oGetCredTypeResult"]["IfExistsResult"], 0);
  EXPECT_EQ(config["sFidoChallenge"],
            config["oGetCredTypeResult"]["Credentials"]["FidoParams"]["Challenge"]);
}

TEST_F(SignInTest, FormOfAnotherSignInIsRefused) {
  TestForm form = FormOf(Open(), "i0281");
  form.fields["canary"] = "forged=0:1";
  EXPECT_EQ(ConfigOf(browser_.Submit(form))["iErrorCode"], 165000);
  form.fields["ctx"] = form.fields["flowToken"] = "unknown";
  EXPECT_EQ(ConfigOf(browser_.Submit(form))["iErrorCode"], 90014);
}

TEST_F(SignInTest, FlowEndsAfterAnHour) {
  const http::Response page = Open();
  service_.clock.Advance(std::chrono::hours(1));
  const http::Response answer = TypePassword(page, kAdele, kAdelePassword);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(ConfigOf(answer)["iErrorCode"], 90014);
}

TEST_F(SignInTest, ResumeShowsThePageAgain) {
  const http::Response page = Open();
  const http::Response again = browser_.Get(ConfigOf(page)["urlResume"].get<std::string>());
  EXPECT_EQ(ConfigOf(again)["sCtx"], ConfigOf(page)["sCtx"]);
}

TEST_F(SignInTest, FreshMfaIsNotHadFromAPasswordAlone) {
  const FormFields step_up = {{"claims", R"({"id_token":{"amr":{"values":["ngcmfa"]}}})"}};
  EXPECT_EQ(CodeOf(TypePassword(Open(step_up), kAdele, kAdelePassword)), "50079");
  TestKey key;
  service_.Register(key, kAdele);
  EXPECT_EQ(CodeOf(TypePassword(Open(step_up), kAdele, kAdelePassword)), "50076");
}

TEST_F(SignInTest, LogoutForgetsTheSession) {
  Choose(TypePassword(Open(), kAdele, kAdelePassword), "1");
  EXPECT_EQ(Open().status, 302);
  const http::Response out = browser_.Get(
      "https://login.microsoftonline.com/common/oauth2/v2.0/logout?client_id=" +
      std::string(kWebClient) + "&post_logout_redirect_uri=" + http::UrlEncode(kWebRedirect));
  EXPECT_EQ(Location(out), kWebRedirect);
  EXPECT_EQ(Open().status, 200);
  EXPECT_TRUE(service_.service.sessions.empty());
}

TEST_F(SignInTest, LogoutSendsNobodyToForeignPages) {
  const http::Response out = browser_.Get(
      "https://login.microsoftonline.com/common/oauth2/v2.0/logout?post_logout_redirect_uri="
      "https%3A%2F%2Fevil.example%2F");
  EXPECT_EQ(out.status, 200);
}

TEST_F(SignInTest, UnknownTenantIs90002) {
  const http::Response page =
      browser_.Get("https://login.microsoftonline.com/fabrikam.example/oauth2/v2.0/authorize");
  EXPECT_EQ(page.status, 400);
  EXPECT_EQ(ConfigOf(page)["iErrorCode"], 90002);
  EXPECT_THAT(ConfigOf(page)["strServiceExceptionMessage"].get<std::string>(),
              testing::StartsWith("AADSTS90002: "));
}

TEST_F(SignInTest, UnknownPagesAre404AndWrongMethods405) {
  EXPECT_EQ(browser_.Get("https://login.microsoftonline.com/").status, 404);
  EXPECT_EQ(browser_.Get("https://login.microsoftonline.com/common/nothing").status, 404);
  EXPECT_EQ(browser_.Get("https://login.microsoftonline.com/common/login").status, 405);
  EXPECT_EQ(browser_.Get("https://login.microsoftonline.com/kmsi").status, 405);
}

TEST_F(SignInTest, ServesItsScriptsAndStyles) {
  for (const char* name :
       {"signin.css", "signin.js", "fido_get.js", "fido_create.js", "submit.js", "base64.js"}) {
    EXPECT_EQ(browser_.Get("https://login.microsoft.com/assets/" + std::string(name)).status, 200)
        << name;
  }
}

TEST_F(SignInTest, DiscoveryNamesTheEndpointsThatAnswer) {
  const auto document = nlohmann::json::parse(
      browser_.Get("https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration")
          .body);
  EXPECT_EQ(document["issuer"], "https://login.microsoftonline.com/{tenantid}/v2.0");
  EXPECT_EQ(document["request_uri_parameter_supported"], false);
  const auto keys = browser_.Get(document["jwks_uri"].get<std::string>());
  EXPECT_EQ(nlohmann::json::parse(keys.body)["keys"].size(), 1U);
  EXPECT_EQ(browser_.Get(document["authorization_endpoint"].get<std::string>()).status, 400);
  EXPECT_EQ(browser_.Get(document["token_endpoint"].get<std::string>()).status, 405);
  const auto tenant = nlohmann::json::parse(
      browser_
          .Get("https://login.microsoftonline.com/contoso.example/v2.0/.well-known/"
               "openid-configuration")
          .body);
  EXPECT_EQ(tenant["issuer"], "https://login.microsoftonline.com/" + service_.tenant.id + "/v2.0");
}

TEST_F(SignInTest, InstanceDiscoveryListsTheAliases) {
  const auto document = nlohmann::json::parse(
      browser_.Get("https://login.microsoftonline.com/common/discovery/instance?api-version=1.1")
          .body);
  EXPECT_EQ(document["metadata"][0]["aliases"].size(), 4U);
}

}  // namespace
}  // namespace keyrig::signin
