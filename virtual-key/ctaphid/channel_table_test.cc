#include "virtual-key/ctaphid/channel_table.h"

#include <gtest/gtest.h>

#include <set>

namespace keyrig::ctaphid {
namespace {

TEST(ChannelTableTest, ChannelsAreDistinctAndNeverReserved) {
  Rng rng(7);
  ChannelTable table(rng);
  std::set<ChannelId> seen;
  for (std::size_t i = 0; i < ChannelTable::kCapacity; ++i) seen.insert(table.Allocate());
  EXPECT_EQ(seen.size(), ChannelTable::kCapacity);
  EXPECT_FALSE(seen.contains(kReservedChannel));
  EXPECT_FALSE(seen.contains(kBroadcastChannel));
}

TEST(ChannelTableTest, ChannelsComeFromTheKeysOwnStreamOfChance) {
  Rng first(7), same(7), other(8);
  const ChannelId channel = ChannelTable(first).Allocate();
  EXPECT_EQ(ChannelTable(same).Allocate(), channel);
  EXPECT_NE(ChannelTable(other).Allocate(), channel);
}

TEST(ChannelTableTest, WhenFullTheOneLongestUnusedMakesRoom) {
  Rng rng(7);
  ChannelTable table(rng);
  const ChannelId oldest = table.Allocate();
  const ChannelId second = table.Allocate();
  for (std::size_t i = 2; i < ChannelTable::kCapacity; ++i) table.Allocate();
  EXPECT_TRUE(table.Use(oldest));
  table.Allocate();
  EXPECT_TRUE(table.Use(oldest));
  EXPECT_FALSE(table.Use(second));
}

}  // namespace
}  // namespace keyrig::ctaphid
