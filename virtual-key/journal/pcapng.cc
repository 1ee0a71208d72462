#include "virtual-key/journal/pcapng.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <string_view>
#include <utility>

#include "harness/base/hid.h"

namespace keyrig::journal::pcapng {
namespace {

constexpr std::uint32_t kSectionHeaderBlock = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceBlock = 1;
constexpr std::uint32_t kEnhancedPacketBlock = 6;

constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kUserApplication = 4;
constexpr std::uint16_t kDropCount = 4;  // of a packet

template <std::integral T>
void Put(T value, std::string& to) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    to += static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFF);
  }
}

void PutPadding(std::string& to) { to.resize((to.size() + 3) / 4 * 4); }

void PutOption(std::uint16_t code, std::string_view value, std::string& to) {
  Put(code, to);
  Put(static_cast<std::uint16_t>(value.size()), to);
  to += value;
  PutPadding(to);
}

std::string Block(std::uint32_t type, std::string body) {
  PutPadding(body);
  constexpr std::uint32_t kAround = 12;  // type, and the length on both ends
  const auto length = static_cast<std::uint32_t>(body.size()) + kAround;
  std::string block;
  Put(type, block);
  Put(length, block);
  block += body;
  Put(length, block);
  return block;
}

std::string Packet(Instant at, const std::string& data, const PacketNotes& notes) {
  const auto time = static_cast<std::uint64_t>(at.time_since_epoch().count());
  std::string body;
  Put(std::uint32_t{0}, body);  // the interface
  Put(static_cast<std::uint32_t>(time >> 32), body);
  Put(static_cast<std::uint32_t>(time), body);
  Put(static_cast<std::uint32_t>(data.size()), body);
  Put(static_cast<std::uint32_t>(data.size()), body);
  body += data;
  PutPadding(body);
  if (!notes.comment.empty()) PutOption(kComment, notes.comment, body);
  if (notes.lost > 0) {
    std::string lost;
    Put(notes.lost, lost);
    PutOption(kDropCount, lost, body);
  }
  if (!notes.comment.empty() || notes.lost > 0) PutOption(kEndOfOptions, {}, body);
  return Block(kEnhancedPacketBlock, std::move(body));
}

enum class Transfer : std::uint8_t { kInterrupt = 1, kControl = 2 };
constexpr std::uint8_t kIn = 0x80;
constexpr std::uint8_t kEndpoint = 4;

/// One event of a USB request block, as usbmon's mmap interface has it.
struct UsbEvent {
  std::uint64_t urb;
  Transfer transfer;
  std::uint8_t endpoint;  // with kIn
  bool is_submitted;      // else completed
  std::uint32_t length;   // of the transfer
  Bytes setup;            // eight bytes, or none
};

std::string UsbPacket(const UsbEvent& event, Instant at, ByteView data, const PacketNotes& notes) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  constexpr std::int32_t kInProgress = -115;
  const std::int64_t time = at.time_since_epoch().count();
  std::string packet;
  Put(event.urb, packet);
  packet += event.is_submitted ? 'S' : 'C';
  Put(static_cast<std::uint8_t>(event.transfer), packet);
  Put(event.endpoint, packet);
  Put(std::uint8_t{1}, packet);   // device
  Put(std::uint16_t{1}, packet);  // bus
  packet += event.setup.empty() ? '-' : '\0';
  packet += !data.empty() ? '\0' : (event.endpoint & kIn) ? '<' : '>';
  Put(time / kMicroseconds, packet);
  Put(static_cast<std::int32_t>(time % kMicroseconds), packet);
  Put(event.is_submitted ? kInProgress : 0, packet);
  Put(event.length, packet);
  Put(static_cast<std::uint32_t>(data.size()), packet);
  packet += event.setup.empty() ? std::string(8, '\0') : std::string(AsText(event.setup));
  packet.append(16, '\0');  // interval, start frame, flags, isochronous descriptors
  packet += AsText(data);
  return Packet(at, packet, notes);
}

/// GET_DESCRIPTOR and its answer.
std::string UsbDescriptor(std::uint64_t urb, std::uint8_t recipient, std::uint8_t type,
                          ByteView descriptor, Instant at) {
  const PacketNotes made_up{.comment = "made up, so that readers know the device"};
  const auto size = static_cast<std::uint8_t>(descriptor.size());
  const Bytes setup = {static_cast<std::uint8_t>(kIn | recipient), 0x06, 0, type, 0, 0, size, 0};
  return UsbPacket({urb, Transfer::kControl, kIn, true, size, setup}, at, {}, made_up) +
         UsbPacket({urb, Transfer::kControl, kIn, false, size, {}}, at, descriptor, made_up);
}

std::string CardPacket(std::uint8_t event, Instant at, ByteView data, const PacketNotes& notes) {
  // The length has two bytes.
  const ByteView fitting = data.first(std::min<std::size_t>(data.size(), 0xFFFF));
  std::string packet{'\0', static_cast<char>(event)};  // version 0
  packet += AsText(BigEndian16(static_cast<std::uint16_t>(fitting.size())));
  packet += AsText(fitting);
  return Packet(at, packet, notes);
}

}  // namespace

std::string SectionHeader() {
  std::string body;
  Put(std::uint32_t{0x1A2B3C4D}, body);  // which tells the byte order
  Put(std::uint16_t{1}, body);
  Put(std::uint16_t{0}, body);
  Put(std::int64_t{-1}, body);  // of whatever length
  PutOption(kUserApplication, "keyrig virtual-key", body);
  PutOption(kEndOfOptions, {}, body);
  return Block(kSectionHeaderBlock, std::move(body));
}

std::string Interface(LinkType link, const std::string& name) {
  std::string body;
  Put(static_cast<std::uint16_t>(link), body);
  Put(std::uint16_t{0}, body);
  Put(std::uint32_t{0}, body);  // packets are whole, of whatever length
  PutOption(kInterfaceName, name, body);
  PutOption(kEndOfOptions, {}, body);
  return Block(kInterfaceBlock, std::move(body));
}

std::string UsbInterrupt(bool to_key, std::uint64_t urb, Instant at, ByteView report,
                         const PacketNotes& notes) {
  // Data go with the submission of an OUT transfer, and with the completion of an IN transfer.
  return UsbPacket({urb,
                    Transfer::kInterrupt,
                    static_cast<std::uint8_t>(to_key ? kEndpoint : kEndpoint | kIn),
                    to_key,
                    static_cast<std::uint32_t>(report.size()),
                    {}},
                   at, report, notes);
}

std::string UsbDescriptors(Instant at) {
  constexpr std::uint8_t kOfDevice = 0;
  constexpr std::uint8_t kOfInterface = 1;
  constexpr std::uint8_t kConfiguration = 0x02;
  constexpr std::uint8_t kReport = 0x22;
  constexpr std::uint8_t kReportSize = kFidoReportDescriptor.size();
  // USB 2.0 §9.6 and HID 1.11 §6.2.1: a configuration with one interface of class HID, its HID
  // descriptor, and two interrupt endpoints of 64 bytes.
  constexpr std::array<std::uint8_t, 41> kConfigurationDescriptor = {9,
                                                                     kConfiguration,
                                                                     41,
                                                                     0,
                                                                     1,
                                                                     1,
                                                                     0,
                                                                     0x80,
                                                                     50,  //
                                                                     9,
                                                                     0x04,
                                                                     0,
                                                                     0,
                                                                     2,
                                                                     3,
                                                                     0,
                                                                     0,
                                                                     0,  //
                                                                     9,
                                                                     0x21,
                                                                     0x11,
                                                                     0x01,
                                                                     0,
                                                                     1,
                                                                     kReport,
                                                                     kReportSize,
                                                                     0,  //
                                                                     7,
                                                                     0x05,
                                                                     kEndpoint | kIn,
                                                                     3,
                                                                     64,
                                                                     0,
                                                                     5,  //
                                                                     7,
                                                                     0x05,
                                                                     kEndpoint,
                                                                     3,
                                                                     64,
                                                                     0,
                                                                     5};
  return UsbDescriptor(1, kOfDevice, kConfiguration, kConfigurationDescriptor, at) +
         UsbDescriptor(2, kOfInterface, kReport, kFidoReportDescriptor, at);
}

std::string CardBlock(bool to_key, bool block, Instant at, ByteView apdu,
                      const PacketNotes& notes) {
  constexpr std::uint8_t kFromCard = 0xFB;
  constexpr std::uint8_t kToCard = 0xFA;
  constexpr std::uint8_t kIBlock = 0x02;
  const Bytes data = Concat({Bytes{static_cast<std::uint8_t>(kIBlock | (block ? 1 : 0))}, apdu});
  return CardPacket(to_key ? kToCard : kFromCard, at, data, notes);
}

std::string CardField(Instant at, const PacketNotes& notes) {
  constexpr std::uint8_t kFieldOn = 0xFC;
  return CardPacket(kFieldOn, at, {}, notes);
}

}  // namespace keyrig::journal::pcapng
