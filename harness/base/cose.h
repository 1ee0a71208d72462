#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keyrig {

/// Signature algorithms by their number in the IANA COSE registry.
enum class CoseAlgorithm : std::int32_t {
  kEs256 = -7,
  kEdDsa = -8,   // Ed25519
  kEsp256 = -9,  // ES256 that says its curve (RFC 9864), as the next ones do
  kEd25519 = -19,
  kEs384 = -35,
  kEs512 = -36,
  kPs256 = -37,
  kEs256k = -47,
  kMlDsa44 = -48,
  kMlDsa65 = -49,
  kMlDsa87 = -50,
  kEsp384 = -51,
  kEsp512 = -52,
  kEd448 = -53,
  kRs256 = -257,
};

/// All of them. Whether the OpenSSL in use has one is crypto::IsAvailable's to say.
inline constexpr std::array kCoseAlgorithms = {
    CoseAlgorithm::kEs256,   CoseAlgorithm::kEdDsa,   CoseAlgorithm::kEsp256,
    CoseAlgorithm::kEd25519, CoseAlgorithm::kEs384,   CoseAlgorithm::kEs512,
    CoseAlgorithm::kPs256,   CoseAlgorithm::kEs256k,  CoseAlgorithm::kMlDsa44,
    CoseAlgorithm::kMlDsa65, CoseAlgorithm::kMlDsa87, CoseAlgorithm::kEsp384,
    CoseAlgorithm::kEsp512,  CoseAlgorithm::kEd448,   CoseAlgorithm::kRs256};

/// "ES256", "EdDSA", …; "unknown" for a number that is not in the enum.
std::string_view Name(CoseAlgorithm algorithm);

}  // namespace keyrig
