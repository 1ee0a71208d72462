#include <gtest/gtest.h>

#include "virtual-key/journal/test_wire.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

using ctaphid::Command;
using std::chrono::milliseconds;

std::string TextOf(Wire on, const TestWire& wire) {
  const auto writer = MakeWriter(Format::kText, on, "uhid");
  std::string text = writer->Begin();
  for (const Entry& entry : wire.Entries()) text += writer->Write(entry);
  return text + writer->End();
}

TEST(TextWriterTest, SaysWhatHappenedMemberByMember) {
  TestWire wire;
  wire.PowerUp();
  wire.ToKey(7, Command::kCbor, Message(0x02, cbor::Map{{1, "a.example"}, {2, Bytes(32, 0xC1)}}));
  wire.KeepAlive(7, 2).Pause(milliseconds(1250));
  const Bytes data = Concat({Bytes(32, 0x11), Bytes{0x01, 0, 0, 0, 9}});
  wire.FromKey(7, Command::kCbor, Message(0x00, cbor::Map{{2, data}, {3, Bytes{1, 2}}}));
  EXPECT_EQ(TextOf(Wire::kHid, wire), R"(uhid key, seconds since 2023-11-14T22:13:20.000Z
    0.000  power up
    0.001  OK                       authenticatorGetAssertion  [00000007]  1252 ms, 1+1 packets, waited 1251 ms for a touch, 1 keepalive
           > rpId                   "a.example"
           > clientDataHash         h'c1c1c1c1c1c1c1c1… 32 bytes'
           < authData               h'1111111111111111… 37 bytes'
           < signature              h'0102'
           | rpIdHash               1111111111111111… 32 bytes
           | flags                  UP
           | signCount              9
)");
}

TEST(TextWriterTest, SaysWhatDidNotWorkOut) {
  TestWire wire;
  wire.ToKey(7, Command::kCbor, Bytes{0x0B}).ToKey(7, Command::kCancel, {});
  wire.ToKey(8, Command::kPing, Bytes{0xAB}).FromKey(8, Command::kError, Bytes{0x06});
  EXPECT_EQ(TextOf(Wire::kHid, wire), R"(uhid key, seconds since 2023-11-14T22:13:20.000Z
    0.002  CTAPHID ERR_CHANNEL_BUSY  CTAPHID_PING  [00000008]  1.0 ms, 1+1 packets
           > data                   h'ab'
    0.000  no answer                authenticatorSelection  [00000007]  1.0 ms, 2+0 packets, cancelled
)");
}

TEST(TextWriterTest, ACardHasNoChannels) {
  TestWire wire;
  wire.CommandApdu(Bytes{0x00, 0x03, 0x00, 0x00, 0x00}).ResponseApdu(Bytes{0x6D, 0x00});
  EXPECT_EQ(TextOf(Wire::kCard, wire), R"(uhid key, seconds since 2023-11-14T22:13:20.000Z
    0.000  6d00 UNKNOWN_INSTRUCTION  U2F_VERSION  1.0 ms, 1+1 packets
)");
}

TEST(TextWriterTest, SaysWhatIsMissing) {
  EXPECT_EQ(MakeWriter(Format::kText, Wire::kHid, "uhid")->Lose(12),
            "           12 packets are not kept any more\n");
}

}  // namespace
}  // namespace keyrig::journal
