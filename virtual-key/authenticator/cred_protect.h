#pragma once

#include <cstdint>

/// The levels of the credProtect extension (CTAP 2.3 §12.1).
namespace keyrig::authenticator::cred_protect {

inline constexpr std::uint8_t kOptional = 1;            // userVerificationOptional
inline constexpr std::uint8_t kOptionalWithIdList = 2;  // …OptionalWithCredentialIDList
inline constexpr std::uint8_t kRequired = 3;            // userVerificationRequired

}  // namespace keyrig::authenticator::cred_protect
