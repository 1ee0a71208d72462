#include "virtual-key/ctaphid/framing.h"

#include <algorithm>

namespace keyrig::ctaphid {
namespace {

constexpr std::size_t kChannelSize = 4;
constexpr std::size_t kInitHead = 7;          // channel, command, length
constexpr std::size_t kContinuationHead = 5;  // channel, sequence

HidReport EmptyPacket(ChannelId channel) {
  HidReport report{};
  std::ranges::copy(BigEndian32(channel), report.begin());
  return report;
}

}  // namespace

PacketHead HeadOf(const HidReport& report) {
  const std::span<const std::uint8_t, 64> bytes(report);
  PacketHead head;
  head.channel = ReadBigEndian32(bytes.first<kChannelSize>());
  head.is_init = (report[kChannelSize] & kInitPacketBit) != 0;
  if (head.is_init) {
    head.command = static_cast<Command>(report[kChannelSize] & ~kInitPacketBit);
    head.length = ReadBigEndian16(bytes.subspan<kChannelSize + 1, 2>());
  } else {
    head.sequence = report[kChannelSize];
  }
  return head;
}

std::vector<HidReport> Split(ChannelId channel, Command command, ByteView payload) {
  HidReport first = EmptyPacket(channel);
  first[kChannelSize] =
      static_cast<std::uint8_t>(static_cast<std::uint8_t>(command) | kInitPacketBit);
  std::ranges::copy(BigEndian16(static_cast<std::uint16_t>(payload.size())),
                    first.begin() + kChannelSize + 1);
  const std::size_t in_first = std::min(payload.size(), kInitPayload);
  std::ranges::copy(payload.first(in_first), first.begin() + kInitHead);
  std::vector<HidReport> reports{first};

  ByteView rest = payload.subspan(in_first);
  for (std::uint8_t sequence = 0; !rest.empty(); ++sequence) {
    HidReport next = EmptyPacket(channel);
    next[kChannelSize] = sequence;
    const std::size_t count = std::min(rest.size(), kContinuationPayload);
    std::ranges::copy(rest.first(count), next.begin() + kContinuationHead);
    rest = rest.subspan(count);
    reports.push_back(next);
  }
  return reports;
}

void Assembler::Begin(const HidReport& report) {
  const PacketHead head = HeadOf(report);
  message_ = Message{head.channel, head.command, {}};
  length_ = head.length;
  next_sequence_ = 0;
  Append(ByteView(report).subspan(kInitHead));
}

bool Assembler::Continue(const HidReport& report) {
  const PacketHead head = HeadOf(report);
  if (head.is_init || head.channel != message_.channel || head.sequence != next_sequence_ ||
      IsComplete()) {
    return false;
  }
  ++next_sequence_;
  Append(ByteView(report).subspan(kContinuationHead));
  return true;
}

void Assembler::Append(ByteView part) {
  keyrig::Append(message_.payload,
                 part.first(std::min(part.size(), length_ - message_.payload.size())));
}

}  // namespace keyrig::ctaphid
