#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/conformance/credentials.h"

namespace keyrig::conformance {

/// One requirement that Microsoft has of security keys for Entra.
struct EntraPoint {
  std::string name;
  bool met = false;
  std::string reason;  // what was seen, and what follows from it
};

/// Every requirement: of a key that says `info`, and that made `made` (or why it did not).
std::vector<EntraPoint> CheckForEntra(const Info& info, const OrStop<Made>& made);

/// The model of an AAGUID, as its maker calls it; nothing where it is not known here.
std::optional<std::string> ModelName(const Bytes& aaguid);

}  // namespace keyrig::conformance
