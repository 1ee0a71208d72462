#include "virtual-key/transport/vpcd_message.h"

#include <gtest/gtest.h>

#include "harness/base/test_hex.h"

namespace keyrig::transport {
namespace {

TEST(VpcdMessageTest, TellsOrdersFromApdus) {
  VpcdStream stream;
  stream.Append(
      Hex("000101"
          "000480120100"
          "000104"
          "000100"
          "000102"));
  EXPECT_EQ(stream.Take(), VpcdMessage(VpcdOrder::kPowerOn));
  EXPECT_EQ(stream.Take(), VpcdMessage(Hex("80120100")));
  EXPECT_EQ(stream.Take(), VpcdMessage(VpcdOrder::kGetAtr));
  EXPECT_EQ(stream.Take(), VpcdMessage(VpcdOrder::kPowerOff));
  EXPECT_EQ(stream.Take(), VpcdMessage(VpcdOrder::kReset));
  EXPECT_EQ(stream.Take(), std::nullopt);
}

TEST(VpcdMessageTest, WaitsForTheRestOfAMessage) {
  VpcdStream stream;
  for (const std::uint8_t byte : Hex("0004801201")) {
    stream.Append(Bytes{byte});
    EXPECT_EQ(stream.Take(), std::nullopt);
  }
  stream.Append(Hex("00"));
  EXPECT_EQ(stream.Take(), VpcdMessage(Hex("80120100")));
}

TEST(VpcdMessageTest, PassesOverWhatItDoesNotKnow) {
  VpcdStream stream;
  stream.Append(
      Hex("0000"
          "000177"
          "000104"));
  EXPECT_EQ(stream.Take(), VpcdMessage(VpcdOrder::kGetAtr));
}

TEST(VpcdMessageTest, AFrameBeginsWithItsLength) {
  EXPECT_EQ(VpcdFrame(Hex("9000")), Hex("00029000"));
  EXPECT_EQ(VpcdFrame(Bytes(300, 1)).size(), 302U);
}

TEST(VpcdMessageTest, TheAtrIsThatOfAContactlessCard) {
  const Bytes atr = ContactlessAtr({0xAA, 0xBB, 0xCC});
  EXPECT_EQ(ToHex(ByteView(atr).first(4)), "3b8f8001") << "15 historical bytes, T=0 and T=1";
  ASSERT_EQ(atr.size(), 4U + 15 + 1);
  std::uint8_t check = 0;
  for (const std::uint8_t byte : ByteView(atr).subspan(1)) check ^= byte;
  EXPECT_EQ(check, 0) << "with its check byte it sums up to nothing";
  EXPECT_NE(ContactlessAtr({0xAA, 0xBB, 0xCD}), atr);
}

}  // namespace
}  // namespace keyrig::transport
