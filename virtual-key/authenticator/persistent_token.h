#pragma once

#include <string_view>

#include "harness/base/bytes.h"
#include "virtual-key/authenticator/state.h"

/// The persistentPinUvAuthToken (CTAP 2.3 §6.5.2.4): it survives power cycles and reads
/// credential management. It ends with the PIN that it was given for, and with reset.
namespace keyrig::authenticator {

/// Whether `param` is the token's over `message`, by the way of the protocol that is named.
bool VerifyWithPersistentToken(const State& state, PinUvAuthProtocolNumber protocol,
                               ByteView message, ByteView param);

/// 16 bytes that only a holder of the token can read, as getInfo member `name` has them: a fresh
/// IV, then AES-128-CBC under HKDF-SHA-256 of the token with the name as info.
Bytes EncryptForTokenHolder(const State& state, std::string_view name,
                            const ByteArray<16>& content);

}  // namespace keyrig::authenticator
