#include "virtual-key/faults/wire_faults.h"

#include <utility>

namespace keyrig::faults {
namespace {

// A packet is [channel: 4][command with bit 7, or sequence number: 1], then in the first one
// [length: 2] (CTAP 2.1 §11.2.4).
constexpr std::size_t kChannelEnd = 3, kCommand = 4, kLengthHigh = 5, kLengthLow = 6, kPayload = 7;
constexpr std::uint8_t kInit = 0x86, kError = 0xBF, kChannelBusy = 0x06;

HidReport BusyOn(const HidReport& packet) {
  HidReport busy{};
  std::copy_n(packet.begin(), kCommand, busy.begin());
  busy[kCommand] = kError;
  busy[kLengthLow] = 1;
  busy[kPayload] = kChannelBusy;
  return busy;
}

}  // namespace

WireAnswer SendAnswer(FaultBoard& board, std::vector<HidReport> packets) {
  if (packets.empty()) return {};
  const auto is_here = [&](const Fault& fault) { return fault.packet < packets.size(); };
  const auto has_next = [&](const Fault& fault) { return fault.packet + 1 < packets.size(); };
  const auto at = [&](std::uint32_t packet) { return packets.begin() + packet; };

  if (board.Take(Kind::kSilence)) return {};
  if (board.Take(Kind::kBusy)) return {.now = {BusyOn(packets.front())}};
  if (board.Take(Kind::kOversize)) {
    packets.front()[kLengthHigh] = 0xFF;
    packets.front()[kLengthLow] = 0xFF;
  }
  if (const auto fault = board.Take(Kind::kForeignChannel, is_here)) {
    (*at(fault->packet))[kChannelEnd] ^= 0x01;
  }
  if (const auto fault = board.Take(Kind::kWrongSequence, [&](const Fault& candidate) {
        return candidate.packet > 0 && is_here(candidate);
      })) {
    (*at(fault->packet))[kCommand] = (*at(fault->packet))[kCommand] ^ 0x01;
  }
  if (const auto fault = board.Take(Kind::kSwapPackets, has_next)) {
    std::swap(*at(fault->packet), *at(fault->packet + 1));
  }
  if (const auto fault = board.Take(Kind::kDuplicatePacket, is_here)) {
    const HidReport copy = *at(fault->packet);
    packets.insert(at(fault->packet), copy);
  }
  if (const auto fault = board.Take(Kind::kDropPacket, is_here)) packets.erase(at(fault->packet));

  WireAnswer answer;
  if (const auto fault = board.Take(Kind::kUnplug, is_here)) {
    packets.erase(at(fault->packet), packets.end());
    answer.unplugs = true;
  } else if (const auto delayed = board.Take(Kind::kDelayPacket, is_here)) {
    answer.later.assign(at(delayed->packet), packets.end());
    answer.delay = delayed->duration;
    packets.erase(at(delayed->packet), packets.end());
  }
  answer.now = std::move(packets);
  return answer;
}

void TamperWithInit(FaultBoard& board, std::vector<HidReport>& replies) {
  for (HidReport& reply : replies) {
    if (reply[kCommand] != kInit) continue;
    if (board.Take(Kind::kShortInit)) reply[kLengthLow] = 16;
    if (board.Take(Kind::kLongInit)) reply[kLengthLow] = 18;
  }
}

}  // namespace keyrig::faults
