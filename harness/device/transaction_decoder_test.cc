#include "harness/device/transaction_decoder.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "harness/base/cbor.h"

namespace keyrig::device {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ByteArray<4> kChannel = {0, 0, 0, 7};
constexpr ByteArray<4> kForeignChannel = {0, 0, 0, 8};
constexpr std::uint8_t kCbor = 0x90;
constexpr std::uint8_t kKeepalive = 0xBB;
constexpr std::uint8_t kError = 0xBF;
constexpr std::uint8_t kInit = 0x86;

/// The packets of a message (CTAP 2.1 §11.2.4), put together by hand.
std::vector<HidReport> Packets(ByteArray<4> channel, std::uint8_t command, ByteView payload) {
  std::vector<HidReport> packets;
  Bytes head =
      Concat({channel, Bytes{command}, BigEndian16(static_cast<std::uint16_t>(payload.size()))});
  std::uint8_t sequence = 0;
  do {
    HidReport packet{};
    const std::size_t taken = std::min(payload.size(), packet.size() - head.size());
    std::ranges::copy(head, packet.begin());
    std::ranges::copy(payload.first(taken),
                      packet.begin() + static_cast<std::ptrdiff_t>(head.size()));
    packets.push_back(packet);
    payload = payload.subspan(taken);
    head = Concat({channel, Bytes{sequence++}});
  } while (!payload.empty());
  return packets;
}

class TransactionDecoderTest : public testing::Test {
 protected:
  void Send(std::uint8_t command, ByteView payload) {
    for (const HidReport& packet : Packets(kChannel, command, payload)) decoder_.Sent(packet);
  }
  void Receive(std::uint8_t command, ByteView payload, ByteArray<4> channel = kChannel) {
    for (const HidReport& packet : Packets(channel, command, payload)) decoder_.Received(packet);
  }
  EventStream events_;
  TransactionDecoder decoder_{events_, "station"};
};

TEST_F(TransactionDecoderTest, IsSilentUntilACommandIsAnswered) {
  EXPECT_THAT(events_.Events(), IsEmpty());
  Send(kCbor, Bytes{0x04});
  EXPECT_THAT(events_.Events(), IsEmpty());
}

TEST_F(TransactionDecoderTest, NamesCommandStatusAndMembers) {
  Send(kCbor, Concat({Bytes{0x06}, cbor::Encode(cbor::Map{{1, 2}, {2, 1}})}));
  Receive(kCbor, Concat({Bytes{0x00}, cbor::Encode(cbor::Map{{3, 8}})}));
  ASSERT_THAT(events_.Events(), SizeIs(1));
  const Event event = events_.Events().front();
  EXPECT_EQ(event.source, "station");
  EXPECT_EQ(event.kind, "ctap.transaction");
  EXPECT_EQ(event.Field("command"), "authenticatorClientPIN getPINRetries");
  EXPECT_EQ(event.Field("request"), "{1 /pinUvAuthProtocol/: 2, 2 /subCommand/: 1}");
  EXPECT_EQ(event.Field("status"), "OK");
  EXPECT_EQ(event.Field("response"), "{3 /pinRetries/: 8}");
}

TEST_F(TransactionDecoderTest, PutsLongMessagesTogether) {
  const Bytes hash(200, 0xAB);
  Send(kCbor, Concat({Bytes{0x01}, cbor::Encode(cbor::Map{{1, hash}})}));
  Receive(kCbor, Bytes{0x19});
  ASSERT_THAT(events_.Events(), SizeIs(1));
  EXPECT_EQ(events_.Events()[0].Field("request"), "{1 /clientDataHash/: h'" + ToHex(hash) + "'}");
  EXPECT_EQ(events_.Events()[0].Field("status"), "CREDENTIAL_EXCLUDED");
}

TEST_F(TransactionDecoderTest, ShowsSecretsOnlyInMarkedFields) {
  Send(kCbor, Concat({Bytes{0x06}, cbor::Encode(cbor::Map{{2, 3}, {5, Bytes{0x11, 0x22}}})}));
  Receive(kCbor, Bytes{0x00});
  const Event event = events_.Events().at(0);
  EXPECT_EQ(event.Field("request"), "{2 /subCommand/: 3, 5 /newPinEnc/: /secret/}");
  EXPECT_EQ(event.fields.back(), (EventField{"request.newPinEnc", "h'1122'", true}));
}

TEST_F(TransactionDecoderTest, CountsKeepalivesBeside) {
  Send(kCbor, Bytes{0x0B});
  Receive(kKeepalive, Bytes{2});
  Receive(kKeepalive, Bytes{2});
  Receive(kCbor, Bytes{0x00});
  EXPECT_EQ(events_.Events().at(0).beside.at(0), (EventField{"keepalives", "2", false}));
}

TEST_F(TransactionDecoderTest, IgnoresAnswersToOtherClients) {
  Send(kCbor, Bytes{0x0B});
  Receive(kCbor, Bytes{0x2F}, kForeignChannel);
  EXPECT_THAT(events_.Events(), IsEmpty());
  Receive(kCbor, Bytes{0x00});
  EXPECT_EQ(events_.Events().at(0).Field("status"), "OK");
}

TEST_F(TransactionDecoderTest, IgnoresChannelAllocation) {
  Send(kInit, Bytes(8, 1));
  Receive(kInit, Bytes(17, 1));
  EXPECT_THAT(events_.Events(), IsEmpty());
}

TEST_F(TransactionDecoderTest, ReportsAnErrorOfTheLine) {
  Send(kCbor, Bytes{0x04});
  Receive(kError, Bytes{0x06});
  EXPECT_EQ(events_.Events().at(0).Field("status"), "CTAPHID ERR_CHANNEL_BUSY");
}

TEST_F(TransactionDecoderTest, ShowsWhatIsNoCborAsHex) {
  Send(kCbor, Bytes{0x04});
  Receive(kCbor, Bytes{0x00, 0xFF});
  EXPECT_THAT(std::string(events_.Events().at(0).Field("response")), HasSubstr("h'ff'"));
}

TEST(MessageReassemblerTest, DropsAMessageWithAMissingPacket) {
  MessageReassembler reassembler;
  auto packets = Packets(kChannel, kCbor, Bytes(200, 1));
  packets.erase(packets.begin() + 1);
  for (const HidReport& packet : packets) EXPECT_FALSE(reassembler.Receive(packet));
  EXPECT_TRUE(reassembler.Receive(Packets(kChannel, kCbor, Bytes{1}).front()));
}

}  // namespace
}  // namespace keyrig::device
