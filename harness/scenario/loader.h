#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/scenario/scenario.h"

namespace keyrig::scenario {

/// Reads one scenario file strictly. The first thing that is wrong is named with file, line, column
/// and JSON path, and with what is allowed instead. `file` is named in messages; the name of the
/// scenario must be that of the file, its theme is the folder's.
Result<Scenario, Error> LoadScenario(std::string_view file, std::string_view text);

/// The words that `requires` may use.
const std::vector<std::string>& KnownRequirements();

}  // namespace keyrig::scenario
