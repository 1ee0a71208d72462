#include "harness/conformance/hid_wire.h"

#include <fmt/format.h>

#include <thread>

#include "harness/base/ctap_names.h"

namespace keyrig::conformance {
namespace {

constexpr std::chrono::milliseconds kAnswerPatience{3'000};
constexpr std::chrono::milliseconds kSilence{200};
constexpr std::size_t kUnpaced = 16;               // packets
constexpr std::chrono::milliseconds kUsbFrame{1};  // of full speed, with one packet in each

}  // namespace

Outcome HidWire::Write(const HidReport& report) {
  return Check(client_.Link().Hid()->Write(report), "the key is gone");
}

Outcome HidWire::Send(std::uint32_t channel, std::uint8_t command, ByteView payload) {
  std::size_t sent = 0;
  for (const HidReport& packet : device::PacketsOf(channel, command, payload)) {
    // A long message goes no faster than it would over USB: what takes packets from a virtual
    // device has room for 32 that it has not looked at (uhid's ring), and loses the others.
    if (sent++ >= kUnpaced) std::this_thread::sleep_for(kUsbFrame);
    TRY(Write(packet));
  }
  return {};
}

OrStop<std::optional<HidWire::Message>> HidWire::Receive(std::chrono::milliseconds patience) {
  device::MessageReassembler reassembler;
  while (true) {
    const auto report = client_.Link().Hid()->Read(patience);
    if (!report) return std::nullopt;
    if (auto message = reassembler.Receive(*report)) return message;
  }
}

OrStop<HidWire::Message> HidWire::Answer() {
  while (true) {
    auto message = TRY(Receive(kAnswerPatience));
    if (!message) return Failed("the key did not answer");
    if (message->command != kHidKeepalive) return *std::move(message);
  }
}

Outcome HidWire::ExpectSilence() {
  const auto message = TRY(Receive(kSilence));
  if (!message) return {};
  return Failed(fmt::format("the key sent 0x{:02x} with {} where it should be silent",
                            message->command, ToHex(message->payload)));
}

Outcome HidWire::ExpectError(std::uint32_t channel, std::uint8_t code, const std::string& what) {
  const Message answer = TRY(Answer());
  if (answer.command != kHidError || answer.payload.size() != 1) {
    return Failed(fmt::format("{}: the key answered with 0x{:02x} instead of an error", what,
                              answer.command));
  }
  if (answer.channel != channel) return Failed(what + ": the error came on another channel");
  return Check(answer.payload.front() == code,
               fmt::format("{}: the key answered {} instead of {}", what,
                           ctap::HidErrorName(answer.payload.front()), ctap::HidErrorName(code)));
}

Outcome HidWire::ExpectAlive() {
  const Bytes echo = ToBytes("still there?");
  TRY(Send(channel_, kHidPing, echo));
  const Message answer = TRY(Answer());
  return Check(answer.command == kHidPing && answer.payload == echo && answer.channel == channel_,
               "afterwards a PING does not come back");
}

OrStop<std::uint32_t> HidWire::Allocate() {
  const Bytes nonce = client_.Random("hid_wire/nonce").Take(8);
  TRY(Send(kBroadcast, kHidInit, nonce));
  const Message answer = TRY(Answer());
  if (answer.command != kHidInit || answer.payload.size() != 17 ||
      !Equal(ByteView(answer.payload).first(8), nonce)) {
    return Failed("INIT is not answered with 17 bytes and its nonce");
  }
  return ReadBigEndian32(std::span(answer.payload).subspan<8, 4>());
}

}  // namespace keyrig::conformance
