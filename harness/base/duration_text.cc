#include "harness/base/duration_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace keyrig {

Result<Duration, Error> ParseDuration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Duration>, 4> kUnits{{
      {"ms", std::chrono::milliseconds(1)},
      {"s", std::chrono::seconds(1)},
      {"m", std::chrono::minutes(1)},
      {"h", std::chrono::hours(1)},
  }};
  constexpr Duration kMost = std::chrono::hours(24 * 3650);
  std::uint32_t amount = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  if (error == std::errc{}) {
    for (const auto& [unit, length] : kUnits) {
      if (std::string_view(rest, end) == unit && length * amount <= kMost) return length * amount;
    }
  }
  return Fail("\"" + std::string(text) + "\" is no duration; use one such as 250ms, 40s, 2m or 1h");
}

std::string DurationText(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(duration).count()) + "ms";
}

}  // namespace keyrig
