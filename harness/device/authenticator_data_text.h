#pragma once

#include <string>

#include "harness/base/bytes.h"

namespace keyrig::device {

/// Authenticator data (WebAuthn L3 §6.1) in words, on one line: the flags by name, the counter, the
/// attested credential, the extensions. What cannot be read is shown as hex.
std::string AuthenticatorDataText(ByteView authenticator_data);

}  // namespace keyrig::device
