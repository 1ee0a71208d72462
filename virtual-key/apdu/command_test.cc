#include "virtual-key/apdu/command.h"

#include <gtest/gtest.h>

#include "harness/base/test_hex.h"

namespace keyrig::apdu {
namespace {

Command Parsed(std::string_view hex) {
  const auto command = Command::Parse(Hex(hex));
  EXPECT_TRUE(command) << hex;
  return command.value_or(Command());
}

void ExpectWrongLength(std::string_view hex) {
  const auto command = Command::Parse(Hex(hex));
  ASSERT_FALSE(command) << hex;
  EXPECT_EQ(command.error(), StatusWord::kWrongLength) << hex;
}

TEST(CommandTest, KnowsTheFourShortForms) {
  const Command header = Parsed("80120100");
  EXPECT_EQ(header.cla, 0x80);
  EXPECT_EQ(header.ins, 0x12);
  EXPECT_EQ(header.p1, 0x01);
  EXPECT_EQ(header.p2, 0x00);
  EXPECT_TRUE(header.data.empty());
  EXPECT_FALSE(header.le);
  EXPECT_FALSE(header.is_extended);

  EXPECT_EQ(Parsed("00C0000010").le, 16U);
  EXPECT_EQ(Parsed("00C0000000").le, 256U) << "zero stands for the most";

  const Command data = Parsed("80108000020405");
  EXPECT_EQ(data.data, Hex("0405"));
  EXPECT_FALSE(data.le);

  const Command both = Parsed("8010800001040A");
  EXPECT_EQ(both.data, Hex("04"));
  EXPECT_EQ(both.le, 10U);
}

TEST(CommandTest, KnowsTheThreeExtendedForms) {
  const Command le = Parsed("00030000000100");
  EXPECT_TRUE(le.is_extended);
  EXPECT_TRUE(le.data.empty());
  EXPECT_EQ(le.le, 256U);
  EXPECT_EQ(Parsed("00030000000000").le, 65'536U);

  const Command data = Parsed("801080000000020405");
  EXPECT_TRUE(data.is_extended);
  EXPECT_EQ(data.data, Hex("0405"));
  EXPECT_FALSE(data.le);

  const Command both = Parsed("8010800000000204050200");
  EXPECT_EQ(both.data, Hex("0405"));
  EXPECT_EQ(both.le, 512U);
}

TEST(CommandTest, AnExtendedLengthMayBeOfAnySize) {
  Bytes apdu = Hex("80100000000400");
  apdu.resize(apdu.size() + 1024, 0x5A);
  const auto command = Command::Parse(apdu);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->data, Bytes(1024, 0x5A));
}

TEST(CommandTest, TakesAnExtendedLengthOfZeroWithALe) {
  const Command command = Parsed("000300000000000000");
  EXPECT_TRUE(command.data.empty());
  EXPECT_EQ(command.le, 65'536U);
}

TEST(CommandTest, RefusesLengthsThatDoNotFit) {
  ExpectWrongLength("");
  ExpectWrongLength("801000");
  ExpectWrongLength("801000000304") /* two bytes are missing */;
  ExpectWrongLength("80100000010405FF") /* one byte after Le */;
  ExpectWrongLength("801000000000") /* half an extended length */;
  ExpectWrongLength("8010000000000304") /* extended, two bytes are missing */;
  ExpectWrongLength("80100000000001040A") /* extended, half a Le */;
  ExpectWrongLength("80100000000001040A0B0C");
}

TEST(CommandTest, TellsALinkOfAChainFromItsEnd) {
  EXPECT_TRUE(Parsed("90108000").IsLink());
  EXPECT_EQ(Parsed("90108000").Class(), kClassNfcCtap);
  EXPECT_FALSE(Parsed("80108000").IsLink());
}

TEST(CommandTest, TheExtendedFormIsTheSameCommand) {
  for (const std::string_view hex : {"00030000", "00010300024142", "0002070000000141"}) {
    const Command command = Parsed(hex);
    const auto again = Command::Parse(command.Extended());
    ASSERT_TRUE(again) << hex;
    EXPECT_TRUE(again->is_extended);
    EXPECT_EQ(again->ins, command.ins);
    EXPECT_EQ(again->p1, command.p1);
    EXPECT_EQ(again->data, command.data);
    EXPECT_EQ(again->le, 65'536U);
  }
  EXPECT_EQ(Parsed("00030000").Extended(), Hex("00030000000000"));
}

TEST(CommandTest, AResponseEndsInItsStatusWord) {
  EXPECT_EQ(Response(Hex("0102"), StatusWord::kSuccess), Hex("01029000"));
  EXPECT_EQ(Response({}, StatusWord::kUnknownClass), Hex("6E00"));
}

}  // namespace
}  // namespace keyrig::apdu
