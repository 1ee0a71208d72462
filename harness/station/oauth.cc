#include "harness/station/oauth.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/base/crypto.h"
#include "harness/base/hosts.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

constexpr std::size_t kVerifierBytes = 32;

std::optional<std::string> Parameter(const Url& url, std::string_view name) {
  if (auto value = url.QueryParameter(name)) return value;
  return url.FragmentParameter(name);
}

tl::unexpected<Stop> RefusedByPlatform(const std::string& error, const std::string& description) {
  const std::string code = AadstsCode(description);
  if (code.empty()) {
    return Err(
        Stop(Error{fmt::format("The identity platform answered {}: {}", error, description)}));
  }
  return Refused(Outcome::Kind::kAadsts, code, description);
}

}  // namespace

std::string AadstsCode(std::string_view description) {
  constexpr std::string_view kPrefix = "AADSTS";
  const std::size_t start = description.find(kPrefix);
  if (start == std::string_view::npos) return {};
  description.remove_prefix(start + kPrefix.size());
  return std::string(description.substr(0, description.find_first_not_of("0123456789")));
}

CodeGrant::CodeGrant(OAuthClient client, Rng& rng) : client_(std::move(client)) {
  RandomStream stream = rng.Stream("station/pkce");
  verifier_ = ToBase64Url(stream.Take(kVerifierBytes));
  state_ = stream.TakeGuid();
  nonce_ = stream.TakeGuid();
}

std::string CodeGrant::AuthorizeUrl(const Fields& extra) const {
  Fields query = {{"client_id", client_.client_id},
                  {"response_type", "code"},
                  {"redirect_uri", client_.redirect_uri},
                  {"scope", client_.scope},
                  {"state", state_},
                  {"nonce", nonce_},
                  {"code_challenge", ToBase64Url(crypto::Sha256(ViewOf(verifier_)))},
                  {"code_challenge_method", "S256"}};
  query.insert(query.end(), extra.begin(), extra.end());
  return WithQuery(client_.authorization_endpoint, query);
}

bool CodeGrant::IsAnswer(const Url& url) const {
  return url.Text().starts_with(client_.redirect_uri) && Parameter(url, "state") == state_;
}

Walk<Tokens> CodeGrant::Redeem(Browser& browser, const Url& answer, const Page* from) const {
  if (Parameter(answer, "state") != state_) {
    return Err(Error{fmt::format("The answer of the identity platform at {} has a foreign state.",
                                 answer.WithoutFragment())});
  }
  if (const auto error = Parameter(answer, "error")) {
    return RefusedByPlatform(*error, Parameter(answer, "error_description").value_or(""));
  }
  const std::string code = Parameter(answer, "code").value_or("");
  browser.KnownSecrets().Learn("code", code);
  browser.KnownSecrets().Learn("code_verifier", verifier_);
  HttpRequest request{.method = "POST",
                      .url = client_.token_endpoint,
                      .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                  {"Accept", "application/json"}},
                      .body = FormEncode({{"client_id", client_.client_id},
                                          {"grant_type", "authorization_code"},
                                          {"code", code},
                                          {"redirect_uri", client_.redirect_uri},
                                          {"scope", client_.scope},
                                          {"code_verifier", verifier_}})};
  const HttpResponse response = TRY(browser.Fetch(std::move(request), from));
  const json body = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) {
    return Err(Error{fmt::format("The token endpoint answered {} without JSON.", response.status)});
  }
  if (response.status != 200) {
    return RefusedByPlatform(body.value("error", ""), body.value("error_description", ""));
  }
  Tokens tokens{body.value("access_token", ""), body.value("id_token", ""),
                body.value("refresh_token", "")};
  if (tokens.access_token.empty() || tokens.id_token.empty()) {
    return Err(Error{fmt::format("The token endpoint answered without {}.",
                                 tokens.access_token.empty() ? "access_token" : "id_token")});
  }
  return tokens;
}

Walk<Provider> Discover(Browser& browser, std::string_view tenant) {
  const std::string url = fmt::format("https://{}/{}/v2.0/.well-known/openid-configuration",
                                      hosts::kLogin, PercentEncode(tenant));
  HttpRequest request{
      .method = "GET", .url = url, .headers = {{"Accept", "application/json"}}, .body = {}};
  const HttpResponse response = TRY(browser.Fetch(std::move(request), nullptr));
  const json document = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  Provider provider;
  const auto read = [&](const char* name, std::string& into) {
    if (!document.is_object() || !document.contains(name) || !document[name].is_string()) {
      return false;
    }
    into = document[name].get<std::string>();
    return true;
  };
  if (response.status != 200 || !read("issuer", provider.issuer) ||
      !read("authorization_endpoint", provider.authorization_endpoint) ||
      !read("token_endpoint", provider.token_endpoint) || !read("jwks_uri", provider.jwks_uri)) {
    return Err(
        Error{fmt::format("The discovery document {} (status {}) does not name issuer, "
                          "endpoints and keys.",
                          url, response.status)});
  }
  return provider;
}

Walk<OAuthClient> DiscoverClient(Browser& browser, std::string client_id, std::string redirect_uri,
                                 std::string scope) {
  Provider provider = TRY(Discover(browser, "organizations"));
  return OAuthClient{std::move(provider.authorization_endpoint), std::move(provider.token_endpoint),
                     std::move(client_id), std::move(redirect_uri), std::move(scope)};
}

}  // namespace keyrig::station
