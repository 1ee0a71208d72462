#pragma once

#include <chrono>
#include <vector>

#include "harness/base/cbor.h"
#include "virtual-key/ctaphid/framing.h"
#include "virtual-key/journal/entry.h"
#include "virtual-key/journal/journal.h"

namespace keyrig::journal {

/// A wire for tests, on which somebody says what passes; a millisecond lies between two packets.
class TestWire {
 public:
  static constexpr Instant kStart{std::chrono::seconds(1'700'000'000)};

  TestWire& ToKey(ctaphid::ChannelId channel, ctaphid::Command command, ByteView payload) {
    return Add(Entry::Kind::kToKey, ctaphid::Split(channel, command, payload));
  }
  TestWire& FromKey(ctaphid::ChannelId channel, ctaphid::Command command, ByteView payload) {
    return Add(Entry::Kind::kFromKey, ctaphid::Split(channel, command, payload));
  }
  TestWire& KeepAlive(ctaphid::ChannelId channel, std::uint8_t status) {
    return FromKey(channel, ctaphid::Command::kKeepalive, Bytes{status});
  }
  TestWire& CommandApdu(ByteView apdu) { return Add(Entry::Kind::kToKey, apdu); }
  TestWire& ResponseApdu(ByteView apdu) { return Add(Entry::Kind::kFromKey, apdu); }
  TestWire& PowerUp() { return Add(Entry::Kind::kPowerUp, ByteView()); }
  TestWire& Pause(Duration duration) {
    now_ += duration;
    return *this;
  }
  TestWire& LoseLast() {
    entries_.pop_back();
    return *this;
  }
  const std::vector<Entry>& Entries() const { return entries_; }

 private:
  TestWire& Add(Entry::Kind kind, ByteView packet) {
    entries_.push_back({kind, now_, ToBytes(packet)});
    now_ += std::chrono::milliseconds(1);
    return *this;
  }
  TestWire& Add(Entry::Kind kind, const std::vector<HidReport>& reports) {
    for (const HidReport& report : reports) Add(kind, ByteView(report));
    return *this;
  }

  Instant now_ = kStart;
  std::vector<Entry> entries_;
};

/// A PING of one byte that came back.
inline void NotePing(Journal& journal, std::uint8_t mark) {
  TestWire wire;
  wire.ToKey(7, ctaphid::Command::kPing, Bytes{mark});
  wire.FromKey(7, ctaphid::Command::kPing, Bytes{mark});
  for (const Entry& entry : wire.Entries()) journal.Note(entry);
}

/// [command | CBOR], or [status | CBOR].
inline Bytes Message(std::uint8_t head, const cbor::Value& body) {
  return Concat({Bytes{head}, cbor::Encode(body)});
}

}  // namespace keyrig::journal
