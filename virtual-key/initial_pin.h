#pragma once

#include <string>

#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/authenticator.h"

namespace keyrig::virtual_key {

/// Sets the first PIN of a key over clientPIN (CTAP 2.1 §6.5.5.5), as a platform would. An error
/// says why the key refused.
Result<void, Error> SetInitialPin(authenticator::Authenticator& key, const std::string& pin,
                                  Rng& rng);

/// That a key which has a PIN already has this one. No retry is spent.
Result<void, Error> ExpectPin(const authenticator::DeviceState& memory, const std::string& pin);

}  // namespace keyrig::virtual_key
