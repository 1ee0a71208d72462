#include <gmock/gmock.h>

#include <iterator>

#include "virtual-key/journal/test_wire.h"
#include "virtual-key/journal/tracker.h"

namespace keyrig::journal {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Transaction> CardTransactions(const TestWire& wire) {
  const auto tracker = MakeTracker(Wire::kCard);
  std::vector<Transaction> all;
  for (const Entry& entry : wire.Entries()) {
    std::ranges::move(tracker->Receive(entry), std::back_inserter(all));
  }
  std::ranges::move(tracker->End(), std::back_inserter(all));
  return all;
}

const Bytes kOk{0x90, 0x00};
const Bytes kPoll{0x80, 0x11, 0x00, 0x00, 0x00};
const Bytes kGetInfo{0x80, 0x10, 0x80, 0x00, 0x01, 0x04, 0x00};
const Bytes kSelect{0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01};

TEST(CardTrackerTest, ACommandAndItsResponseAreOne) {
  TestWire wire;
  wire.CommandApdu(kSelect).ResponseApdu(Concat({ViewOf("FIDO_2_0"), kOk}));
  wire.CommandApdu(kGetInfo).ResponseApdu(Concat({Bytes{0x00, 0xA0}, kOk}));
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].protocol, Transaction::Protocol::kLine);
  EXPECT_EQ(all[0].request, kSelect);
  EXPECT_EQ(all[0].answer, ToBytes("FIDO_2_0"));
  EXPECT_EQ(all[0].status_word, 0x9000);
  EXPECT_EQ(all[1].protocol, Transaction::Protocol::kCtap2);
  EXPECT_EQ(all[1].request, Bytes{0x04});
  EXPECT_EQ(all[1].answer, (Bytes{0x00, 0xA0}));
}

TEST(CardTrackerTest, LinksOfAChainAndPartsOfAnAnswerBelongTogether) {
  TestWire wire;
  wire.CommandApdu(Bytes{0x90, 0x10, 0x80, 0x00, 0x02, 0x01, 0xA1}).ResponseApdu(kOk);
  wire.CommandApdu(Bytes{0x80, 0x10, 0x80, 0x00, 0x02, 0x01, 0x02, 0x00});
  wire.ResponseApdu(Bytes{0x00, 0xA0, 0x61, 0x02});
  wire.CommandApdu(Bytes{0x00, 0xC0, 0x00, 0x00, 0x00}).ResponseApdu(Bytes{0xF5, 0xF6, 0x90, 0x00});
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].request, (Bytes{0x01, 0xA1, 0x01, 0x02}));
  EXPECT_EQ(all[0].answer, (Bytes{0x00, 0xA0, 0xF5, 0xF6}));
  EXPECT_THAT(all[0].packets, SizeIs(6));
}

TEST(CardTrackerTest, PollingIsWaiting) {
  TestWire wire;
  wire.CommandApdu(kGetInfo).ResponseApdu(Bytes{0x02, 0x91, 0x00});
  wire.Pause(milliseconds(500)).CommandApdu(kPoll).ResponseApdu(Bytes{0x02, 0x91, 0x00});
  wire.CommandApdu(Bytes{0x80, 0x11, 0x11, 0x00, 0x00}).ResponseApdu(Concat({Bytes{0x2D}, kOk}));
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].keepalives, 2U);
  EXPECT_EQ(all[0].awaited_touch, milliseconds(504));
  EXPECT_TRUE(all[0].was_cancelled);
  EXPECT_EQ(all[0].answer, Bytes{0x2D});
}

TEST(CardTrackerTest, AMessageOfU2fIsTheSameAsOverEveryWire) {
  TestWire wire;
  wire.CommandApdu(Bytes{0x00, 0x03, 0x00, 0x00, 0x00})
      .ResponseApdu(Concat({ViewOf("U2F_V2"), kOk}));
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].protocol, Transaction::Protocol::kU2f);
  EXPECT_EQ(all[0].request, (Bytes{0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00}));
  EXPECT_EQ(all[0].answer, Concat({ViewOf("U2F_V2"), kOk}));
}

TEST(CardTrackerTest, ACtapMessageThatTheCardRefusesHasNoAnswer) {
  TestWire wire;
  wire.CommandApdu(kGetInfo).ResponseApdu(Bytes{0x69, 0x99});
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_FALSE(all[0].answer);
  EXPECT_EQ(all[0].status_word, 0x6999);
}

TEST(CardTrackerTest, WhatTheClientAbandonsHasNoAnswer) {
  TestWire wire;
  wire.CommandApdu(kGetInfo).ResponseApdu(Bytes{0x02, 0x91, 0x00});
  wire.CommandApdu(kSelect).ResponseApdu(kOk);
  wire.CommandApdu(kGetInfo).PowerUp();
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_FALSE(all[0].answer);
  EXPECT_TRUE(all[1].answer);
  EXPECT_FALSE(all[2].answer);
}

TEST(CardTrackerTest, WhatIsNoApduIsShownAllTheSame) {
  TestWire wire;
  wire.ResponseApdu(kOk).CommandApdu(Bytes{0x00}).ResponseApdu(Bytes{0x67, 0x00});
  const auto all = CardTransactions(wire);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].request, Bytes{0x00});
  EXPECT_EQ(all[0].status_word, 0x6700);
}

}  // namespace
}  // namespace keyrig::journal
