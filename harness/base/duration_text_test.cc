#include "harness/base/duration_text.h"

#include <gtest/gtest.h>

namespace keyrig {
namespace {

TEST(DurationTextTest, EveryUnitIsRead) {
  EXPECT_EQ(ParseDuration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(ParseDuration("40s"), std::chrono::seconds(40));
  EXPECT_EQ(ParseDuration("2m"), std::chrono::minutes(2));
  EXPECT_EQ(ParseDuration("1h"), std::chrono::hours(1));
  EXPECT_EQ(ParseDuration("0s"), Duration{0});
}

TEST(DurationTextTest, AnythingElseIsRefusedByName) {
  for (const char* text :
       {"", "s", "40", "-1s", "1.5s", "40 s", "40sec", "4294967296s", "100000h"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_NE(parsed.error().message.find("\"" + std::string(text) + "\""), std::string::npos);
  }
}

TEST(DurationTextTest, WhatIsWrittenIsReadBackAndNeverShorter) {
  EXPECT_EQ(DurationText(std::chrono::seconds(40)), "40000ms");
  EXPECT_EQ(DurationText(Duration(1)), "1ms");
}

}  // namespace
}  // namespace keyrig
