#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock-entra/directory/first_party.h"
#include "mock-entra/directory/service.h"

namespace keyrig::directory {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kGraphAudiences = {
    "https://graph.microsoft.com", "https://graph.microsoft.com/",
    "00000003-0000-0000-c000-000000000000"};

/// Graph goes by several names; they are one audience.
bool SameAudience(std::string_view a, std::string_view b) {
  const auto is_graph = [](std::string_view audience) {
    return std::ranges::find(kGraphAudiences, audience) != kGraphAudiences.end();
  };
  return a == b || (is_graph(a) && is_graph(b));
}

std::int64_t Seconds(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

Instant FromSeconds(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

std::string Part(const Json& json) { return ToBase64Url(ViewOf(json.dump())); }

/// The `sub` claim: one user has another subject at each application.
std::string PairwiseSubject(const std::string& client_id, const std::string& user_id) {
  return ToBase64Url(crypto::Sha256(ViewOf(client_id + user_id)));
}

Json Wids(const User& user) {
  Json wids = Json::array();
  for (const DirectoryRole& role : DirectoryRoles()) {
    if (std::ranges::find(user.roles, role.display_name) != user.roles.end()) {
      wids.push_back(role.template_id);
    }
  }
  return wids;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// A part of a JWT, decoded; discarded where it is not base64url of JSON.
Json Decoded(std::string_view part) {
  const auto bytes = FromBase64Url(part);
  if (!bytes) return Json(Json::value_t::discarded);
  return Json::parse(AsText(*bytes), nullptr, false);
}

std::string TextOf(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t NumberOf(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::vector<std::string> ListOf(const Json& claims, const char* name) {
  std::vector<std::string> list;
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_array()) return list;
  for (const Json& entry : *found) {
    if (entry.is_string()) list.push_back(entry.get<std::string>());
  }
  return list;
}

}  // namespace

TokenService::TokenService(const Tenant& tenant, Clock& clock, Rng& rng, crypto::PrivateKey key)
    : tenant_(tenant), clock_(clock), rng_(rng), key_(std::move(key)) {
  const auto numbers = key_.Public().Rsa();
  key_id_ = ToBase64Url(crypto::Sha1(numbers ? ByteView(numbers->n) : ByteView()));
}

std::string TokenService::Issue(TokenKind kind, const TokenClaims& claims) {
  const User* user = nullptr;
  for (const User& candidate : tenant_.users) {
    if (candidate.id == claims.user_id) user = &candidate;
  }
  const Application* application = tenant_.FindApplication(claims.client_id);
  const auto known =
      std::ranges::find(first_party::kAll, claims.client_id, &first_party::Application::client_id);
  const std::string client_kind =
      application != nullptr && !application->secret.empty() ? "1" : "0";
  const bool v1 = kind == TokenKind::kAccessV1;
  RandomStream stream = rng_.Stream("token");

  Json header = {{"typ", "JWT"}, {"alg", "RS256"}, {"kid", key_id_}};
  if (v1) header["x5t"] = key_id_;

  Json body;
  body["aud"] = claims.audience;
  body["iss"] = v1 ? "https://sts.windows.net/" + tenant_.id + "/"
                   : "https://login.microsoftonline.com/" + tenant_.id + "/v2.0";
  body["iat"] = body["nbf"] = Seconds(clock_.Now());
  body["exp"] = Seconds(claims.expires);
  if (claims.authenticated != Instant{}) body["auth_time"] = Seconds(claims.authenticated);
  if (kind == TokenKind::kAccessV1) {
    if (user != nullptr) body["acr"] = "1";
    body["appid"] = claims.client_id;
    if (application != nullptr) {
      body["app_displayname"] = application->display_name;
    } else if (known != first_party::kAll.end()) {
      body["app_displayname"] = known->display_name;
    }
    body["appidacr"] = client_kind;
  } else if (kind == TokenKind::kAccessV2) {
    body["azp"] = claims.client_id;
    body["azpacr"] = client_kind;
  }
  // Callers leave amr out of an id token unless the client asked for it.
  if (!claims.amr.empty()) body["amr"] = claims.amr;
  if (kind != TokenKind::kId) body["idtyp"] = user != nullptr ? "user" : "app";
  if (user != nullptr) {
    body["name"] = user->display_name;
    if (v1) {
      body["unique_name"] = body["upn"] = user->user_principal_name;
    } else {
      body["preferred_username"] = user->user_principal_name;
    }
    if (!claims.nonce.empty()) body["nonce"] = claims.nonce;
    body["oid"] = user->id;
    body["sub"] = PairwiseSubject(claims.client_id, user->id);
    if (kind != TokenKind::kId) {
      body["scp"] = Joined(claims.scopes);
      body["wids"] = Wids(*user);
    }
  } else {
    body["oid"] = body["sub"] = claims.client_id;
    body["roles"] = claims.roles;
  }
  body["tid"] = tenant_.id;
  body["uti"] = ToBase64Url(stream.Take(16));
  body["ver"] = v1 ? "1.0" : "2.0";

  const std::string input = Part(header) + "." + Part(body);
  return input + "." + ToBase64Url(key_.Sign(CoseAlgorithm::kRs256, ViewOf(input), stream));
}

Result<TokenClaims, TokenRefusal> TokenService::Check(std::string_view token,
                                                      std::string_view audience) const {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return Err(TokenRefusal::kMalformed);
  const Json header = Decoded(token.substr(0, first));
  const Json body = Decoded(token.substr(first + 1, second - first - 1));
  const auto signature = FromBase64Url(token.substr(second + 1));
  if (!header.is_object() || !body.is_object() || !signature) {
    return Err(TokenRefusal::kMalformed);
  }
  if (TextOf(header, "alg") != "RS256" ||
      !key_.Public().Verify(CoseAlgorithm::kRs256, ViewOf(token.substr(0, second)), *signature)) {
    return Err(TokenRefusal::kBadSignature);
  }
  TokenClaims claims;
  claims.expires = FromSeconds(NumberOf(body, "exp"));
  if (clock_.Now() >= claims.expires) return Err(TokenRefusal::kExpired);
  claims.audience = TextOf(body, "aud");
  if (!SameAudience(claims.audience, audience)) return Err(TokenRefusal::kWrongAudience);
  claims.client_id = TextOf(body, body.contains("appid") ? "appid" : "azp");
  if (claims.client_id.empty()) claims.client_id = claims.audience;  // id tokens
  if (!body.contains("roles")) claims.user_id = TextOf(body, "oid");
  claims.scopes = Words(TextOf(body, "scp"));
  claims.roles = ListOf(body, "roles");
  claims.amr = ListOf(body, "amr");
  claims.nonce = TextOf(body, "nonce");
  claims.authenticated = FromSeconds(NumberOf(body, "auth_time"));
  return claims;
}

std::string TokenService::Jwks() const {
  const auto numbers = key_.Public().Rsa();
  const Json key = {{"kty", "RSA"},
                    {"use", "sig"},
                    {"kid", key_id_},
                    {"x5t", key_id_},
                    {"n", numbers ? ToBase64Url(numbers->n) : ""},
                    {"e", numbers ? ToBase64Url(numbers->e) : ""},
                    {"issuer", "https://login.microsoftonline.com/" + tenant_.id + "/v2.0"}};
  return Json{{"keys", Json::array({key})}}.dump();
}

}  // namespace keyrig::directory
