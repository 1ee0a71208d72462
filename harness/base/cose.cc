#include "harness/base/cose.h"

namespace keyrig {

std::string_view Name(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::kEs256:
      return "ES256";
    case CoseAlgorithm::kEdDsa:
      return "EdDSA";
    case CoseAlgorithm::kEsp256:
      return "ESP256";
    case CoseAlgorithm::kEd25519:
      return "Ed25519";
    case CoseAlgorithm::kEs384:
      return "ES384";
    case CoseAlgorithm::kEs512:
      return "ES512";
    case CoseAlgorithm::kPs256:
      return "PS256";
    case CoseAlgorithm::kEs256k:
      return "ES256K";
    case CoseAlgorithm::kMlDsa44:
      return "ML-DSA-44";
    case CoseAlgorithm::kMlDsa65:
      return "ML-DSA-65";
    case CoseAlgorithm::kMlDsa87:
      return "ML-DSA-87";
    case CoseAlgorithm::kEsp384:
      return "ESP384";
    case CoseAlgorithm::kEsp512:
      return "ESP512";
    case CoseAlgorithm::kEd448:
      return "Ed448";
    case CoseAlgorithm::kRs256:
      return "RS256";
  }
  return "unknown";
}

}  // namespace keyrig
