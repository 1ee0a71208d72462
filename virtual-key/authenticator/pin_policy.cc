#include "virtual-key/authenticator/pin_policy.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace keyrig::authenticator {
namespace {

std::vector<std::int32_t> CodePointsOf(std::string_view utf8) {
  std::vector<std::int32_t> points;
  for (const char unit : utf8) {
    const auto byte = static_cast<unsigned char>(unit);
    if ((byte & 0xC0) == 0x80 && !points.empty()) {
      points.back() = (points.back() << 6) | (byte & 0x3F);
    } else {
      const int lead_bits = byte < 0x80 ? 0x7F : byte < 0xE0 ? 0x1F : byte < 0xF0 ? 0x0F : 0x07;
      points.push_back(byte & lead_bits);
    }
  }
  return points;
}

bool IsRun(const std::vector<std::int32_t>& points, std::int32_t step) {
  return std::ranges::adjacent_find(
             points, [&](std::int32_t a, std::int32_t b) { return b - a != step; }) == points.end();
}

/// Whether the PIN is its first `period` characters over and over.
bool Repeats(const std::vector<std::int32_t>& points, std::size_t period) {
  return points.size() % period == 0 &&
         std::equal(points.begin() + static_cast<std::ptrdiff_t>(period), points.end(),
                    points.begin());
}

}  // namespace

bool IsSimplePin(std::string_view pin) {
  const auto points = CodePointsOf(pin);
  if (IsRun(points, 1) || IsRun(points, -1)) return true;
  for (std::size_t period = 1; period <= points.size() / 2; ++period) {
    if (Repeats(points, period)) return true;
  }
  return false;
}

}  // namespace keyrig::authenticator
