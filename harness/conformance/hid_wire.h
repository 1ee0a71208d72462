#pragma once

#include <chrono>
#include <optional>

#include "harness/conformance/client.h"
#include "harness/device/transaction_decoder.h"

namespace keyrig::conformance {

inline constexpr std::uint32_t kBroadcast = 0xFFFFFFFF;

/// CTAPHID commands (CTAP 2.3 §11.2.9).
enum HidCommand : std::uint8_t {
  kHidPing = 0x01,
  kHidMsg = 0x03,
  kHidLock = 0x04,
  kHidInit = 0x06,
  kHidWink = 0x08,
  kHidCbor = 0x10,
  kHidCancel = 0x11,
  kHidKeepalive = 0x3B,
  kHidError = 0x3F,
};

/// Reports as they are, right or wrong, and what comes back.
class HidWire {
 public:
  explicit HidWire(Client& client) : client_(client), channel_(client.Link().HidChannel()) {}

  std::uint32_t Channel() const { return channel_; }
  Outcome Write(const HidReport& report);
  Outcome Send(std::uint32_t channel, std::uint8_t command, ByteView payload);
  /// The next message of any channel; nothing if none comes in time.
  using Message = device::MessageReassembler::Message;
  OrStop<std::optional<Message>> Receive(std::chrono::milliseconds patience);
  /// The next one that is no keepalive, which has to come.
  OrStop<Message> Answer();
  /// Nothing comes on the wire.
  Outcome ExpectSilence();
  Outcome ExpectError(std::uint32_t channel, std::uint8_t code, const std::string& what);
  /// The positive twin of all that is refused: a PING on the client's channel comes back.
  Outcome ExpectAlive();
  /// A new channel for a second client.
  OrStop<std::uint32_t> Allocate();

 private:
  Client& client_;
  std::uint32_t channel_;
};

}  // namespace keyrig::conformance
