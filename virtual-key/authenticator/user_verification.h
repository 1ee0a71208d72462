#pragma once

#include "virtual-key/authenticator/state.h"

/// Built-in user verification (CTAP 2.3 §6.5.3): by a finger that is enrolled, which is a touch
/// too.
namespace keyrig::authenticator {

/// performBuiltInUv. Each attempt costs a retry, durably, before the sensor is asked; success gives
/// all back. USER_ACTION_TIMEOUT, KEEPALIVE_CANCEL, OPERATION_DENIED where the user says no, and
/// UV_INVALID for wrong fingers or where no retry is left.
Outcome<void> PerformBuiltInUv(State& state, bool internal_retry, const Transaction& transaction);

/// performBuiltInUv for makeCredential and getAssertion, with the status that these end with.
Outcome<void> VerifyUserByFinger(State& state, const Transaction& transaction);

}  // namespace keyrig::authenticator
