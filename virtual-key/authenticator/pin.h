#pragma once

#include "virtual-key/authenticator/state.h"

/// The PIN: its retries and locks (CTAP 2.1 §6.5.2.3), its comparison and its policy. It is known
/// by its hash alone.
namespace keyrig::authenticator {

/// Whether three wrong PINs in a row have locked the key until it is powered again.
bool IsPinLatched(const State& state);

/// PIN_NOT_SET, PIN_BLOCKED or PIN_AUTH_BLOCKED where no PIN can be tried.
Outcome<void> CheckPinUsable(const State& state);

/// Compares what the platform sent with the PIN; a retry is spent, durably, before. A match gives
/// all retries back. PIN_INVALID, PIN_AUTH_BLOCKED or PIN_BLOCKED; `protocol` then has a new key.
Outcome<void> ComparePin(State& state, PinUvAuthProtocol& protocol, const SharedSecret& secret,
                         ByteView pin_hash_enc);

/// Opens newPinEnc, holds it against the policy and makes it the PIN.
Outcome<void> StoreNewPin(State& state, const SharedSecret& secret, ByteView new_pin_enc);

}  // namespace keyrig::authenticator
