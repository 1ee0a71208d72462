#include "virtual-key/authenticator/user_verification.h"

#include <algorithm>

namespace keyrig::authenticator {
namespace {

/// maxUvAttemptsForInternalRetries.
constexpr int kInternalAttempts = 2;

bool IsEnrolled(const State& state, const FingerPresented& presented) {
  if (presented.finger.empty() || presented.sample != SampleStatus::kGood) return false;
  return std::ranges::any_of(state.device.fingers, [&](const FingerTemplate& enrolled) {
    return enrolled.finger == presented.finger;
  });
}

}  // namespace

Outcome<void> PerformBuiltInUv(State& state, bool internal_retry, const Transaction& transaction) {
  DeviceState& device = state.device;
  if (state.HasPin() && device.pin_retries == 0 && device.uv_retries != 0) {
    device.uv_retries = 0;
    TRY(state.Save());
  }
  const int attempts = internal_retry ? kInternalAttempts : 1;
  for (int attempt = 0; attempt < attempts && device.uv_retries > 0; ++attempt) {
    --device.uv_retries;
    ++device.uv_count_since_pin;
    TRY(state.Save());
    const FingerPresented presented =
        TRY(state.AwaitFinger(GesturePurpose::kVerify, state.config.touch_timeout, transaction));
    if (presented.outcome == GestureOutcome::kTimedOut) return Err(Status::kUserActionTimeout);
    if (IsEnrolled(state, presented)) {
      device.uv_retries = state.config.fingerprint->max_uv_retries;
      TRY(state.Save());
      return {};
    }
    state.Emit("key.finger_wrong", {{"retries", std::to_string(device.uv_retries)}});
  }
  return Err(Status::kUvInvalid);
}

Outcome<void> VerifyUserByFinger(State& state, const Transaction& transaction) {
  const auto verified = PerformBuiltInUv(state, /*internal_retry=*/true, transaction);
  if (verified || verified.error() != Status::kUvInvalid) return verified;
  if (state.HasPin() && !state.config.no_mc_ga_permissions_with_client_pin) {
    return Err(Status::kPuatRequired);
  }
  return Err(state.device.uv_retries == 0 ? Status::kPinBlocked : Status::kOperationDenied);
}

}  // namespace keyrig::authenticator
