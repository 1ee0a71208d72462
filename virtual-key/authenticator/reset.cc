#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

constexpr Duration kWindow = std::chrono::seconds(10);  // after power-up

}  // namespace

// CTAP 2.1 §6.6.
Outcome<Bytes> Reset(State& state, const Transaction& transaction) {
  if (state.environment.clock.Now() - state.powered_up > kWindow) return Err(Status::kNotAllowed);
  TRY(state.AwaitTouch(GesturePurpose::kReset, transaction, Status::kUserActionTimeout));
  TRY(state.Reset());
  return Bytes();
}

}  // namespace keyrig::authenticator
