#include "mock-entra/signin/grants.h"

namespace keyrig::signin {
namespace {

constexpr auto kCodeLifetime = std::chrono::minutes(10);
constexpr auto kRefreshTokenLifetime = std::chrono::days(90);
constexpr auto kSinglePageLifetime = std::chrono::hours(24);

}  // namespace

std::string Grants::IssueCode(Grant grant) {
  const Instant now = clock_.Now();
  // A day is long enough to tell a code that was redeemed from one that never was.
  std::erase_if(codes_, [now](const auto& entry) {
    return entry.second.grant.issued + std::chrono::days(1) <= now;
  });
  grant.issued = now;
  std::string code = "1.AXk" + ToBase64Url(rng_.Stream("signin.code").Take(480));
  codes_.emplace(code, Code{std::move(grant)});
  return code;
}

Result<Grant, Refusal> Grants::RedeemCode(std::string_view code) {
  const auto found = codes_.find(code);
  if (found == codes_.end()) return Err(Refusal{70000, "The code was not issued here."});
  if (found->second.redeemed) return Err(Refusal{54005, ""});
  if (found->second.grant.issued + kCodeLifetime <= clock_.Now()) return Err(Refusal{70008, ""});
  found->second.redeemed = true;
  return found->second.grant;
}

std::string Grants::IssueRefreshToken(Grant grant) {
  std::string token = "1.AXkA" + ToBase64Url(rng_.Stream("signin.refresh_token").Take(480));
  refresh_tokens_.emplace(token, std::move(grant));
  return token;
}

Result<Grant, Refusal> Grants::FindRefreshToken(std::string_view token) const {
  const auto found = refresh_tokens_.find(token);
  if (found == refresh_tokens_.end()) {
    return Err(Refusal{70000, "The refresh token was not issued here."});
  }
  const Grant& grant = found->second;
  const Duration lifetime =
      grant.is_single_page ? Duration(kSinglePageLifetime) : Duration(kRefreshTokenLifetime);
  if (grant.issued + lifetime <= clock_.Now()) {
    return Err(Refusal{grant.is_single_page ? 700084 : 700082, ""});
  }
  return grant;
}

}  // namespace keyrig::signin
