#include "harness/base/clock.h"

#include <gtest/gtest.h>

namespace keyrig {
namespace {

using namespace std::chrono_literals;

TEST(FrozenClockTest, MovesByAdvanceOnly) {
  const Instant start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};
  FrozenClock clock(start);
  EXPECT_TRUE(clock.IsFrozen());
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(30s);
  clock.Advance(5us);
  EXPECT_EQ(clock.Now(), start + 30s + 5us);
}

TEST(RealClockTest, IsTheMachinesTimePlusWhatWasAdded) {
  const auto now = [] {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  };
  RealClock clock;
  EXPECT_FALSE(clock.IsFrozen());
  for (const Duration added : {Duration{0}, Duration{5min}}) {
    clock.Advance(added);
    const Instant before = now();
    const Instant read = clock.Now();
    EXPECT_GE(read, before + added);
    EXPECT_LE(read, now() + added);
  }
}

TEST(Rfc3339Test, IsUtcWithMilliseconds) {
  const Instant day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 4};
  EXPECT_EQ(ToRfc3339(day), "2026-11-04T00:00:00.000Z");
  EXPECT_EQ(ToRfc3339(day + 6h + 10min + 15s + 250ms + 999us), "2026-11-04T06:10:15.250Z");
  EXPECT_EQ(ToRfc3339(Instant{}), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace keyrig
