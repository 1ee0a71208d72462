#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/station/station.h"

namespace keyrig::scenario {

/// One kind of refusal that a scenario may expect, as it is written: {"aadsts": "135016"}.
struct RefusalKind {
  std::string_view name;  // "ctap", "aadsts", "security_info", "graph", "not_offered"
  station::Outcome::Kind kind;
  std::string_view what;   // "a CTAP status", for messages
  bool is_number = false;  // written as a JSON number
};
const std::vector<RefusalKind>& RefusalKinds();

/// Every code that this kind of refusal can have, so that a typing error is found at load.
const std::vector<std::string>& KnownCodes(station::Outcome::Kind kind);

/// What a code means, in words; empty where there is nothing to add.
std::string_view Meaning(const station::Outcome& outcome);

}  // namespace keyrig::scenario
