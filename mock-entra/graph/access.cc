#include "mock-entra/graph/access.h"

#include <algorithm>
#include <initializer_list>

namespace keyrig::graph {
namespace {

using Names = std::initializer_list<std::string_view>;

constexpr std::string_view kGlobalAdministrator = "Global Administrator";
constexpr std::string_view kGlobalReader = "Global Reader";
constexpr std::string_view kPolicyAdministrator = "Authentication Policy Administrator";
constexpr std::string_view kAuthenticationAdministrator = "Authentication Administrator";
constexpr std::string_view kPrivilegedAuthenticationAdministrator =
    "Privileged Authentication Administrator";

bool HasAny(const std::vector<std::string>& held, Names wanted) {
  return std::ranges::any_of(
      wanted, [&](std::string_view name) { return std::ranges::find(held, name) != held.end(); });
}

/// The application may do it: by a consented scope, or by an application permission.
bool HasPermission(const Caller& caller, Names permissions) {
  return HasAny(caller.user != nullptr ? caller.claims.scopes : caller.claims.roles, permissions);
}

/// The person may do it; an application on its own needs no role.
bool HasRole(const Caller& caller, Names roles) {
  return caller.user == nullptr || HasAny(caller.user->roles, roles);
}

tl::unexpected<GraphError> Denied(std::string why) {
  return Refuse(403, "accessDenied", std::move(why));
}

tl::unexpected<GraphError> DirectoryDenied() {
  return Refuse(403, "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.");
}

std::string List(Names names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

GraphResult<void> Check(const Caller& caller, Names permissions, Names roles) {
  if (!HasPermission(caller, permissions)) {
    return Denied("The token of " + caller.Name() +
                  " lacks every permission of: " + List(permissions) + ".");
  }
  if (!HasRole(caller, roles)) {
    return Denied(caller.Name() + " has none of the directory roles: " + List(roles) + ".");
  }
  return {};
}

GraphResult<void> CheckScopeOnly(const Caller& caller, Names permissions) {
  if (HasPermission(caller, permissions)) return {};
  return Denied("The token of " + caller.Name() +
                " lacks every permission of: " + List(permissions) + ".");
}

}  // namespace

std::string Caller::Name() const {
  return user != nullptr ? user->user_principal_name : "application " + claims.client_id;
}

GraphResult<Caller> Authenticate(directory::Service& service, const http::Request& request) {
  constexpr std::string_view kBearer = "bearer ";
  const auto refuse = [](std::string message) {
    return Refuse(401, "InvalidAuthenticationToken", std::move(message));
  };
  const std::string_view header = request.headers.Find("Authorization").value_or("");
  const bool is_bearer = std::ranges::equal(header.substr(0, kBearer.size()), kBearer, {},
                                            [](unsigned char c) { return std::tolower(c); });
  if (!is_bearer || header.size() == kBearer.size()) return refuse("Access token is empty.");
  auto claims = service.tokens.Check(header.substr(kBearer.size()), "https://graph.microsoft.com");
  if (!claims) {
    switch (claims.error()) {
      case directory::TokenRefusal::kMalformed:
        return refuse("The access token is not a well-formed JWT.");
      case directory::TokenRefusal::kBadSignature:
        return refuse("Access token validation failure. Invalid signature.");
      case directory::TokenRefusal::kExpired:
        return refuse("Lifetime validation failed, the token is expired.");
      case directory::TokenRefusal::kWrongAudience:
        return refuse("Access token validation failure. Invalid audience.");
    }
  }
  Caller caller{*std::move(claims), nullptr};
  if (!caller.claims.user_id.empty()) {
    caller.user = service.tenant.FindUser(caller.claims.user_id);
    if (caller.user == nullptr) return refuse("The user of the access token does not exist.");
  }
  return caller;
}

GraphResult<void> MayReadPolicy(const Caller& caller) {
  return Check(caller,
               {"Policy.ReadWrite.AuthenticationMethod", "Policy.Read.AuthenticationMethod",
                "Policy.Read.All"},
               {kGlobalReader, kPolicyAdministrator, kGlobalAdministrator});
}

GraphResult<void> MayWritePolicy(const Caller& caller) {
  return Check(caller, {"Policy.ReadWrite.AuthenticationMethod"},
               {kPolicyAdministrator, kGlobalAdministrator});
}

GraphResult<void> MayReadUser(const Caller& caller, const directory::User& user) {
  if (caller.Is(user) && HasPermission(caller, {"User.Read", "User.ReadWrite"})) return {};
  return MayListUsers(caller);
}

GraphResult<void> MayListUsers(const Caller& caller) {
  if (HasPermission(caller, {"User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All",
                             "Directory.Read.All", "Directory.ReadWrite.All"})) {
    return {};
  }
  return DirectoryDenied();
}

GraphResult<void> MayReadGroups(const Caller& caller) {
  if (HasPermission(caller, {"Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All",
                             "Directory.Read.All", "Directory.ReadWrite.All"})) {
    return {};
  }
  return DirectoryDenied();
}

GraphResult<void> MayReadMethods(const Caller& caller, const directory::User& of,
                                 MethodFamily family) {
  const bool passkey = family == MethodFamily::kPasskey;
  const bool pass = family == MethodFamily::kTemporaryAccessPass;
  const bool holds_family_all =
      (passkey && HasPermission(caller, {"UserAuthMethod-Passkey.Read.All",
                                         "UserAuthMethod-Passkey.ReadWrite.All"})) ||
      (pass &&
       HasPermission(caller, {"UserAuthMethod-TAP.Read.All", "UserAuthMethod-TAP.ReadWrite.All"}));
  const bool holds_all =
      holds_family_all || HasPermission(caller, {"UserAuthenticationMethod.Read.All",
                                                 "UserAuthenticationMethod.ReadWrite.All"});
  if (caller.Is(of)) {
    const bool holds_family =
        (passkey && HasPermission(caller, {"UserAuthMethod-Passkey.Read",
                                           "UserAuthMethod-Passkey.ReadWrite"})) ||
        (pass &&
         HasPermission(caller, {"UserAuthMethod-TAP.Read", "UserAuthMethod-TAP.ReadWrite"}));
    if (holds_all || holds_family) return {};
    return CheckScopeOnly(caller,
                          {"UserAuthenticationMethod.Read", "UserAuthenticationMethod.ReadWrite"});
  }
  if (!holds_all) {
    return CheckScopeOnly(
        caller, {"UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"});
  }
  if (HasRole(caller, {kGlobalReader, kAuthenticationAdministrator,
                       kPrivilegedAuthenticationAdministrator, kGlobalAdministrator})) {
    return {};
  }
  return Denied(caller.Name() + " has no directory role that reads other users' methods.");
}

GraphResult<void> MayWriteMethods(const Caller& caller, const directory::User& of,
                                  MethodFamily family) {
  const bool passkey = family == MethodFamily::kPasskey;
  const bool pass = family == MethodFamily::kTemporaryAccessPass;
  const bool holds_all =
      HasPermission(caller, {"UserAuthenticationMethod.ReadWrite.All"}) ||
      (passkey && HasPermission(caller, {"UserAuthMethod-Passkey.ReadWrite.All"})) ||
      (pass && HasPermission(caller, {"UserAuthMethod-TAP.ReadWrite.All"}));
  if (caller.Is(of) && !pass) {
    const bool holds_own = HasPermission(caller, {"UserAuthenticationMethod.ReadWrite"}) ||
                           (passkey && HasPermission(caller, {"UserAuthMethod-Passkey.ReadWrite"}));
    if (holds_all || holds_own) return {};
    return CheckScopeOnly(caller, {"UserAuthenticationMethod.ReadWrite"});
  }
  if (!holds_all) return CheckScopeOnly(caller, {"UserAuthenticationMethod.ReadWrite.All"});
  // Methods of a user who holds a role himself are for the privileged administrators.
  if (!of.roles.empty() &&
      !HasRole(caller, {kPrivilegedAuthenticationAdministrator, kGlobalAdministrator})) {
    return Denied(caller.Name() + " may not change the methods of an administrator; it takes " +
                  std::string(kPrivilegedAuthenticationAdministrator) + ".");
  }
  if (HasRole(caller, {kAuthenticationAdministrator, kPrivilegedAuthenticationAdministrator,
                       kGlobalAdministrator})) {
    return {};
  }
  return Denied(caller.Name() + " has no directory role that changes other users' methods.");
}

}  // namespace keyrig::graph
