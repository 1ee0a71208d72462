#include <gmock/gmock.h>

#include <iterator>

#include "virtual-key/journal/test_wire.h"
#include "virtual-key/journal/tracker.h"

namespace keyrig::journal {
namespace {

using ctaphid::Command;
using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ctaphid::ChannelId kOne = 0x00000007;
constexpr ctaphid::ChannelId kTwo = 0x00000008;

/// All transactions of a wire, the unfinished ones last.
std::vector<Transaction> HidTransactions(const TestWire& wire) {
  const auto tracker = MakeTracker(Wire::kHid);
  std::vector<Transaction> all;
  for (const Entry& entry : wire.Entries()) {
    std::ranges::move(tracker->Receive(entry), std::back_inserter(all));
  }
  std::ranges::move(tracker->End(), std::back_inserter(all));
  return all;
}

TEST(HidTrackerTest, NothingOnTheWireIsNoTransaction) {
  EXPECT_THAT(HidTransactions(TestWire()), IsEmpty());
}

TEST(HidTrackerTest, PutsRequestAndAnswerTogetherFromTheirPackets) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes(200, 0xAB)).FromKey(kOne, Command::kCbor, Bytes(100, 1));
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].protocol, Transaction::Protocol::kCtap2);
  EXPECT_EQ(all[0].channel, kOne);
  EXPECT_EQ(all[0].request, Bytes(200, 0xAB));
  EXPECT_EQ(all[0].answer, Bytes(100, 1));
  EXPECT_THAT(all[0].packets, SizeIs(4 + 2));
  EXPECT_EQ(all[0].begin, TestWire::kStart);
  EXPECT_EQ(all[0].end, TestWire::kStart + milliseconds(5));
}

TEST(HidTrackerTest, MeasuresHowLongTheKeyAskedForItsUser) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).KeepAlive(kOne, 1).KeepAlive(kOne, 2);
  wire.Pause(milliseconds(700)).KeepAlive(kOne, 2).FromKey(kOne, Command::kCbor, Bytes{0});
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].keepalives, 3U);
  EXPECT_EQ(all[0].awaited_touch, milliseconds(702));
  EXPECT_FALSE(all[0].was_cancelled);
}

TEST(HidTrackerTest, ACancelBelongsToWhatItEnds) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).KeepAlive(kOne, 2);
  wire.ToKey(kOne, Command::kCancel, {}).FromKey(kOne, Command::kCbor, Bytes{0x2D});
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_TRUE(all[0].was_cancelled);
  EXPECT_EQ(all[0].answer, Bytes{0x2D});
}

TEST(HidTrackerTest, ACancelOfNothingStandsAlone) {
  const auto all = HidTransactions(TestWire().ToKey(kOne, Command::kCancel, {}));
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].hid_command, static_cast<std::uint8_t>(Command::kCancel));
  EXPECT_FALSE(all[0].answer);
}

TEST(HidTrackerTest, AnotherChannelIsRefusedWhileTheFirstGoesOn) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).KeepAlive(kOne, 2);
  wire.ToKey(kTwo, Command::kPing, Bytes{1}).FromKey(kTwo, Command::kError, Bytes{0x06});
  wire.FromKey(kOne, Command::kCbor, Bytes{0});
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].channel, kTwo);
  EXPECT_EQ(all[0].hid_error, 0x06);
  EXPECT_FALSE(all[0].answer);
  EXPECT_EQ(all[1].channel, kOne);
  EXPECT_EQ(all[1].answer, Bytes{0});
}

TEST(HidTrackerTest, SoIsASecondRequestOnTheSameChannel) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).ToKey(kOne, Command::kCbor, Bytes{0x04});
  wire.FromKey(kOne, Command::kError, Bytes{0x06}).FromKey(kOne, Command::kCbor, Bytes{0});
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].request, Bytes{0x04});
  EXPECT_EQ(all[0].hid_error, 0x06);
  EXPECT_EQ(all[1].request, Bytes{0x0B});
  EXPECT_EQ(all[1].answer, Bytes{0});
}

TEST(HidTrackerTest, InitEndsWhatIsAtWorkOnItsChannel) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).ToKey(kOne, Command::kInit, Bytes(8, 1));
  wire.FromKey(kOne, Command::kInit, Bytes(17, 1));
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].request, Bytes{0x0B});
  EXPECT_FALSE(all[0].answer);
  EXPECT_EQ(all[1].answer, Bytes(17, 1));
}

TEST(HidTrackerTest, AnAnswerThatDoesNotArriveWholeIsNone) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x04}).FromKey(kOne, Command::kCbor, Bytes(200, 5));
  wire.LoseLast();
  wire.ToKey(kOne, Command::kCbor, Bytes{0x04}).FromKey(kOne, Command::kCbor, Bytes(200, 6));
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_FALSE(all[0].answer);
  EXPECT_EQ(all[1].answer, Bytes(200, 6));
}

TEST(HidTrackerTest, AMessageThatIsRefusedInItsMidstKeepsWhatHadCome) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes(200, 5)).LoseLast();
  wire.FromKey(kOne, Command::kError, Bytes{0x05});
  const auto all = HidTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].hid_error, 0x05);
  EXPECT_THAT(all[0].request, SizeIs(57 + 2 * 59));
}

TEST(HidTrackerTest, APowerUpEndsWhatWasUnderWay) {
  TestWire wire;
  wire.ToKey(kOne, Command::kCbor, Bytes{0x0B}).KeepAlive(kOne, 2).PowerUp();
  const auto tracker = MakeTracker(Wire::kHid);
  EXPECT_THAT(tracker->Receive(wire.Entries()[0]), IsEmpty());
  EXPECT_THAT(tracker->Receive(wire.Entries()[1]), IsEmpty());
  EXPECT_THAT(tracker->Receive(wire.Entries()[2]), SizeIs(1));
  EXPECT_THAT(tracker->End(), IsEmpty());
}

TEST(HidTrackerTest, PassesOverWhatBeganBeforeItLooked) {
  TestWire whole;
  whole.ToKey(kOne, Command::kCbor, Bytes(200, 5)).FromKey(kOne, Command::kCbor, Bytes(200, 6));
  const auto tracker = MakeTracker(Wire::kHid);
  for (std::size_t i = 1; i < whole.Entries().size(); ++i) {
    EXPECT_THAT(tracker->Receive(whole.Entries()[i]), IsEmpty());
  }
  EXPECT_THAT(tracker->End(), IsEmpty());
}

TEST(HidTrackerTest, AKeyThatNeverAnswersCostsNoMoreThanSoMuch) {
  TestWire wire;
  for (int i = 0; i < 100; ++i) wire.ToKey(kOne, Command::kPing, Bytes{1});
  const auto tracker = MakeTracker(Wire::kHid);
  for (const Entry& entry : wire.Entries()) tracker->Receive(entry);
  EXPECT_THAT(tracker->End(), SizeIs(testing::Lt(10U)));
}

}  // namespace
}  // namespace keyrig::journal
