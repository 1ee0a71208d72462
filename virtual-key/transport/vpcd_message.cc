#include "virtual-key/transport/vpcd_message.h"

namespace keyrig::transport {

void VpcdStream::Append(ByteView bytes) { keyrig::Append(pending_, bytes); }

std::optional<VpcdMessage> VpcdStream::Take() {
  constexpr std::size_t kLength = 2;
  while (pending_.size() >= kLength) {
    const std::size_t size = ReadBigEndian16(ByteView(pending_).first<kLength>());
    if (pending_.size() < kLength + size) return std::nullopt;
    const auto begin = pending_.begin() + kLength;
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    const Bytes data(begin, end);
    pending_.erase(pending_.begin(), end);
    if (data.size() > 1) return data;
    if (data.empty()) continue;
    switch (const auto order = static_cast<VpcdOrder>(data.front())) {
      case VpcdOrder::kPowerOff:
      case VpcdOrder::kPowerOn:
      case VpcdOrder::kReset:
      case VpcdOrder::kGetAtr:
        return order;
    }
  }
  return std::nullopt;
}

Bytes VpcdFrame(ByteView data) {
  return Concat({BigEndian16(static_cast<std::uint16_t>(data.size())), data});
}

Bytes ContactlessAtr(const ByteArray<3>& uniq) {
  Bytes historical = {
      0x80,                    // what follows is in compact TLV (ISO 7816-4 §12.1.1)
      0x73, 0xC0, 0x21, 0xC0,  // capabilities: chaining and extended lengths are in the third byte
      0x59,                    // issuer's data, 9 bytes
  };
  Append(historical, ViewOf("keyrig"));
  Append(historical, uniq);
  Bytes atr = {0x3B, static_cast<std::uint8_t>(0x80 | historical.size()), 0x80, 0x01};
  Append(atr, historical);
  std::uint8_t check = 0;
  for (const std::uint8_t byte : ByteView(atr).subspan(1)) check ^= byte;
  atr.push_back(check);
  return atr;
}

}  // namespace keyrig::transport
