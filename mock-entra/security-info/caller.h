#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"

namespace keyrig::security_info {

/// The signed-in user behind a call of the API.
struct Caller {
  directory::User* user = nullptr;
  bool has_mfa = false;
  /// Multi-factor authentication was proved within the tenant's freshness window: the token's amr
  /// has "ngcmfa", and its auth_time is not older.
  bool is_fresh = false;
};

/// Bearer tokens, and the session contexts that go with them.
class Callers {
 public:
  explicit Callers(directory::Service& service) : service_(service) {}

  /// Nothing where the bearer token is absent, not for this API, expired, or its user is gone.
  std::optional<Caller> FromToken(const http::Request& request) const;
  /// A new SessionCtxV2 for a user.
  std::string StartSession(const directory::User& user);
  /// Whether the request's SessionCtxV2 header is one of this user's.
  bool HasSession(const http::Request& request, const directory::User& user) const;

 private:
  directory::Service& service_;
  std::map<std::string, std::string, std::less<>> sessions_;  // context to user id
};

}  // namespace keyrig::security_info
