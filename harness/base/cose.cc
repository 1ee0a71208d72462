#include "harness/base/cose.h"

namespace keyrig {

std::string_view Name(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::kEs256:
      return "ES256";
    case CoseAlgorithm::kEdDsa:
      return "EdDSA";
    case CoseAlgorithm::kEs384:
      return "ES384";
    case CoseAlgorithm::kEs512:
      return "ES512";
    case CoseAlgorithm::kEd448:
      return "Ed448";
    case CoseAlgorithm::kRs256:
      return "RS256";
  }
  return "unknown";
}

}  // namespace keyrig
