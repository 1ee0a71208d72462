#include "harness/station/graph_client.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "harness/station/oauth.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

// Microsoft Graph's command line tools, a public client that every tenant knows.
constexpr std::string_view kClientId = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
constexpr std::string_view kRedirectUri = "http://localhost";
constexpr std::string_view kScope =
    "https://graph.microsoft.com/Policy.ReadWrite.AuthenticationMethod "
    "https://graph.microsoft.com/UserAuthenticationMethod.ReadWrite.All "
    "https://graph.microsoft.com/Group.Read.All https://graph.microsoft.com/User.Read.All openid";

}  // namespace

Walk<GraphClient> GraphClient::SignIn(Browser& browser, SignInWalk& walk, Rng& rng,
                                      const Account& administrator) {
  browser.Forget();
  browser.KnownSecrets().Learn("password", administrator.password);
  const CodeGrant grant(TRY(DiscoverClient(browser, std::string(kClientId),
                                           std::string(kRedirectUri), std::string(kScope))),
                        rng);
  Page page = TRY(browser.Open(grant.AuthorizeUrl({})));
  page = TRY(walk.Complete(std::move(page), administrator.user_principal_name,
                           WithPassword{administrator.password}));
  const Tokens tokens = TRY(grant.Redeem(browser, page.url, nullptr));
  browser.Forget();
  return GraphClient(browser, tokens.access_token);
}

Walk<json> GraphClient::Get(const std::string& path) { return Call("GET", path, {}); }
Walk<json> GraphClient::Patch(const std::string& path, const json& body) {
  return Call("PATCH", path, body.dump());
}
Walk<json> GraphClient::Post(const std::string& path, const json& body) {
  return Call("POST", path, body.dump());
}
Walk<json> GraphClient::Delete(const std::string& path) { return Call("DELETE", path, {}); }

Walk<json> GraphClient::Call(const std::string& method, const std::string& path,
                             const std::string& body) {
  HttpRequest request{
      .method = method,
      .url = fmt::format("https://{}/v1.0{}", hosts::kGraph, path),
      .headers = {{"Authorization", "Bearer " + token_}, {"Accept", "application/json"}},
      .body = body};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  const HttpResponse response = TRY(browser_->Fetch(std::move(request), nullptr));
  json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (response.status / 100 == 2) {
    if (response.status == 204) return json();
    if (answer.is_discarded()) {
      return Err(Error{
          fmt::format("Graph answered {} {} with {} and no JSON.", method, path, response.status)});
    }
    return answer;
  }
  const json error = answer.is_object() ? answer.value("error", json::object()) : json::object();
  if (!error.is_object() || !error.contains("code")) {
    return Err(Error{fmt::format("Graph answered {} {} with {} and no error code.", method, path,
                                 response.status)});
  }
  return Refused(Outcome::Kind::kGraph, error.value("code", ""), error.value("message", ""));
}

Walk<std::string> GraphClient::GroupId(const std::string& display_name) {
  std::string quoted;
  for (const char character : display_name) {
    quoted += character;
    if (character == '\'') quoted += '\'';  // OData doubles it
  }
  const json answer =
      TRY(Get(WithQuery("/groups", {{"$filter", fmt::format("displayName eq '{}'", quoted)},
                                    {"$select", "id,displayName"}})));
  for (const json& group : answer.value("value", json::array())) {
    if (group.value("displayName", "") == display_name) return group.value("id", "");
  }
  return Err(Error{fmt::format("The tenant has no group \"{}\".", display_name)});
}

}  // namespace keyrig::station
