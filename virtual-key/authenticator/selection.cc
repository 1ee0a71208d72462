#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {

// CTAP 2.1 §6.9.
Outcome<Bytes> Selection(State& state, const Transaction& transaction) {
  TRY(state.AwaitTouch(GesturePurpose::kSelect, transaction, Status::kUserActionTimeout));
  return Bytes();
}

}  // namespace keyrig::authenticator
