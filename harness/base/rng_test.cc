#include "harness/base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig {
namespace {

using testing::MatchesRegex;

TEST(RngTest, ASeedRepeats) {
  Rng a(5), b(5), c(6);
  const Bytes first = a.Stream("x").Take(100);
  EXPECT_EQ(b.Stream("x").Take(100), first);
  EXPECT_NE(c.Stream("x").Take(100), first);
  EXPECT_TRUE(a.IsSeeded());
}

TEST(RngTest, StreamsOfOneLabelDifferAndAreCounted) {
  Rng a(5), b(5);
  const Bytes first = a.Stream("x").Take(16);
  const Bytes second = a.Stream("x").Take(16);
  EXPECT_NE(first, second);
  b.Stream("x");
  EXPECT_EQ(b.Stream("x").Take(16), second);
}

TEST(RngTest, ANewCallerChangesNobodyElsesNumbers) {
  Rng quiet(5), busy(5);
  auto quiet_stream = quiet.Stream("key");
  auto busy_stream = busy.Stream("key");
  for (int i = 0; i < 50; ++i) {
    busy.Stream("service").Take(7);
    EXPECT_EQ(quiet_stream.Take(3), busy_stream.Take(3));
  }
  EXPECT_EQ(quiet.Stream("pin").Take(16), busy.Stream("pin").Take(16));
}

TEST(RngTest, AStreamDoesNotDependOnHowItIsDrawn) {
  Rng a(5), b(5);
  auto whole = a.Stream("x");
  auto parts = b.Stream("x");
  Bytes joined;
  for (const std::size_t size : {1U, 31U, 32U, 33U, 3U}) Append(joined, parts.Take(size));
  EXPECT_EQ(whole.Take(100), joined);
}

TEST(RngTest, WithoutASeedNothingRepeats) {
  Rng rng, other;
  EXPECT_FALSE(rng.IsSeeded());
  auto stream = rng.Stream("x");
  const Bytes first = stream.Take(16);
  EXPECT_NE(first, stream.Take(16));
  EXPECT_NE(first, other.Stream("x").Take(16));
  EXPECT_EQ(stream.Take(100'000).size(), 100'000U);
}

TEST(RngTest, GuidsAreOfVersionFour) {
  Rng rng(5);
  auto stream = rng.Stream("guid");
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(
        stream.TakeGuid(),
        MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

TEST(RngTest, IntegersAreFourBytesOfTheStream) {
  Rng a(5), b(5);
  const Bytes bytes = a.Stream("x").Take(4);
  EXPECT_EQ(b.Stream("x").TakeU32(), ReadBigEndian32(std::span(bytes).first<4>()));
}

}  // namespace
}  // namespace keyrig
