#include "virtual-key/ctaphid/framing.h"

#include <gmock/gmock.h>

namespace keyrig::ctaphid {
namespace {

Bytes Counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return bytes;
}

Message Join(const std::vector<HidReport>& reports) {
  Assembler assembler;
  assembler.Begin(reports.front());
  for (std::size_t i = 1; i < reports.size(); ++i) EXPECT_TRUE(assembler.Continue(reports[i]));
  EXPECT_TRUE(assembler.IsComplete());
  return assembler.Take();
}

TEST(FramingTest, AnEmptyMessageTakesOnePacket) {
  const auto reports = Split(0x01020304, Command::kWink, {});
  ASSERT_EQ(reports.size(), 1U);
  HidReport expected{0x01, 0x02, 0x03, 0x04, 0x88, 0x00, 0x00};
  EXPECT_EQ(reports[0], expected);
}

TEST(FramingTest, PacketsAreFilledInOrderAndPaddedWithZeros) {
  const Bytes payload = Counting(57 + 59 + 1);
  const auto reports = Split(0xA0B0C0D0, Command::kCbor, payload);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(ToHex(ByteView(reports[0]).first(8)), "a0b0c0d090007501");
  EXPECT_EQ(ToHex(ByteView(reports[1]).first(6)),
            "a0b0c0d000" + ToHex(ByteView(payload).subspan(57, 1)));
  EXPECT_EQ(ToHex(ByteView(reports[2]).first(6)), "a0b0c0d001" + ToHex(ByteView(payload).last(1)));
  EXPECT_THAT(ByteView(reports[2]).subspan(6), testing::Each(0));
}

TEST(FramingTest, EveryLengthAroundAPacketBoundaryComesBackWhole) {
  for (const std::size_t size : {0U, 1U, 56U, 57U, 58U, 115U, 116U, 117U, 1768U, 7608U, 7609U}) {
    const Message message{0x11223344, Command::kPing, Counting(size)};
    EXPECT_EQ(Join(Split(message.channel, message.command, message.payload)), message) << size;
  }
  EXPECT_EQ(Split(1, Command::kPing, Counting(1768)).size(), 30U);
  EXPECT_EQ(Split(1, Command::kPing, Counting(7609)).size(), 129U);
  EXPECT_EQ(Split(1, Command::kPing, Counting(7609)).back()[4], 0x7F);
}

TEST(FramingTest, OnlyTheNextPacketOfTheSameChannelContinues) {
  const auto reports = Split(0x11223344, Command::kPing, Counting(200));
  Assembler assembler;
  assembler.Begin(reports[0]);
  EXPECT_FALSE(assembler.Continue(reports[2])) << "a packet is missing";
  EXPECT_FALSE(assembler.Continue(reports[0])) << "an initialization packet";
  EXPECT_FALSE(assembler.Continue(Split(0x55667788, Command::kPing, Counting(200))[1]));
  EXPECT_TRUE(assembler.Continue(reports[1]));
  EXPECT_FALSE(assembler.Continue(reports[1])) << "the same one again";
  EXPECT_FALSE(assembler.IsComplete());
}

}  // namespace
}  // namespace keyrig::ctaphid
