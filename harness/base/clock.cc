#include "harness/base/clock.h"

#include <array>
#include <cstdio>

namespace keyrig {

Instant RealClock::Now() const {
  const auto real = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  return real + Duration(offset_.load());
}

void RealClock::Advance(Duration by) { offset_ += by.count(); }

Instant FrozenClock::Now() const { return Instant(Duration(now_.load())); }

void FrozenClock::Advance(Duration by) { now_ += by.count(); }

std::string ToRfc3339(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(
      std::chrono::duration_cast<std::chrono::milliseconds>(instant - day));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

}  // namespace keyrig
