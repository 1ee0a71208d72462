#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/signin/aadsts.h"

namespace keyrig::signin {

/// The application with this id: one that the tenant registered, or one that every tenant has.
std::optional<directory::Application> FindClient(const directory::Tenant& tenant,
                                                 std::string_view client_id);

/// Whether a redirect URI is registered. "http://localhost" stands for every port (RFC 8252 §7.3).
bool HasRedirectUri(const directory::Application& client, std::string_view uri);

/// What a scope parameter asks for: one resource's permissions, and the OpenID Connect words.
struct Scopes {
  std::string audience;            // "https://graph.microsoft.com" or a client id
  std::vector<std::string> names;  // permissions without their resource
  bool openid = false;
  bool offline_access = false;
  /// As the token response repeats them, resource names included.
  std::string text;
};

/// Reads a v2 scope parameter; 70011 for words that are no scopes or belong to several resources.
Result<Scopes, Refusal> ParseScopes(const directory::Tenant& tenant, std::string_view scope);
/// The v1 endpoint's resource parameter.
Result<Scopes, Refusal> ParseResource(const directory::Tenant& tenant, std::string_view resource);

}  // namespace keyrig::signin
