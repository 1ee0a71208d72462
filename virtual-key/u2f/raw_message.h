#pragma once

#include "harness/base/bytes.h"
#include "virtual-key/authenticator/authenticator.h"

/// U2F's raw messages (FIDO U2F Raw Message Formats 1.2, CTAP 2.3 §7.2 and §10): what a key that
/// has them says to those that know no CTAP2.
namespace keyrig::u2f {

/// One command APDU, extended or short, to [data | status word]. Waits for the user for half a
/// second at most: who is not heard of by then is asked for again.
Bytes Process(authenticator::Authenticator& key, ByteView apdu,
              const authenticator::Transaction& transaction = {});

}  // namespace keyrig::u2f
