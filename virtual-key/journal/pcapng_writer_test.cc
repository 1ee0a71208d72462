// What is written is read back by the letter of draft-ietf-opsawg-pcapng and of the link types.
#include <gmock/gmock.h>

#include <map>

#include "harness/base/hid.h"
#include "virtual-key/journal/test_wire.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

using ctaphid::Command;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Takes little-endian numbers off the front of bytes.
class LittleEndian {
 public:
  explicit LittleEndian(ByteView bytes) : rest_(bytes) {}
  std::uint64_t Take(std::size_t size) {
    std::uint64_t value = 0;
    const ByteView bytes = TakeBytes(size);
    for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
    return value;
  }
  ByteView TakeBytes(std::size_t size) {
    if (size > rest_.size()) {
      ADD_FAILURE() << "wants " << size << " bytes of " << rest_.size();
      size = rest_.size();
    }
    const ByteView bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  ByteView Rest() const { return rest_; }

 private:
  ByteView rest_;
};

struct PcapPacket {
  std::uint64_t time = 0;
  Bytes data;
  std::map<std::uint16_t, Bytes> options;
};
struct PcapFile {
  std::uint64_t link_type = 0;
  std::string interface_name;
  std::vector<PcapPacket> packets;
};

std::map<std::uint16_t, Bytes> ReadOptions(LittleEndian from) {
  std::map<std::uint16_t, Bytes> options;
  while (!from.Rest().empty()) {
    const auto code = static_cast<std::uint16_t>(from.Take(2));
    const std::size_t size = from.Take(2);
    if (code == 0) {
      EXPECT_EQ(size, 0U);
      EXPECT_THAT(from.Rest(), IsEmpty()) << "opt_endofopt comes last";
      return options;
    }
    options[code] = ToBytes(from.TakeBytes(size));
    from.TakeBytes((4 - size % 4) % 4);
  }
  EXPECT_THAT(options, IsEmpty()) << "opt_endofopt is missing";
  return options;
}

PcapFile ReadPcapng(const std::string& text) {
  PcapFile file;
  LittleEndian blocks(ViewOf(text));
  for (int number = 0; !blocks.Rest().empty(); ++number) {
    const std::uint64_t type = blocks.Take(4);
    const std::size_t length = blocks.Take(4);
    EXPECT_EQ(length % 4, 0U);
    LittleEndian body(blocks.TakeBytes(length - 12));
    EXPECT_EQ(blocks.Take(4), length) << "the length stands at both ends";
    EXPECT_EQ(type, number == 0 ? 0x0A0D0D0AU : number == 1 ? 1U : 6U);
    if (type == 0x0A0D0D0A) {
      EXPECT_EQ(body.Take(4), 0x1A2B3C4DU);
      EXPECT_EQ(body.Take(4), 1U) << "version 1.0";
      EXPECT_EQ(body.Take(8), ~std::uint64_t{0});
      ReadOptions(body);
    } else if (type == 1) {
      file.link_type = body.Take(2);
      EXPECT_EQ(body.Take(2), 0U);
      EXPECT_EQ(body.Take(4), 0U) << "no limit";
      file.interface_name = AsText(ReadOptions(body)[2]);
    } else {
      PcapPacket packet;
      EXPECT_EQ(body.Take(4), 0U) << "of the only interface";
      packet.time = body.Take(4) << 32;
      packet.time |= body.Take(4);
      const std::size_t size = body.Take(4);
      EXPECT_EQ(body.Take(4), size) << "whole";
      packet.data = ToBytes(body.TakeBytes(size));
      body.TakeBytes((4 - size % 4) % 4);
      packet.options = ReadOptions(body);
      file.packets.push_back(std::move(packet));
    }
  }
  return file;
}

PcapFile PcapOf(Wire on, const TestWire& wire) {
  const auto writer = MakeWriter(Format::kPcapng, on, "uhid");
  std::string text = writer->Begin();
  for (const Entry& entry : wire.Entries()) text += writer->Write(entry);
  return ReadPcapng(text + writer->End());
}

/// The members of usbmon's header that say what a packet is.
struct UsbHeader {
  char type = 0;
  std::uint64_t transfer = 0, endpoint = 0, length = 0, captured = 0;
  std::int64_t seconds = 0, microseconds = 0;
  bool has_setup = false, has_data = false;
  Bytes setup;
  Bytes data;
};
UsbHeader ReadUsb(const PcapPacket& packet) {
  UsbHeader header;
  LittleEndian bytes(packet.data);
  bytes.Take(8);
  header.type = static_cast<char>(bytes.Take(1));
  header.transfer = bytes.Take(1);
  header.endpoint = bytes.Take(1);
  EXPECT_EQ(bytes.Take(1), 1U) << "device";
  EXPECT_EQ(bytes.Take(2), 1U) << "bus";
  header.has_setup = bytes.Take(1) == 0;
  header.has_data = bytes.Take(1) == 0;
  header.seconds = static_cast<std::int64_t>(bytes.Take(8));
  header.microseconds = static_cast<std::int64_t>(bytes.Take(4));
  bytes.Take(4);
  header.length = bytes.Take(4);
  header.captured = bytes.Take(4);
  header.setup = ToBytes(bytes.TakeBytes(8));
  EXPECT_THAT(bytes.TakeBytes(16), testing::Each(0));
  header.data = ToBytes(bytes.Rest());
  EXPECT_EQ(header.data.size(), header.captured);
  return header;
}

std::string CommentOf(const PcapPacket& packet) {
  const auto found = packet.options.find(1);
  return found == packet.options.end() ? "" : std::string(AsText(found->second));
}

constexpr std::size_t kDescriptorPackets = 4;

TEST(PcapngWriterTest, ReportsAreInterruptTransfers) {
  TestWire wire;
  wire.ToKey(7, Command::kCbor, Bytes{0x04}).FromKey(7, Command::kCbor, Message(0, cbor::Map{}));
  const PcapFile file = PcapOf(Wire::kHid, wire);
  EXPECT_EQ(file.link_type, 220U);
  EXPECT_EQ(file.interface_name, "uhid");
  ASSERT_THAT(file.packets, SizeIs(kDescriptorPackets + 2));
  const UsbHeader out = ReadUsb(file.packets[4]);
  EXPECT_EQ(out.type, 'S');
  EXPECT_EQ(out.transfer, 1U);
  EXPECT_EQ(out.endpoint, 0x04U);
  EXPECT_FALSE(out.has_setup);
  EXPECT_TRUE(out.has_data);
  EXPECT_EQ(out.data, wire.Entries()[0].packet);
  EXPECT_EQ(out.seconds, 1'700'000'000);
  const UsbHeader in = ReadUsb(file.packets[5]);
  EXPECT_EQ(in.type, 'C');
  EXPECT_EQ(in.endpoint, 0x84U);
  EXPECT_EQ(in.data, wire.Entries()[1].packet);
  EXPECT_EQ(in.microseconds, 1000);
  EXPECT_EQ(file.packets[5].time, 1'700'000'000'001'000U);
}

TEST(PcapngWriterTest, ADeviceWithFidoReportsIsDescribedFirst) {
  const PcapFile file = PcapOf(Wire::kHid, TestWire().ToKey(7, Command::kCbor, Bytes{0x04}));
  ASSERT_THAT(file.packets, SizeIs(kDescriptorPackets + 1));
  EXPECT_EQ(ReadUsb(file.packets[0]).setup, (Bytes{0x80, 6, 0, 2, 0, 0, 41, 0}));
  const Bytes configuration = ReadUsb(file.packets[1]).data;
  ASSERT_THAT(configuration, SizeIs(41));
  EXPECT_EQ(configuration[14], 3) << "the class of the interface: HID";
  EXPECT_EQ(configuration[25], kFidoReportDescriptor.size());
  EXPECT_EQ(ReadUsb(file.packets[2]).setup, (Bytes{0x81, 6, 0, 0x22, 0, 0, 34, 0}));
  EXPECT_EQ(ReadUsb(file.packets[3]).data, ToBytes(kFidoReportDescriptor));
  for (std::size_t i = 0; i < kDescriptorPackets; ++i) {
    EXPECT_EQ(CommentOf(file.packets[i]), "made up, so that readers know the device");
  }
}

TEST(PcapngWriterTest, TheLastPacketSaysWhatItWas) {
  TestWire wire;
  wire.ToKey(7, Command::kCbor, Bytes{0x04}).FromKey(7, Command::kCbor, Bytes(100, 0x27));
  const PcapFile file = PcapOf(Wire::kHid, wire);
  ASSERT_THAT(file.packets, SizeIs(kDescriptorPackets + 3));
  EXPECT_EQ(CommentOf(file.packets[4]), "");
  EXPECT_EQ(CommentOf(file.packets[5]), "");
  EXPECT_EQ(CommentOf(file.packets[6]), "authenticatorGetInfo: OPERATION_DENIED");
}

TEST(PcapngWriterTest, ApdusAreBlocksOfIso14443) {
  TestWire wire;
  wire.PowerUp();
  wire.CommandApdu(Bytes{0x00, 0xA4, 0x04, 0x00}).ResponseApdu(Bytes{0x6A, 0x82});
  wire.CommandApdu(Bytes{0x00, 0xC0, 0x00, 0x00}).ResponseApdu(Bytes{0x69, 0x85});
  const PcapFile file = PcapOf(Wire::kCard, wire);
  EXPECT_EQ(file.link_type, 264U);
  std::vector<Bytes> data;
  for (const PcapPacket& packet : file.packets) data.push_back(packet.data);
  EXPECT_THAT(data, ElementsAre(Bytes{0, 0xFC, 0, 0},  //
                                Bytes{0, 0xFA, 0, 5, 0x02, 0x00, 0xA4, 0x04, 0x00},
                                Bytes{0, 0xFB, 0, 3, 0x02, 0x6A, 0x82},
                                Bytes{0, 0xFA, 0, 5, 0x03, 0x00, 0xC0, 0x00, 0x00},
                                Bytes{0, 0xFB, 0, 3, 0x03, 0x69, 0x85}));
  EXPECT_EQ(CommentOf(file.packets[2]), "SELECT: 6a82 FILE_NOT_FOUND");
}

TEST(PcapngWriterTest, WhatIsMissingIsCountedAtTheNextPacket) {
  const auto writer = MakeWriter(Format::kPcapng, Wire::kCard, "nfc");
  std::string text = writer->Begin() + writer->Lose(3);
  const TestWire wire = TestWire().CommandApdu(Bytes{0x00}).ResponseApdu(Bytes{0x67, 0x00});
  for (const Entry& entry : wire.Entries()) text += writer->Write(entry);
  const PcapFile file = ReadPcapng(text);
  ASSERT_THAT(file.packets, SizeIs(2));
  EXPECT_EQ(file.packets[0].options.at(4), (Bytes{3, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(file.packets[1].options.contains(4));
}

}  // namespace
}  // namespace keyrig::journal
