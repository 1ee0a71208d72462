#pragma once

#include <cstdint>

#include "harness/base/bytes.h"
#include "harness/base/result.h"

/// What the key does for U2F (CTAP 2.3 §7.2), apart from how it is said: its key handles are
/// credential IDs of CTAP2, and the other way round.
namespace keyrig::authenticator {

struct U2fRegistration {
  Bytes public_key;   // 04, x, y
  Bytes key_handle;   // at most 255 bytes
  Bytes certificate;  // DER
  Bytes signature;    // DER
};

struct U2fAssertion {
  bool user_present = false;
  std::uint32_t counter = 0;
  Bytes signature;  // DER
};

/// What a platform wants of the user who owns a key handle.
enum class U2fPresence { kCheckOnly, kEnforce, kDoNotEnforce };

enum class U2fRefusal {
  kBarred,            // alwaysUv is on and there is no fingerprint sensor to satisfy it
  kNotPresent,        // nobody has touched the key yet
  kForeignKeyHandle,  // not this key's, or not this application's
  kFailed,            // the memory cannot be written
};

template <typename T>
using U2fOutcome = Result<T, U2fRefusal>;

}  // namespace keyrig::authenticator
