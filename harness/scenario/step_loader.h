#pragma once

#include <string_view>

#include "harness/base/json_document.h"
#include "harness/base/result.h"
#include "harness/scenario/scenario.h"

namespace keyrig::scenario {

/// Reads one element of "steps": an object with one member, named as the step is.
Result<Step, Error> LoadStep(std::string_view file, const strict_json::Node& node);

}  // namespace keyrig::scenario
