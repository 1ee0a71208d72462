#include "virtual-key/journal/journal.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "virtual-key/journal/test_wire.h"

namespace keyrig::journal {
namespace {

using ctaphid::Command;
using testing::HasSubstr;
using testing::Not;

constexpr ctaphid::ChannelId kChannel = 7;

class JournalTest : public testing::Test {
 protected:
  void Note(const TestWire& wire) {
    for (const Entry& entry : wire.Entries()) journal_.Note(entry);
  }
  void Ping(std::uint8_t mark) {
    TestWire wire;
    wire.ToKey(kChannel, Command::kPing, Bytes{mark})
        .FromKey(kChannel, Command::kPing, Bytes{mark});
    Note(wire);
  }
  std::string Kept() const {
    std::string text;
    journal_.Read(Format::kJsonLines, /*follow=*/false, {}, [&](std::string_view piece) {
      text += piece;
      return true;
    });
    return text;
  }

  Journal journal_{Wire::kHid, "memory", /*room=*/2000};
};

TEST_F(JournalTest, WithoutPacketsThereIsNothingToRead) { EXPECT_EQ(Kept(), ""); }

TEST_F(JournalTest, GivesEveryReaderAllThatIsKept) {
  Ping(0xA1);
  EXPECT_THAT(Kept(), HasSubstr("h'a1'"));
  EXPECT_EQ(Kept(), Kept());
}

TEST_F(JournalTest, WhatIsUnderWayIsReadAsFarAsItHasCome) {
  Note(TestWire().ToKey(kChannel, Command::kPing, Bytes{0xA1}));
  EXPECT_THAT(Kept(), HasSubstr("\"no answer\""));
}

TEST_F(JournalTest, ForgetsTheOldestAndSaysSo) {
  for (std::uint8_t mark = 0x10; mark < 0x30; ++mark) Ping(mark);
  EXPECT_THAT(Kept(), HasSubstr(R"({"kind":"lost","transport":"memory","packets":)"));
  EXPECT_THAT(Kept(), Not(HasSubstr("h'10'")));
  EXPECT_THAT(Kept(), HasSubstr("h'2f'"));
}

TEST_F(JournalTest, FollowsUntilItIsStoppedAndLosesNothingOfWhatCameBefore) {
  std::string text;
  std::atomic<bool> has_begun = false;
  std::jthread reader([&](const std::stop_token& stop) {
    journal_.Read(Format::kJsonLines, /*follow=*/true, stop, [&](std::string_view piece) {
      text += piece;
      has_begun = true;
      return true;
    });
  });
  Ping(0xA1);
  while (!has_begun) std::this_thread::yield();
  Ping(0xA2);
  reader.request_stop();
  reader.join();
  EXPECT_THAT(text, HasSubstr("h'a1'"));
  EXPECT_THAT(text, HasSubstr("h'a2'"));
}

TEST_F(JournalTest, AReaderThatIsGoneIsFollowedNoMore) {
  Ping(0xA1);
  journal_.Read(Format::kPcapng, /*follow=*/true, {}, [](std::string_view) { return false; });
}

TEST(JournalFormatTest, IsKnownByNameAndByEnding) {
  EXPECT_EQ(FormatOf("text"), Format::kText);
  EXPECT_EQ(FormatOf("jsonl"), Format::kJsonLines);
  EXPECT_EQ(FormatOf("pcapng"), Format::kPcapng);
  EXPECT_EQ(FormatOf("pcap"), std::nullopt);
  EXPECT_EQ(FormatByEnding("key.txt"), Format::kText);
  EXPECT_EQ(FormatByEnding("/tmp/key.log"), Format::kText);
  EXPECT_EQ(FormatByEnding("key.jsonl"), Format::kJsonLines);
  EXPECT_EQ(FormatByEnding("key.1.pcapng"), Format::kPcapng);
  EXPECT_EQ(FormatByEnding("key.json"), std::nullopt);
}

}  // namespace
}  // namespace keyrig::journal
