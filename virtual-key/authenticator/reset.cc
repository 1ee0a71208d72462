#include <algorithm>

#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

constexpr Duration kWindow = std::chrono::seconds(10);  // after power-up
constexpr Duration kLongTouch = std::chrono::seconds(5);

}  // namespace

// CTAP 2.3 §6.6.
Outcome<Bytes> Reset(State& state, const Transaction& transaction) {
  const auto& transports = state.config.transports_for_reset;
  if (!transports.empty() &&
      std::ranges::find(transports, transaction.transport) == transports.end()) {
    return Err(Status::kOperationDenied);
  }
  if (state.environment.clock.Now() - state.powered_up > kWindow) return Err(Status::kNotAllowed);
  const Duration hold = state.device.long_touch_for_reset ? kLongTouch : Duration{0};
  TRY(state.AwaitTouch(GesturePurpose::kReset, transaction, Status::kUserActionTimeout, hold));
  TRY(state.Reset());
  return Bytes();
}

}  // namespace keyrig::authenticator
