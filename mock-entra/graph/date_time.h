#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/base/clock.h"

namespace keyrig::graph {

/// "2024-06-13T11:26:35Z": Graph's date-times, to the second.
std::string DateTime(Instant instant);
/// The reverse, also with a fraction of a second and with +00:00 for Z.
std::optional<Instant> ParseDateTime(std::string_view text);
/// "Tue, 24 Nov 2026 06:45:00 GMT" (RFC 9110 §5.6.7).
std::string HttpDate(Instant instant);

}  // namespace keyrig::graph
