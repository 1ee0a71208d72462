#include "harness/station/single_page_app.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/station/id_token.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

/// "https://login.microsoftonline.com/<tenant id>/v2.0".
std::string TenantOf(const std::string& issuer) {
  const std::size_t end = issuer.rfind('/');
  const std::size_t start =
      end == 0 || end == issuer.npos ? issuer.npos : issuer.rfind('/', end - 1);
  return start == issuer.npos ? std::string() : issuer.substr(start + 1, end - start - 1);
}

}  // namespace

SinglePageApp::SinglePageApp(Browser& browser, SignInWalk& walk, Rng& rng, std::string user_name,
                             Credential credential)
    : browser_(browser),
      walk_(walk),
      rng_(rng),
      user_name_(std::move(user_name)),
      credential_(std::move(credential)) {}

Result<void, Error> SinglePageApp::Show(Page page) {
  const HtmlElement* element = page.document.ById("config");
  auto config = json::parse(element ? element->text : "", nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) {
    return Fail(fmt::format("The page {} (status {}, \"{}\") has no element \"config\" with JSON.",
                            page.url.WithoutFragment(), page.status, page.document.title));
  }
  config_ = std::make_shared<const json>(std::move(config));
  page_ = std::move(page);
  return {};
}

Result<std::string, Error> SinglePageApp::Setting(std::string_view name) const {
  const json::json_pointer pointer("/" + std::string(name));
  if (!config_->contains(pointer) || !(*config_)[pointer].is_string()) {
    return Fail(
        fmt::format("The configuration of {} has no {}.", page_->url.WithoutFragment(), name));
  }
  return (*config_)[pointer].get<std::string>();
}

int SinglePageApp::MethodType() const { return config_->value("methodType", 0); }

Walk<void> SinglePageApp::SignIn(const std::string& claims) {
  OAuthClient client;
  client.authorization_endpoint = TRY(Setting("authorizeUrl"));
  client.token_endpoint = TRY(Setting("tokenUrl"));
  client.client_id = TRY(Setting("clientId"));
  client.redirect_uri = TRY(Setting("redirectUri"));
  client.scope = TRY(Setting("scope"));
  const CodeGrant grant(client, rng_);
  const std::string response_mode = TRY(Setting("responseMode"));
  Fields extra = {{"response_mode", response_mode}};
  if (!claims.empty()) extra.emplace_back("claims", claims);
  Page page = TRY(browser_.Open(grant.AuthorizeUrl(extra), &*page_));
  page = TRY(walk_.Complete(std::move(page), user_name_, credential_));
  TRY(Show(std::move(page)));
  tokens_ = TRY(grant.Redeem(browser_, page_->url, &*page_));
  return CheckTokens(client.client_id, grant.Nonce());
}

Walk<void> SinglePageApp::CheckTokens(const std::string& client_id, const std::string& nonce) {
  // The user's domain leads to the tenant's own issuer, and so to the tenant's id.
  const Provider provider = TRY(Discover(browser_, user_name_.substr(user_name_.find('@') + 1)));
  HttpRequest request{.method = "GET",
                      .url = provider.jwks_uri,
                      .headers = {{"Accept", "application/json"}},
                      .body = {}};
  const HttpResponse keys = TRY(browser_.Fetch(std::move(request), &*page_));
  IdTokenExpectation expected;
  expected.issuer = provider.issuer;
  expected.audience = client_id;
  expected.tenant_id = TenantOf(provider.issuer);
  expected.nonce = nonce;
  expected.user_name = user_name_;
  expected.now = browser_.Now();
  claims_ = std::make_shared<const json>(TRY(VerifyIdToken(tokens_.id_token, keys.body, expected)));
  browser_.Note("tokens.held", {{"client_id", client_id},
                                {"claims", claims_->dump(2)},
                                {"id_token", tokens_.id_token},
                                {"access_token", tokens_.access_token},
                                {"refresh_token", tokens_.refresh_token}});
  return {};
}

Walk<json> SinglePageApp::Call(const std::string& name, const json& body) {
  const std::string path = TRY(Setting("api/" + name));
  HttpRequest request{.method = body.is_null() ? "GET" : "POST",
                      .url = path,
                      .headers = {{"Authorization", "Bearer " + tokens_.access_token},
                                  {"Accept", "application/json"},
                                  {"AjaxRequest", "true"}},
                      .body = body.is_null() ? "" : body.dump()};
  if (!body.is_null()) request.headers.emplace_back("Content-Type", "application/json");
  if (!session_context_.empty()) request.headers.emplace_back("SessionCtxV2", session_context_);
  const HttpResponse response = TRY(browser_.Fetch(std::move(request), &*page_));
  json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (response.status != 200 || answer.is_discarded()) {
    return Err(Error{fmt::format("{} answered {} and no JSON.", path, response.status)});
  }
  return answer;
}

}  // namespace keyrig::station
