#include "virtual-key/authenticator/pin_uv_auth_token.h"

#include <utility>

namespace keyrig::authenticator {
namespace {

constexpr Duration kInitialUsageLimit = std::chrono::seconds(30);
constexpr Duration kUserPresentLimit = std::chrono::seconds(30);
constexpr Duration kMaxUsage = std::chrono::seconds(600);

}  // namespace

void PinUvAuthToken::BeginUsing(Instant now, std::uint64_t permissions,
                                std::optional<std::string> rp_id, bool user_present) {
  in_use_ = true;
  used_ = false;
  unlimited_ = false;
  user_present_ = by_finger_ = user_present;
  user_verified_ = true;
  begun_ = now;
  permissions_ = permissions;
  rp_id_ = std::move(rp_id);
}

void PinUvAuthToken::BeginUnlimited(Instant now) {
  BeginUsing(now, ~std::uint64_t{0}, std::nullopt);
  unlimited_ = true;
}

bool PinUvAuthToken::IsUserPresent(Instant now) const {
  return user_present_ && now - begun_ < kUserPresentLimit;
}

bool PinUvAuthToken::IsInUse(Instant now) {
  if (unlimited_) return in_use_;
  const Duration age = now - begun_;
  if (in_use_ && (age >= kMaxUsage || (!used_ && age >= kInitialUsageLimit))) StopUsing();
  return in_use_;
}

void PinUvAuthToken::ClearAfterUserPresence() {
  if (unlimited_) return;
  user_present_ = false;
  user_verified_ = false;
  permissions_ &= permission::kLargeBlobWrite;
}

void PinUvAuthToken::StopUsing() {
  in_use_ = false;
  used_ = false;
  user_present_ = false;
  user_verified_ = false;
  permissions_ = 0;
  rp_id_.reset();
}

}  // namespace keyrig::authenticator
