#pragma once

#include <string>
#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace keyrig {

/// "250ms", "40s", "2m" or "1h"; whole numbers, at most 10 years.
Result<Duration, Error> ParseDuration(std::string_view text);
/// In milliseconds: "250ms". What is less than one is rounded up.
std::string DurationText(Duration duration);

}  // namespace keyrig
