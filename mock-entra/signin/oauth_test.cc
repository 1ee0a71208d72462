#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/directory/first_party.h"
#include "mock-entra/signin/test_service.h"

namespace keyrig::signin {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
namespace first_party = directory::first_party;

/// A client's side: Adele is signed in already, so that authorize answers at once.
class OAuthTest : public ::testing::Test {
 protected:
  OAuthTest() { StartAdelesSession({"pwd"}, false); }

  void StartAdelesSession(std::vector<std::string> amr, bool is_multi_factor) {
    const Proof proof{"test", std::move(amr), is_multi_factor};
    const auto& session = StartSession(service_.service, service_.User(kAdele), proof);
    browser_.cookies["login.microsoftonline.com"]["ESTSAUTH"] = session.id;
  }

  std::string Answered(const FormFields& more = {}) {
    return Location(browser_.Get(AuthorizeUrl(more)));
  }
  std::string Code(const FormFields& more = {}) { return ParameterOf(Answered(more), "code"); }

  http::Response Token(FormFields fields, const FormFields& changed = {},
                       const std::string& path = "/organizations/oauth2/v2.0/token") {
    for (const auto& [name, value] : changed) {
      std::erase_if(fields, [&](const auto& field) { return field.first == name; });
      if (!value.empty()) fields.emplace_back(name, value);
    }
    return browser_.Post("https://login.microsoftonline.com" + path, fields);
  }
  http::Response Redeem(const std::string& code, const FormFields& changed = {}) {
    return Token({{"grant_type", "authorization_code"},
                  {"client_id", std::string(kWebClient)},
                  {"code", code},
                  {"redirect_uri", std::string(kWebRedirect)},
                  {"code_verifier", std::string(kVerifier)}},
                 changed);
  }
  static json BodyOf(const http::Response& response) { return json::parse(response.body); }
  static int CodeOf(const http::Response& response) {
    return BodyOf(response).value("error_codes", json::array({0}))[0].get<int>();
  }
  static json ClaimsOf(const std::string& token) {
    const std::size_t start = token.find('.') + 1;
    const auto bytes = FromBase64Url(token.substr(start, token.rfind('.') - start));
    return json::parse(AsText(bytes.value()));
  }
  directory::TokenClaims Checked(const json& body, std::string_view audience) {
    const auto claims = service_.tokens.Check(body["access_token"].get<std::string>(), audience);
    EXPECT_TRUE(claims.has_value());
    return claims.value_or(directory::TokenClaims{});
  }

  TestService service_;
  TestBrowser& browser_ = service_.browser;
};

TEST_F(OAuthTest, SessionAnswersWithoutAPage) {
  EXPECT_THAT(Answered(), testing::StartsWith(std::string(kWebRedirect) + "?code="));
}

TEST_F(OAuthTest, PromptLoginAsksAnyway) {
  EXPECT_EQ(browser_.Get(AuthorizeUrl({{"prompt", "login"}})).status, 200);
  EXPECT_EQ(browser_.Get(AuthorizeUrl({{"prompt", "select_account"}})).status, 200);
}

TEST_F(OAuthTest, HintOfAnotherUserAsksForThem) {
  const http::Response page = browser_.Get(AuthorizeUrl({{"login_hint", std::string(kAlex)}}));
  EXPECT_EQ(ConfigOf(page)["sPOST_Username"], kAlex);
}

TEST_F(OAuthTest, SessionOfADisabledUserIsWorthNothing) {
  service_.User(kAdele).account_enabled = false;
  EXPECT_EQ(browser_.Get(AuthorizeUrl()).status, 200);
}

TEST_F(OAuthTest, PromptNoneWithoutSessionIsLoginRequired) {
  browser_.cookies.clear();
  const std::string url = Answered({{"prompt", "none"}});
  EXPECT_EQ(ParameterOf(url, "error"), "login_required");
  EXPECT_THAT(ParameterOf(url, "error_description"), HasSubstr("AADSTS50058"));
  EXPECT_EQ(ParameterOf(url, "state"), "state & more");
}

TEST_F(OAuthTest, UnknownClientsAndAddressesAreNotRedirected) {
  const auto code = [this](const FormFields& more) {
    const http::Response page = browser_.Get(AuthorizeUrl(more));
    EXPECT_EQ(page.status, 400);
    return ConfigOf(page)["iErrorCode"].get<int>();
  };
  EXPECT_EQ(code({{"client_id", "00000000-0000-0000-0000-000000000001"}}), 700016);
  EXPECT_EQ(code({{"client_id", ""}}), 900144);
  EXPECT_EQ(code({{"redirect_uri", "https://evil.example/answer"}}), 50011);
  EXPECT_EQ(code({{"redirect_uri", std::string(kWebRedirect) + "/more"}}), 50011);
}

TEST_F(OAuthTest, WrongRequestsAreToldToTheClient) {
  const auto refusal = [this](const FormFields& more) {
    return ParameterOf(Answered(more), "error_description").substr(0, 13);
  };
  EXPECT_EQ(refusal({{"response_type", "token"}}), "AADSTS700054:");
  EXPECT_EQ(refusal({{"response_type", ""}}), "AADSTS900144:");
  EXPECT_EQ(refusal({{"scope", "https://unknown.example/Read"}}), "AADSTS70011: ");
  EXPECT_EQ(refusal({{"scope", "User.Read " + std::string(kDaemon) + "/Read"}}), "AADSTS70011: ");
  EXPECT_EQ(refusal({{"scope", ""}}), "AADSTS900144:");
  EXPECT_EQ(refusal({{"code_challenge", "short"}}), "AADSTS50147: ");
  EXPECT_EQ(refusal({{"code_challenge_method", "S512"}}), "AADSTS50149: ");
  EXPECT_EQ(refusal({{"response_type", "id_token"}}), "AADSTS900144:") << "no nonce";
  EXPECT_EQ(refusal({{"response_mode", "smoke"}}), "AADSTS900144:");
}

TEST_F(OAuthTest, LoopbackRedirectsTakeAnyPort) {
  FormFields cli = {{"client_id", std::string(first_party::kGraphCommandLine.client_id)}};
  for (const char* uri : {"http://localhost", "http://localhost:41523", "http://localhost:8400/"}) {
    cli.emplace_back("redirect_uri", uri);
    EXPECT_THAT(Answered(cli), testing::StartsWith(std::string(uri) + "?code=")) << uri;
  }
  cli.emplace_back("redirect_uri", "http://localhost.evil.example/");
  EXPECT_EQ(browser_.Get(AuthorizeUrl(cli)).status, 400);
}

TEST_F(OAuthTest, AnswersByFragmentAndForm) {
  EXPECT_THAT(Answered({{"response_mode", "fragment"}}),
              testing::StartsWith(std::string(kWebRedirect) + "#code="));
  const http::Response page = browser_.Get(AuthorizeUrl(
      {{"response_type", "code id_token"}, {"response_mode", "form_post"}, {"nonce", "n-1"}}));
  const TestForm form = FormOf(page, "hiddenform");
  EXPECT_EQ(form.action, kWebRedirect);
  EXPECT_EQ(form.fields.at("state"), "state & more");
  EXPECT_EQ(ClaimsOf(form.fields.at("id_token"))["nonce"], "n-1");
  EXPECT_EQ(CodeOf(Redeem(form.fields.at("code"))), 0);
}

TEST_F(OAuthTest, CodeBringsTokens) {
  const json body = BodyOf(Redeem(Code()));
  EXPECT_EQ(body["token_type"], "Bearer");
  EXPECT_EQ(body["expires_in"], 3600);
  EXPECT_TRUE(body.contains("refresh_token"));
  const auto claims = Checked(body, first_party::kGraphResource);
  EXPECT_EQ(claims.user_id, service_.User(kAdele).id);
  EXPECT_EQ(claims.client_id, kWebClient);
  EXPECT_EQ(claims.scopes, std::vector<std::string>{"User.Read"});
  EXPECT_EQ(claims.amr, std::vector<std::string>{"pwd"});
  const json id = ClaimsOf(body["id_token"].get<std::string>());
  EXPECT_EQ(id["aud"], kWebClient);
  EXPECT_EQ(id["preferred_username"], kAdele);
  EXPECT_FALSE(id.contains("amr")) << "nobody asked for it";
}

TEST_F(OAuthTest, IdTokenSaysAmrWhereAsked) {
  const json body =
      BodyOf(Redeem(Code({{"claims", R"({"id_token":{"amr":{"essential":true}}})"}})));
  EXPECT_EQ(ClaimsOf(body["id_token"].get<std::string>())["amr"], json::array({"pwd"}));
}

TEST_F(OAuthTest, WithoutOpenIdAndOfflineAccessThereAreFewerTokens) {
  const json body = BodyOf(Redeem(Code({{"scope", "User.Read"}})));
  EXPECT_FALSE(body.contains("id_token"));
  EXPECT_FALSE(body.contains("refresh_token"));
}

TEST_F(OAuthTest, CodeServesOnce) {
  const std::string code = Code();
  EXPECT_EQ(CodeOf(Redeem(code)), 0);
  const http::Response again = Redeem(code);
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(CodeOf(again), 54005);
  EXPECT_EQ(BodyOf(again)["error"], "invalid_grant");
}

TEST_F(OAuthTest, CodeExpiresAfterTenMinutes) {
  const std::string code = Code();
  service_.clock.Advance(std::chrono::minutes(10));
  EXPECT_EQ(CodeOf(Redeem(code)), 70008);
}

TEST_F(OAuthTest, CodeIsBoundToWhatItWasAskedWith) {
  EXPECT_EQ(CodeOf(Redeem("no such code")), 70000);
  EXPECT_EQ(CodeOf(Redeem(Code(), {{"code", ""}})), 900144);
  EXPECT_EQ(CodeOf(Redeem(Code(), {{"redirect_uri", "https://web.contoso.example/"}})), 50011);
  EXPECT_EQ(CodeOf(Redeem(Code(), {{"code_verifier", std::string(kVerifier) + "x"}})), 50148);
  EXPECT_EQ(CodeOf(Redeem(Code(), {{"code_verifier", ""}})), 50148);
  EXPECT_EQ(CodeOf(Redeem(Code(), {{"client_id", std::string(first_party::kAzureCli.client_id)}})),
            70000);
}

TEST_F(OAuthTest, ErrorsHaveEntrasMembers) {
  const json body = BodyOf(Redeem("no such code"));
  EXPECT_THAT(body["error_description"].get<std::string>(),
              testing::ContainsRegex("^AADSTS70000: .* Trace ID: .* Correlation ID: .* Timestamp: "
                                     "2026-11-24 00:00:00Z$"));
  EXPECT_EQ(body["timestamp"], "2026-11-24 00:00:00Z");
  EXPECT_EQ(body["error_uri"], "https://login.microsoftonline.com/error?code=70000");
}

TEST_F(OAuthTest, RefreshTokenBringsTokensUntilItExpires) {
  const json first = BodyOf(Redeem(Code()));
  const FormFields refresh = {{"grant_type", "refresh_token"},
                              {"client_id", std::string(kWebClient)},
                              {"refresh_token", first["refresh_token"].get<std::string>()}};
  service_.clock.Advance(std::chrono::hours(2));
  EXPECT_EQ(Checked(BodyOf(Token(refresh)), first_party::kGraphResource).user_id,
            service_.User(kAdele).id);
  EXPECT_EQ(CodeOf(Token(refresh, {{"refresh_token", "unknown"}})), 70000);
  service_.User(kAdele).account_enabled = false;
  EXPECT_EQ(CodeOf(Token(refresh)), 50057);
  service_.clock.Advance(std::chrono::days(90));
  EXPECT_EQ(CodeOf(Token(refresh)), 700082);
}

TEST_F(OAuthTest, FreshMfaShowsAsNgcmfaForAWhile) {
  StartAdelesSession({"fido", "mfa"}, true);
  const FormFields step_up = {{"claims", R"({"access_token":{"amr":{"values":["ngcmfa"]}}})"}};
  const json body = BodyOf(Redeem(Code(step_up)));
  EXPECT_THAT(Checked(body, first_party::kGraphResource).amr,
              testing::ElementsAre("fido", "mfa", "ngcmfa"));
  const FormFields refresh = {{"grant_type", "refresh_token"},
                              {"client_id", std::string(kWebClient)},
                              {"refresh_token", body["refresh_token"].get<std::string>()}};
  EXPECT_EQ(CodeOf(Token(refresh, step_up)), 0);
  service_.clock.Advance(std::chrono::minutes(5) + std::chrono::seconds(1));
  EXPECT_THAT(Checked(BodyOf(Token(refresh)), first_party::kGraphResource).amr,
              Not(Contains("ngcmfa")));
  EXPECT_EQ(CodeOf(Token(refresh, step_up)), 50078);
  const http::Response page = browser_.Get(AuthorizeUrl(step_up));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(ConfigOf(page)["sPOST_Username"], kAdele);
}

TEST_F(OAuthTest, ApplicationsProveThemselvesByTheirSecret) {
  const FormFields request = {{"grant_type", "client_credentials"},
                              {"client_id", std::string(kDaemon)},
                              {"client_secret", std::string(kDaemonSecret)},
                              {"scope", "https://graph.microsoft.com/.default"}};
  const json body = BodyOf(Token(request));
  const auto claims = Checked(body, first_party::kGraphResource);
  EXPECT_EQ(claims.roles, std::vector<std::string>{"User.Read.All"});
  EXPECT_TRUE(claims.user_id.empty());
  EXPECT_FALSE(body.contains("refresh_token"));

  const http::Response wrong = Token(request, {{"client_secret", "guess"}});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(CodeOf(wrong), 7000215);
  EXPECT_EQ(CodeOf(Token(request, {{"client_secret", ""}})), 7000218);
  EXPECT_EQ(CodeOf(Token(request, {{"client_id", "nobody"}})), 700016);
  EXPECT_EQ(CodeOf(Token(request, {{"client_id", ""}})), 900144);
  EXPECT_EQ(CodeOf(Token(request, {{"scope", "User.Read"}})), 70011);
  EXPECT_EQ(CodeOf(Token(request, {{"client_id", std::string(kWebClient)}})), 700025);
  EXPECT_EQ(CodeOf(Token(request, {{"grant_type", "password"}})), 70003);
  EXPECT_EQ(CodeOf(Token(request, {{"grant_type", ""}})), 900144);
}

TEST_F(OAuthTest, SecretMayComeByHttpBasic) {
  browser_.headers = {{"Authorization", "Basic " + ToBase64(ViewOf(std::string(kDaemon) + ":" +
                                                                   std::string(kDaemonSecret)))}};
  EXPECT_EQ(CodeOf(Token({{"grant_type", "client_credentials"},
                          {"scope", "https://graph.microsoft.com/.default"}})),
            0);
}

TEST_F(OAuthTest, V1HasStringsForNumbers) {
  const json body = BodyOf(Token({{"grant_type", "client_credentials"},
                                  {"client_id", std::string(kDaemon)},
                                  {"client_secret", std::string(kDaemonSecret)},
                                  {"resource", "https://graph.microsoft.com/"}},
                                 {}, "/organizations/oauth2/token"));
  EXPECT_EQ(body["expires_in"], "3600");
  EXPECT_EQ(body["resource"], "https://graph.microsoft.com");
  EXPECT_EQ(body["expires_on"], "1795482000");
}

/// The single-page application of My Sign-Ins.
class SinglePageTest : public OAuthTest {
 protected:
  FormFields Request() const {
    return {{"client_id", std::string(first_party::kMySignIns.client_id)},
            {"redirect_uri", std::string(first_party::kMySignIns.redirect_uri)},
            {"scope", std::string(first_party::kMySignIns.client_id) + "/.default openid"}};
  }
  http::Response RedeemHere(const std::string& code) {
    return Redeem(code, {{"client_id", std::string(first_party::kMySignIns.client_id)},
                         {"redirect_uri", std::string(first_party::kMySignIns.redirect_uri)}});
  }
};

TEST_F(SinglePageTest, NeedsPkce) {
  FormFields request = Request();
  request.emplace_back("code_challenge", "");
  EXPECT_THAT(ParameterOf(Answered(request), "error_description"), HasSubstr("AADSTS9002325"));
}

TEST_F(SinglePageTest, RedeemsOnlyAcrossOrigins) {
  EXPECT_EQ(CodeOf(RedeemHere(Code(Request()))), 9002327);
  browser_.headers = {{"Origin", "https://mysignins.microsoft.com"}};
  const http::Response response = RedeemHere(Code(Request()));
  EXPECT_EQ(response.headers.Find("Access-Control-Allow-Origin"),
            "https://mysignins.microsoft.com");
  Checked(BodyOf(response), first_party::kMySignIns.client_id);
  EXPECT_EQ(CodeOf(Redeem(Code())), 9002326) << "no single-page application";
}

TEST_F(SinglePageTest, OtherOriginsMayNotReadTheAnswer) {
  browser_.headers = {{"Origin", "https://evil.example"}};
  EXPECT_EQ(RedeemHere(Code(Request())).headers.Find("Access-Control-Allow-Origin"), std::nullopt);
}

}  // namespace
}  // namespace keyrig::signin
