#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "harness/base/bytes.h"

/// The messages between the reader of vsmartcard's vpcd and a card in it; no I/O. Each has its
/// length in front, two bytes, big-endian; one that is a single byte is an order, not an APDU.
namespace keyrig::transport {

enum class VpcdOrder : std::uint8_t { kPowerOff = 0, kPowerOn = 1, kReset = 2, kGetAtr = 4 };

/// What the reader sends: an order, or a command APDU.
using VpcdMessage = std::variant<VpcdOrder, Bytes>;

/// Takes the stream of a connection apart.
class VpcdStream {
 public:
  void Append(ByteView bytes);
  /// The next whole message; nothing while none is whole. Empty ones and unknown orders are passed
  /// over.
  std::optional<VpcdMessage> Take();

 private:
  Bytes pending_;
};

/// What a card sends: an ATR or a response APDU.
Bytes VpcdFrame(ByteView data);

/// The ATR (PC/SC part 3 §3.1.3.2.3) of a contactless card that knows command chaining and extended
/// lengths. The historical bytes end in "keyrig" and `uniq`, which tells one card from another.
Bytes ContactlessAtr(const ByteArray<3>& uniq);

}  // namespace keyrig::transport
