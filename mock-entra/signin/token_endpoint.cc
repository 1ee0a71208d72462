#include "mock-entra/signin/token_endpoint.h"

#include <nlohmann/json.hpp>

#include "harness/base/crypto.h"
#include "mock-entra/directory/first_party.h"
#include "mock-entra/signin/client.h"
#include "mock-entra/signin/session.h"

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kTokenLifetime = std::chrono::seconds(3600);

/// RFC 6749 §2.3.1: the client's name and secret, from the form or HTTP Basic.
struct ClientCredential {
  std::string id;
  std::string secret;
};

ClientCredential ReadCredential(const http::Request& request, const http::Parameters& form) {
  constexpr std::string_view kBasic = "Basic ";
  const auto header = request.headers.Find("Authorization");
  if (header && header->starts_with(kBasic)) {
    if (const auto decoded = FromBase64(header->substr(kBasic.size()))) {
      const std::string_view pair = AsText(*decoded);
      const std::size_t colon = pair.find(':');
      if (colon != std::string_view::npos) {
        return {http::UrlDecode(pair.substr(0, colon), true),
                http::UrlDecode(pair.substr(colon + 1), true)};
      }
    }
  }
  return {form.Get("client_id"), form.Get("client_secret")};
}

Result<directory::Application, Refusal> CheckClient(const directory::Tenant& tenant,
                                                    const ClientCredential& credential) {
  if (credential.id.empty()) return Err(Refusal{900144, "The request must contain client_id."});
  const auto client = FindClient(tenant, credential.id);
  if (!client) return Err(Refusal{700016, "client_id " + credential.id});
  if (client->secret.empty()) {
    if (!credential.secret.empty()) return Err(Refusal{700025, ""});
    return *client;
  }
  if (credential.secret.empty()) return Err(Refusal{7000218, ""});
  const bool is_right = crypto::ConstantTimeEqual(crypto::Sha256(ViewOf(client->secret)),
                                                  crypto::Sha256(ViewOf(credential.secret)));
  if (!is_right) return Err(Refusal{7000215, "Application " + client->client_id});
  return *client;
}

/// RFC 7636 §4.6.
std::optional<Refusal> CheckVerifier(const Grant& grant, const std::string& verifier) {
  if (grant.code_challenge.empty()) {
    if (verifier.empty()) return std::nullopt;
    return Refusal{50148, "The code was asked for without a challenge."};
  }
  if (verifier.empty()) return Refusal{50148, "The request must contain code_verifier."};
  const std::string expected = grant.code_challenge_method == "S256"
                                   ? ToBase64Url(crypto::Sha256(ViewOf(verifier)))
                                   : verifier;
  if (expected != grant.code_challenge) return Refusal{50148, ""};
  return std::nullopt;
}

std::string OriginOf(std::string_view url) {
  const std::size_t host = url.find("://");
  return std::string(url.substr(0, url.find('/', host == std::string_view::npos ? 0 : host + 3)));
}

/// Single-page applications redeem by cross-origin requests of a browser, all others not.
std::optional<Refusal> CheckOrigin(const directory::Application& client,
                                   const std::optional<std::string_view>& origin) {
  if (client.is_single_page && !origin) return Refusal{9002327, ""};
  if (!client.is_single_page && origin) return Refusal{9002326, "Origin " + std::string(*origin)};
  return std::nullopt;
}

/// "2026-08-13 21:24:29Z".
std::string Timestamp(Instant now) {
  std::string text = ToRfc3339(now).substr(0, 19) + "Z";
  text[10] = ' ';
  return text;
}

std::int64_t Seconds(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

/// The v1 endpoint has strings for numbers, and a few members more.
Json TokenAnswer(Instant now, const Scopes& scopes, const std::string& access_token, bool v1) {
  const std::int64_t lifetime = kTokenLifetime.count();
  Json answer = {{"token_type", "Bearer"}};
  if (!scopes.text.empty()) answer["scope"] = scopes.text;
  if (v1) {
    answer["expires_in"] = answer["ext_expires_in"] = std::to_string(lifetime);
    answer["expires_on"] = std::to_string(Seconds(now + kTokenLifetime));
    answer["not_before"] = std::to_string(Seconds(now));
    answer["resource"] = scopes.audience;
  } else {
    answer["expires_in"] = answer["ext_expires_in"] = lifetime;
  }
  answer["access_token"] = access_token;
  return answer;
}

/// Graph and the service's own applications read v1 tokens, which carry amr.
directory::TokenKind KindFor(std::string_view audience) {
  if (audience == directory::first_party::kGraphResource) return directory::TokenKind::kAccessV1;
  for (const auto& application : directory::first_party::kAll) {
    if (application.client_id == audience) return directory::TokenKind::kAccessV1;
  }
  return directory::TokenKind::kAccessV2;
}

}  // namespace

http::Response TokenEndpoint::Handle(const http::Request& request, bool v1) {
  const http::Parameters form = request.Form();
  const auto answer = Redeem(request, form, v1);
  http::Response response = answer ? http::Json(*answer) : Refused(answer.error());
  response.headers.Set("Cache-Control", "no-store, no-cache");
  response.headers.Set("Pragma", "no-cache");
  // A browser hands a cross-origin answer only to a page that is named here.
  const auto origin = request.headers.Find("Origin");
  const auto client = FindClient(service_.tenant, ReadCredential(request, form).id);
  if (origin && client && client->is_single_page) {
    for (const std::string& uri : client->redirect_uris) {
      if (OriginOf(uri) != *origin) continue;
      response.headers.Set("Access-Control-Allow-Origin", std::string(*origin));
      response.headers.Set("Vary", "Origin");
    }
  }
  return response;
}

Result<std::string, Refusal> TokenEndpoint::Redeem(const http::Request& request,
                                                   const http::Parameters& form, bool v1) {
  const auto client = TRY(CheckClient(service_.tenant, ReadCredential(request, form)));
  const std::string type = form.Get("grant_type");
  if (type.empty()) return Err(Refusal{900144, "The request must contain grant_type."});
  if (type == "client_credentials") return ClientCredentials(form, client, v1);
  if (type != "authorization_code" && type != "refresh_token") {
    return Err(Refusal{70003, "\"" + type + "\""});
  }
  if (auto refusal = CheckOrigin(client, request.headers.Find("Origin"))) {
    return Err(*std::move(refusal));
  }
  Grant grant =
      TRY(type == "authorization_code" ? RedeemCode(form, client) : Refresh(form, client));
  grant.v1 = v1;
  return Answer(std::move(grant), form);
}

Result<Grant, Refusal> TokenEndpoint::RedeemCode(const http::Parameters& form,
                                                 const directory::Application& client) {
  const auto code = form.Find("code");
  if (!code) return Err(Refusal{900144, "The request must contain code."});
  Grant grant = TRY(grants_.RedeemCode(*code));
  if (grant.client_id != client.client_id) {
    return Err(Refusal{70000, "The code was issued to another application."});
  }
  if (form.Get("redirect_uri") != grant.redirect_uri) {
    return Err(Refusal{50011, "It must be the one that the code was sent to."});
  }
  if (auto refusal = CheckVerifier(grant, form.Get("code_verifier"))) {
    return Err(*std::move(refusal));
  }
  if (const std::string scope = form.Get("scope"); !scope.empty()) {
    Scopes scopes = TRY(ParseScopes(service_.tenant, scope));
    scopes.openid |= grant.scopes.openid;
    scopes.offline_access |= grant.scopes.offline_access;
    grant.scopes = std::move(scopes);
  }
  return grant;
}

Result<Grant, Refusal> TokenEndpoint::Refresh(const http::Parameters& form,
                                              const directory::Application& client) {
  const auto token = form.Find("refresh_token");
  if (!token) return Err(Refusal{900144, "The request must contain refresh_token."});
  Grant grant = TRY(grants_.FindRefreshToken(*token));
  if (grant.client_id != client.client_id) {
    return Err(Refusal{70000, "The refresh token was issued to another application."});
  }
  if (const std::string scope = form.Get("scope"); !scope.empty()) {
    grant.scopes = TRY(ParseScopes(service_.tenant, scope));
  }
  const RequestedClaims claims = ParseClaims(form.Get("claims"));
  if (claims.fresh_mfa && !IsFresh(grant.multi_factor, service_)) {
    return Err(Refusal{grant.multi_factor ? 50078 : 50076, ""});
  }
  return grant;
}

Result<std::string, Refusal> TokenEndpoint::ClientCredentials(const http::Parameters& form,
                                                              const directory::Application& client,
                                                              bool v1) {
  if (client.secret.empty()) return Err(Refusal{7000218, "Public clients have no own tokens."});
  constexpr std::string_view kDefault = "/.default";
  const std::string scope = form.Get("scope");
  if (!v1 && !scope.ends_with(kDefault)) {
    return Err(Refusal{70011, "An application asks for \"<resource>/.default\"."});
  }
  Scopes scopes = v1 ? TRY(ParseResource(service_.tenant, form.Get("resource")))
                     : TRY(ParseScopes(service_.tenant, scope));
  scopes.text.clear();
  const Instant now = service_.clock.Now();
  directory::TokenClaims claims;
  claims.audience = scopes.audience;
  claims.client_id = client.client_id;
  if (scopes.audience == directory::first_party::kGraphResource) claims.roles = client.app_roles;
  claims.expires = now + kTokenLifetime;
  return TokenAnswer(now, scopes, service_.tokens.Issue(KindFor(scopes.audience), claims), v1)
      .dump();
}

Result<std::string, Refusal> TokenEndpoint::Answer(Grant grant, const http::Parameters& form) {
  const directory::User* user = service_.tenant.FindUser(grant.user_id);
  if (user == nullptr) return Err(Refusal{50034, ""});
  if (!user->account_enabled) return Err(Refusal{50057, user->user_principal_name});
  const Instant now = service_.clock.Now();
  Json answer = TokenAnswer(now, grant.scopes, AccessToken(grant), grant.v1);
  if (grant.scopes.openid) answer["id_token"] = IdToken(grant);
  if (form.Get("client_info") == "1") {
    const Json info = {{"uid", user->id}, {"utid", service_.tenant.id}};
    answer["client_info"] = ToBase64Url(ViewOf(info.dump()));
  }
  if (grant.scopes.offline_access) {
    answer["refresh_token"] = grants_.IssueRefreshToken(std::move(grant));
  }
  return answer.dump();
}

std::string TokenEndpoint::AccessToken(const Grant& grant) const {
  directory::TokenClaims claims;
  claims.audience = grant.scopes.audience;
  claims.client_id = grant.client_id;
  claims.user_id = grant.user_id;
  claims.scopes = grant.scopes.names;
  claims.amr = AmrOf(grant.amr, grant.multi_factor, service_);
  claims.authenticated = grant.multi_factor.value_or(grant.authenticated);
  claims.expires = service_.clock.Now() + kTokenLifetime;
  return service_.tokens.Issue(KindFor(claims.audience), claims);
}

std::string TokenEndpoint::IdToken(const Grant& grant) const {
  directory::TokenClaims claims;
  claims.audience = claims.client_id = grant.client_id;
  claims.user_id = grant.user_id;
  claims.nonce = grant.nonce;
  if (grant.wants_id_token_amr) {
    claims.amr = AmrOf(grant.amr, grant.multi_factor, service_);
  }
  claims.authenticated = grant.multi_factor.value_or(grant.authenticated);
  claims.expires = service_.clock.Now() + kTokenLifetime;
  return service_.tokens.Issue(directory::TokenKind::kId, claims);
}

http::Response TokenEndpoint::Refused(const Refusal& refusal) const {
  EmitRefused(service_, refusal, "");
  RandomStream stream = service_.rng.Stream("signin.error");
  const std::string trace = stream.TakeGuid();
  const std::string correlation = stream.TakeGuid();
  const std::string timestamp = Timestamp(service_.clock.Now());
  const std::string error(OAuthError(refusal.code));
  const Json body = {
      {"error", error},
      {"error_description", Message(refusal) + " Trace ID: " + trace +
                                " Correlation ID: " + correlation + " Timestamp: " + timestamp},
      {"error_codes", {refusal.code}},
      {"timestamp", timestamp},
      {"trace_id", trace},
      {"correlation_id", correlation},
      {"error_uri",
       "https://login.microsoftonline.com/error?code=" + std::to_string(refusal.code)}};
  return http::Json(body.dump(), error == "invalid_client" ? 401 : 400);
}

}  // namespace keyrig::signin
