#include "virtual-key/faults/fault.h"

#include <gmock/gmock.h>

#include <set>

#include "virtual-key/faults/fault_board.h"

namespace keyrig::faults {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Fault Read(std::string_view text) { return Fault::Parse(text).value(); }

TEST(FaultTest, EveryKnobHasAnUnmistakableName) {
  std::set<std::string> names;
  std::set<Kind> kinds;
  for (const Knob& knob : Catalogue()) {
    EXPECT_TRUE(names.insert(knob.name).second) << knob.name;
    EXPECT_TRUE(kinds.insert(knob.kind).second) << knob.name;
    EXPECT_EQ(&KnobOf(knob.kind), &knob);
  }
}

TEST(FaultTest, TextAndFaultAreOneToOne) {
  for (const char* text :
       {"drop_packet=1 once", "delay_packet=0:300ms always", "slow=3000ms 2 times",
        "status=makeCredential:0x27 once", "status=any:0x7F always", "missing_member=2 once",
        "missing_member=-1 once", "bad_signature always"}) {
    EXPECT_EQ(Read(text).Text(), text);
  }
}

TEST(FaultTest, ReadsWhatItIsTold) {
  const Fault delayed = Read("delay_packet=2:1s 3 times");
  EXPECT_EQ(delayed.kind, Kind::kDelayPacket);
  EXPECT_EQ(delayed.packet, 2U);
  EXPECT_EQ(delayed.duration, std::chrono::seconds(1));
  EXPECT_EQ(delayed.times, 3U);
  const Fault refused = Read("status=getAssertion:46");
  EXPECT_EQ(refused.command, 2);
  EXPECT_EQ(refused.status, 0x2E);
  EXPECT_EQ(refused.times, 1U);
}

TEST(FaultTest, WhatItDoesNotUnderstandIsSaidByName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"drop_paket=1", "did you mean \"drop_packet\""},
      {"drop_packet", "needs an argument"},
      {"drop_packet=129", "the last 128"},
      {"drop_packet=x", "no packet's number"},
      {"silence=1", "takes no argument"},
      {"delay_packet=1", "names no time"},
      {"delay_packet=1:soon", "no duration"},
      {"slow=3", "no duration"},
      {"status=makeCredential", "no command and status"},
      {"status=makeCredentials:0x27", "did you mean \"makeCredential\""},
      {"status=any:0x00", "no command and status"},
      {"status=any:0x100", "no command and status"},
      {"missing_member=a", "no member's number"},
      {"silence twice", "once, 3 times or always"},
      {"silence 0 times", "once, 3 times or always"},
  };
  for (const auto& [text, words] : wrong) {
    const auto parsed = Fault::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(words)) << text;
  }
}

TEST(FaultBoardTest, AFaultIsTakenAsOftenAsItSays) {
  FaultBoard board;
  board.Set(Read("silence 2 times"));
  board.Set(Read("busy always"));
  EXPECT_TRUE(board.Take(Kind::kSilence));
  EXPECT_TRUE(board.Take(Kind::kSilence));
  EXPECT_FALSE(board.Take(Kind::kSilence));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(board.Take(Kind::kBusy));
  EXPECT_FALSE(board.Take(Kind::kStall)) << "it was never set";
}

TEST(FaultBoardTest, TheLastOfAKindCounts) {
  FaultBoard board;
  board.Set(Read("drop_packet=1 always"));
  board.Set(Read("drop_packet=2"));
  EXPECT_THAT(board.List(), ElementsAre(Read("drop_packet=2")));
  board.Clear();
  EXPECT_THAT(board.List(), IsEmpty());
}

TEST(FaultBoardTest, WhatDoesNotApplyIsKept) {
  FaultBoard board;
  board.Set(Read("drop_packet=5"));
  EXPECT_FALSE(board.Take(Kind::kDropPacket, [](const Fault& fault) { return fault.packet < 3; }));
  EXPECT_TRUE(board.Take(Kind::kDropPacket, [](const Fault& fault) { return fault.packet < 9; }));
}

}  // namespace
}  // namespace keyrig::faults
