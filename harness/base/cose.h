#pragma once

#include <cstdint>
#include <string_view>

namespace keyrig {

/// Signature algorithms by their number in the IANA COSE registry.
enum class CoseAlgorithm : std::int32_t {
  kEs256 = -7,
  kEdDsa = -8,  // Ed25519
  kEs384 = -35,
  kEs512 = -36,
  kEd448 = -53,
  kRs256 = -257,
};

/// "ES256", "EdDSA", …; "unknown" for a number that is not in the enum.
std::string_view Name(CoseAlgorithm algorithm);

}  // namespace keyrig
