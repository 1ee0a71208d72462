#include "mock-entra/signin/authorize_request.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;

/// Whether {"amr":{"values":[…]}} names ngcmfa.
bool AsksForFreshMfa(const Json& member) {
  if (!member.is_object() || !member.contains("amr") || !member["amr"].is_object()) return false;
  const Json& amr = member["amr"];
  if (amr.contains("value") && amr["value"] == "ngcmfa") return true;
  if (!amr.contains("values") || !amr["values"].is_array()) return false;
  return std::ranges::find(amr["values"], Json("ngcmfa")) != amr["values"].end();
}

/// RFC 7636 §4.2: a base64url text of 43 to 128 characters.
bool IsCodeChallengeSize(std::string_view challenge) {
  return challenge.size() >= 43 && challenge.size() <= 128;
}

std::optional<Refusal> ReadResponseType(const std::string& type, AuthorizeRequest& request) {
  std::istringstream words(type);
  for (std::string word; words >> word;) {
    if (word == "code") {
      request.wants_code = true;
    } else if (word == "id_token") {
      request.wants_id_token = true;
    } else {
      return Refusal{700054, "\"" + word + "\"; use code, id_token or \"code id_token\"."};
    }
  }
  return std::nullopt;
}

std::optional<Refusal> ReadResponseMode(const std::string& mode, AuthorizeRequest& request) {
  request.mode = request.wants_id_token ? ResponseMode::kFragment : ResponseMode::kQuery;
  if (mode.empty()) return std::nullopt;
  if (mode == "fragment") {
    request.mode = ResponseMode::kFragment;
  } else if (mode == "form_post") {
    request.mode = ResponseMode::kFormPost;
  } else if (mode != "query") {
    return Refusal{900144, "response_mode is query, fragment or form_post."};
  } else if (request.wants_id_token) {
    return Refusal{70000, "An id_token is not returned in a query; use form_post or fragment."};
  }
  return std::nullopt;
}

std::optional<Refusal> ReadCodeChallenge(const http::Parameters& parameters,
                                         AuthorizeRequest& request) {
  request.code_challenge = parameters.Get("code_challenge");
  request.code_challenge_method = parameters.Get("code_challenge_method");
  if (request.code_challenge.empty()) return std::nullopt;
  if (!IsCodeChallengeSize(request.code_challenge)) return Refusal{50147, ""};
  if (request.code_challenge_method.empty()) request.code_challenge_method = "plain";
  if (request.code_challenge_method != "S256" && request.code_challenge_method != "plain") {
    return Refusal{50149, "Use S256."};
  }
  return std::nullopt;
}

}  // namespace

RequestedClaims ParseClaims(std::string_view claims) {
  const Json json = Json::parse(claims, nullptr, false);
  if (!json.is_object()) return {};
  RequestedClaims requested;
  const auto id_token = json.find("id_token");
  if (id_token != json.end() && id_token->is_object()) {
    requested.id_token_amr = id_token->contains("amr");
    requested.fresh_mfa = AsksForFreshMfa(*id_token);
  }
  if (json.contains("access_token")) requested.fresh_mfa |= AsksForFreshMfa(json["access_token"]);
  return requested;
}

bool IsTenantName(const directory::Tenant& tenant, std::string_view name) {
  return name == "common" || name == "organizations" || name == tenant.id ||
         name == tenant.default_domain ||
         std::ranges::any_of(tenant.users, [name](const directory::User& user) {
           const std::string_view upn = user.user_principal_name;
           return upn.substr(upn.find('@') + 1) == name;
         });
}

Result<AuthorizeRequest, AuthorizeFailure> ParseAuthorize(const directory::Tenant& tenant, bool v1,
                                                          const http::Parameters& parameters) {
  const auto refuse = [](int code, std::string detail) {
    return Err(AuthorizeFailure{{code, std::move(detail)}, std::nullopt});
  };
  AuthorizeRequest request;
  request.v1 = v1;
  request.client_id = parameters.Get("client_id");
  if (request.client_id.empty()) return refuse(900144, "The request must contain client_id.");
  const auto client = FindClient(tenant, request.client_id);
  if (!client) return refuse(700016, "client_id " + request.client_id);
  request.is_single_page = client->is_single_page;
  request.redirect_uri = parameters.Get("redirect_uri");
  if (request.redirect_uri.empty() && client->redirect_uris.size() == 1) {
    request.redirect_uri = client->redirect_uris.front();
  }
  if (!HasRedirectUri(*client, request.redirect_uri)) {
    return refuse(50011, "\"" + request.redirect_uri + "\" at " + client->display_name);
  }

  // From here on the client may be told: its address is its own.
  request.state = parameters.Get("state");
  request.nonce = parameters.Get("nonce");
  request.login_hint = parameters.Get("login_hint");
  request.prompt = parameters.Get("prompt");
  const RequestedClaims claims = ParseClaims(parameters.Get("claims"));
  request.wants_fresh_mfa = claims.fresh_mfa || parameters.Get("amr_values") == "ngcmfa";
  request.wants_id_token_amr = claims.id_token_amr;
  const auto tell = [&](Refusal refusal) {
    return Err(AuthorizeFailure{std::move(refusal), request});
  };
  if (parameters.Get("response_type").empty()) {
    return tell({900144, "The request must contain response_type."});
  }
  if (auto refusal = ReadResponseType(parameters.Get("response_type"), request)) {
    return tell(*std::move(refusal));
  }
  if (auto refusal = ReadResponseMode(parameters.Get("response_mode"), request)) {
    return tell(*std::move(refusal));
  }
  auto scopes = v1 ? ParseResource(tenant, parameters.Get("resource"))
                   : ParseScopes(tenant, parameters.Get("scope"));
  if (!scopes) return tell(std::move(scopes).error());
  request.scopes = *std::move(scopes);
  if (auto refusal = ReadCodeChallenge(parameters, request)) return tell(*std::move(refusal));
  if (request.is_single_page && request.wants_code && request.code_challenge.empty()) {
    return tell({9002325, ""});
  }
  if (request.wants_id_token && request.nonce.empty()) {
    return tell({900144, "The request must contain nonce."});
  }
  return request;
}

}  // namespace keyrig::signin
