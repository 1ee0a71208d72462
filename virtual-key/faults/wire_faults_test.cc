#include "virtual-key/faults/wire_faults.h"

#include <gmock/gmock.h>

namespace keyrig::faults {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WireFaultsTest : public testing::Test {
 protected:
  /// The packets of an answer of 150 bytes: an initial one and two continuations.
  static std::vector<HidReport> Packets() {
    std::vector<HidReport> packets(3);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      packets[i] = {1, 2, 3, 4, static_cast<std::uint8_t>(i == 0 ? 0x90 : i - 1)};
      packets[i][20] = static_cast<std::uint8_t>(i);
    }
    packets[0][6] = 150;
    return packets;
  }
  void Set(std::string_view text) { board_.Set(Fault::Parse(text).value()); }
  WireAnswer Send() { return SendAnswer(board_, Packets()); }
  /// Which packets go out, by what they carry.
  static std::vector<int> Carried(const std::vector<HidReport>& packets) {
    std::vector<int> carried;
    for (const HidReport& packet : packets) carried.push_back(packet[20]);
    return carried;
  }

  FaultBoard board_;
};

TEST_F(WireFaultsTest, WithoutFaultsAllGoesOut) {
  const WireAnswer answer = Send();
  EXPECT_EQ(answer.now, Packets());
  EXPECT_THAT(answer.later, IsEmpty());
  EXPECT_FALSE(answer.unplugs);
}

TEST_F(WireFaultsTest, PacketsAreDroppedDoubledAndSwapped) {
  Set("drop_packet=1");
  EXPECT_THAT(Carried(Send().now), ElementsAre(0, 2));
  Set("duplicate_packet=2");
  EXPECT_THAT(Carried(Send().now), ElementsAre(0, 1, 2, 2));
  Set("swap_packets=1");
  EXPECT_THAT(Carried(Send().now), ElementsAre(0, 2, 1));
}

TEST_F(WireFaultsTest, APacketThatIsNotThereIsWaitedFor) {
  Set("drop_packet=3");
  Set("swap_packets=2");
  Set("wrong_sequence=0");
  EXPECT_EQ(Send().now, Packets());
  EXPECT_EQ(board_.List().size(), 3U);
}

TEST_F(WireFaultsTest, PacketsAreLate) {
  Set("delay_packet=1:300ms");
  const WireAnswer answer = Send();
  EXPECT_THAT(Carried(answer.now), ElementsAre(0));
  EXPECT_THAT(Carried(answer.later), ElementsAre(1, 2));
  EXPECT_EQ(answer.delay, std::chrono::milliseconds(300));
}

TEST_F(WireFaultsTest, HeadersLie) {
  Set("wrong_sequence=1");
  EXPECT_NE(Send().now[1][4], Packets()[1][4]);
  Set("foreign_channel=2");
  EXPECT_NE(Send().now[2][3], Packets()[2][3]);
  Set("oversize");
  const HidReport first = Send().now[0];
  EXPECT_EQ(first[5] << 8 | first[6], 0xFFFF);
}

TEST_F(WireFaultsTest, TheAnswerIsReplacedLostOrCutOff) {
  Set("busy");
  const auto busy = Send().now;
  ASSERT_EQ(busy.size(), 1U);
  EXPECT_THAT(std::vector(busy[0].begin(), busy[0].begin() + 8),
              ElementsAre(1, 2, 3, 4, 0xBF, 0, 1, 0x06));
  Set("silence");
  EXPECT_THAT(Send().now, IsEmpty());
  Set("unplug=2");
  const WireAnswer cut = Send();
  EXPECT_THAT(Carried(cut.now), ElementsAre(0, 1));
  EXPECT_TRUE(cut.unplugs);
}

TEST_F(WireFaultsTest, InitRepliesHaveTheWrongLength) {
  std::vector<HidReport> replies(2);
  replies[0][4] = 0x86;
  replies[0][6] = 17;
  replies[1][4] = 0x81;
  replies[1][6] = 17;
  Set("short_init");
  TamperWithInit(board_, replies);
  EXPECT_EQ(replies[0][6], 16);
  EXPECT_EQ(replies[1][6], 17) << "a PING";
  Set("long_init");
  TamperWithInit(board_, replies);
  EXPECT_EQ(replies[0][6], 18);
}

}  // namespace
}  // namespace keyrig::faults
