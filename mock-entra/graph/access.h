#pragma once

#include <string_view>

#include "mock-entra/directory/service.h"
#include "mock-entra/graph/error.h"

namespace keyrig::graph {

/// Who calls: a user through an application, or an application on its own (user is null).
struct Caller {
  directory::TokenClaims claims;
  directory::User* user = nullptr;

  bool Is(const directory::User& other) const { return user == &other; }
  /// For events and error messages.
  std::string Name() const;
};

/// Reads the bearer token; 401 InvalidAuthenticationToken where it is missing or does not hold.
GraphResult<Caller> Authenticate(directory::Service& service, const http::Request& request);

/// What a call touches, and so what its caller must hold. For a delegated call both a scope and,
/// for what belongs to others, a directory role; for an application's call an app role.
GraphResult<void> MayReadPolicy(const Caller& caller);
GraphResult<void> MayWritePolicy(const Caller& caller);
GraphResult<void> MayReadUser(const Caller& caller, const directory::User& user);
GraphResult<void> MayListUsers(const Caller& caller);
GraphResult<void> MayReadGroups(const Caller& caller);

/// The kinds of authentication method that have permissions of their own.
enum class MethodFamily { kAny, kPasskey, kTemporaryAccessPass };
GraphResult<void> MayReadMethods(const Caller& caller, const directory::User& of,
                                 MethodFamily family);
GraphResult<void> MayWriteMethods(const Caller& caller, const directory::User& of,
                                  MethodFamily family);

}  // namespace keyrig::graph
