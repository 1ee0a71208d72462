#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/cbor.h"
#include "virtual-key/authenticator/status.h"

/// The credProtect extension (CTAP 2.1 §12.1).
namespace keyrig::authenticator {

namespace cred_protect {
inline constexpr std::uint8_t kOptional = 1;            // userVerificationOptional
inline constexpr std::uint8_t kOptionalWithIdList = 2;  // …OptionalWithCredentialIDList
inline constexpr std::uint8_t kRequired = 3;            // userVerificationRequired
}  // namespace cred_protect

/// The level that makeCredential's extensions ask for; nothing where they do not.
Outcome<std::optional<std::uint64_t>> DecodeCredProtect(const cbor::Value& extensions);

}  // namespace keyrig::authenticator
