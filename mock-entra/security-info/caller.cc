#include "mock-entra/security-info/caller.h"

#include <algorithm>

#include "mock-entra/directory/first_party.h"

namespace keyrig::security_info {

std::optional<Caller> Callers::FromToken(const http::Request& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.headers.Find("Authorization");
  if (!header || !header->starts_with(kBearer)) return std::nullopt;
  const auto claims = service_.tokens.Check(header->substr(kBearer.size()),
                                            directory::first_party::kMySignIns.client_id);
  if (!claims || claims->user_id.empty()) return std::nullopt;
  Caller caller;
  caller.user = service_.tenant.FindUser(claims->user_id);
  if (caller.user == nullptr || !caller.user->account_enabled) return std::nullopt;
  const auto has = [&claims](std::string_view value) {
    return std::ranges::find(claims->amr, value) != claims->amr.end();
  };
  caller.has_mfa = has("mfa");
  const Duration age = service_.clock.Now() - claims->authenticated;
  caller.is_fresh = has("ngcmfa") && age <= service_.tenant.freshness_window;
  return caller;
}

std::string Callers::StartSession(const directory::User& user) {
  std::string context = ToBase64Url(service_.rng.Stream("security_info.session").Take(200));
  sessions_.emplace(context, user.id);
  return context;
}

bool Callers::HasSession(const http::Request& request, const directory::User& user) const {
  const auto context = request.headers.Find("SessionCtxV2");
  if (!context) return false;
  const auto found = sessions_.find(*context);
  return found != sessions_.end() && found->second == user.id;
}

}  // namespace keyrig::security_info
