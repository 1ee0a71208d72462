#pragma once

#include <optional>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/hid.h"
#include "virtual-key/ctaphid/ctaphid.h"

namespace keyrig::ctaphid {

/// One CTAPHID message, as it is before it is cut into packets and after.
struct Message {
  ChannelId channel = kBroadcastChannel;
  Command command = Command::kInit;
  Bytes payload;
  friend bool operator==(const Message&, const Message&) = default;
};

/// A packet's head, read without judging it.
struct PacketHead {
  ChannelId channel = 0;
  bool is_init = false;
  Command command = Command::kPing;  // of an initialization packet
  std::uint16_t length = 0;          // of the whole message; likewise
  std::uint8_t sequence = 0;         // of a continuation packet
};
PacketHead HeadOf(const HidReport& report);

/// The packets of a message, at least one; `payload` has at most kMaxMessage bytes.
std::vector<HidReport> Split(ChannelId channel, Command command, ByteView payload);

/// Puts the packets of one message after another together again, as either side does.
class Assembler {
 public:
  /// Begins with an initialization packet, dropping what was begun before.
  void Begin(const HidReport& report);
  /// False if the packet is not the one that comes next.
  bool Continue(const HidReport& report);
  bool IsComplete() const { return message_.payload.size() == length_; }
  const Message& Current() const { return message_; }
  Message Take() { return std::move(message_); }

 private:
  void Append(ByteView part);

  Message message_;
  std::size_t length_ = 0;
  std::uint8_t next_sequence_ = 0;
};

}  // namespace keyrig::ctaphid
