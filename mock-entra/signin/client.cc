#include "mock-entra/signin/client.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "mock-entra/directory/first_party.h"

namespace keyrig::signin {
namespace {

namespace first_party = directory::first_party;

constexpr std::array<std::string_view, 4> kOpenIdScopes = {"openid", "profile", "email",
                                                           "offline_access"};

bool IsOpenId(std::string_view word) {
  return std::ranges::find(kOpenIdScopes, word) != kOpenIdScopes.end();
}

/// The audience that a resource's name stands for.
std::optional<std::string> Audience(const directory::Tenant& tenant, std::string_view resource) {
  while (resource.ends_with('/')) resource.remove_suffix(1);
  if (resource == first_party::kGraphResource || resource == first_party::kGraphId) {
    return std::string(first_party::kGraphResource);
  }
  if (resource.starts_with("api://")) resource.remove_prefix(6);
  const auto client = FindClient(tenant, resource);
  if (!client) return std::nullopt;
  return client->client_id;
}

bool IsPermissionName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

std::optional<directory::Application> FindClient(const directory::Tenant& tenant,
                                                 std::string_view client_id) {
  if (const auto* registered = tenant.FindApplication(client_id)) return *registered;
  const auto known =
      std::ranges::find(first_party::kAll, client_id, &first_party::Application::client_id);
  if (known == first_party::kAll.end()) return std::nullopt;
  directory::Application application;
  application.client_id = known->client_id;
  application.display_name = known->display_name;
  application.redirect_uris = {std::string(known->redirect_uri)};
  application.is_single_page = known->is_single_page;
  return application;
}

bool HasRedirectUri(const directory::Application& client, std::string_view uri) {
  constexpr std::string_view kLoopback = "http://localhost";
  return std::ranges::any_of(client.redirect_uris, [&](std::string_view registered) {
    if (registered == uri) return true;
    if (!registered.starts_with(kLoopback) || !uri.starts_with(kLoopback)) return false;
    const auto path = [&](std::string_view text) {
      text.remove_prefix(kLoopback.size());
      if (text.starts_with(':')) text.remove_prefix(std::min(text.find('/'), text.size()));
      return text.empty() ? std::string_view("/") : text;
    };
    return path(uri).starts_with('/') && path(registered) == path(uri);
  });
}

Result<Scopes, Refusal> ParseScopes(const directory::Tenant& tenant, std::string_view scope) {
  Scopes scopes;
  std::istringstream words{std::string(scope)};
  for (std::string word; words >> word;) {
    scopes.text += (scopes.text.empty() ? "" : " ") + word;
    if (IsOpenId(word)) {
      scopes.openid |= word == "openid";
      scopes.offline_access |= word == "offline_access";
      continue;
    }
    const std::size_t slash = word.rfind('/');
    const std::string name = slash == std::string::npos ? word : word.substr(slash + 1);
    const auto audience = slash == std::string::npos
                              ? std::string(first_party::kGraphResource)
                              : Audience(tenant, std::string_view(word).substr(0, slash));
    if (!audience || !IsPermissionName(name)) {
      return Err(Refusal{70011, "\"" + word + "\" names no permission of a known resource."});
    }
    if (!scopes.audience.empty() && scopes.audience != *audience) {
      return Err(Refusal{70011, "\"" + word + "\" belongs to another resource than the others."});
    }
    scopes.audience = *audience;
    // Of the permissions granted beforehand, every application has this one.
    scopes.names.push_back(name == ".default" ? "User.Read" : name);
  }
  if (scopes.text.empty()) return Err(Refusal{900144, "The request must contain scope."});
  if (scopes.audience.empty()) {
    scopes.audience = first_party::kGraphResource;
    scopes.names = {"openid", "profile", "email"};
  }
  return scopes;
}

Result<Scopes, Refusal> ParseResource(const directory::Tenant& tenant, std::string_view resource) {
  const auto audience =
      resource.empty() ? std::string(first_party::kGraphResource) : Audience(tenant, resource);
  if (!audience) {
    return Err(Refusal{70011, "\"" + std::string(resource) + "\" is no known resource."});
  }
  Scopes scopes;
  scopes.audience = *audience;
  scopes.names = {"user_impersonation"};
  scopes.openid = scopes.offline_access = true;
  scopes.text = "user_impersonation";
  return scopes;
}

}  // namespace keyrig::signin
