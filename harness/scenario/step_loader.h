#pragma once

#include <string_view>

#include "harness/base/result.h"
#include "harness/scenario/document.h"
#include "harness/scenario/scenario.h"

namespace keyrig::scenario {

/// Reads one element of "steps": an object with one member, named as the step is.
Result<Step, Error> LoadStep(std::string_view file, const Node& node);

}  // namespace keyrig::scenario
