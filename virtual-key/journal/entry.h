#pragma once

#include "harness/base/bytes.h"
#include "harness/base/clock.h"

namespace keyrig::journal {

/// What packets look like between a key and its clients.
enum class Wire {
  kHid,   // HID reports of 64 bytes (CTAPHID)
  kCard,  // APDUs
};

/// Something that happened on the wire of one key.
struct Entry {
  enum class Kind {
    kToKey,    // a packet of a client
    kFromKey,  // a packet of the key
    kPowerUp,  // what was under way before is forgotten
  };
  Kind kind = Kind::kToKey;
  Instant at{};  // by the key's clock
  Bytes packet;
};

}  // namespace keyrig::journal
