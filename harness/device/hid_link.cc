#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/ctap_names.h"
#include "harness/device/ctap_link.h"
#include "harness/device/transaction_decoder.h"

namespace keyrig::device {
namespace {

constexpr std::uint32_t kEveryChannel = 0xFFFFFFFF;
constexpr std::uint8_t kHidMsg = 0x03;
constexpr std::uint8_t kHidInit = 0x06;
constexpr std::uint8_t kHidCbor = 0x10;
constexpr std::uint8_t kHidCancel = 0x11;
constexpr std::uint8_t kHidKeepalive = 0x3B;
constexpr std::uint8_t kHidError = 0x3F;
constexpr std::uint8_t kUserNeeded = 0x02;
constexpr std::chrono::milliseconds kInitPatience{3'000};

class HidLink final : public CtapLink {
 public:
  HidLink(std::unique_ptr<HidPort> port, EventSink& events, std::string event_source)
      : port_(std::move(port)), decoder_(events, std::move(event_source)) {}

  Result<void, Error> Open(Rng& rng) {
    const Bytes nonce = rng.Stream("ctap_link/nonce").Take(8);
    channel_ = kEveryChannel;
    TRY(SendMessage(kHidInit, nonce));
    // Answers to other clients' INIT come here too (CTAP 2.1 §11.2.9.1.3).
    while (true) {
      const auto answer = TRY(NextMessage(kInitPatience));
      if (answer.command != kHidInit || answer.payload.size() < 17) continue;
      if (!Equal(ByteView(answer.payload).first(8), nonce)) continue;
      channel_ = ReadBigEndian32(std::span(answer.payload).subspan<8, 4>());
      return {};
    }
  }

  Result<void, Error> Send(ByteView message) override { return SendMessage(kHidCbor, message); }

  Result<std::optional<Bytes>, Error> Receive(std::chrono::milliseconds patience) override {
    while (true) {
      auto answer = TRY(NextMessage(patience));
      if (answer.command == kHidCbor) return std::move(answer.payload);
      if (answer.command != kHidKeepalive || answer.payload.size() != 1) {
        return Fail(Unexpected(answer));
      }
      if (answer.payload.front() == kUserNeeded) return std::nullopt;
    }
  }

  Result<void, Error> Cancel() override { return SendMessage(kHidCancel, {}); }

  Result<Bytes, Error> ExchangeU2f(ByteView apdu, std::chrono::milliseconds patience) override {
    TRY(SendMessage(kHidMsg, apdu));
    while (true) {
      auto answer = TRY(NextMessage(patience));
      if (answer.command == kHidMsg) return std::move(answer.payload);
      if (answer.command != kHidKeepalive) return Fail(Unexpected(answer));
    }
  }

  HidPort* Hid() override { return port_.get(); }
  std::uint32_t HidChannel() const override { return channel_; }

 private:
  using Message = MessageReassembler::Message;

  Result<void, Error> SendMessage(std::uint8_t command, ByteView payload) {
    for (const HidReport& packet : PacketsOf(channel_, command, payload)) {
      decoder_.Sent(packet);
      if (!port_->Write(packet)) return Fail("The key is gone.");
    }
    return {};
  }

  /// The next whole message on this client's channel.
  Result<Message, Error> NextMessage(std::chrono::milliseconds patience) {
    MessageReassembler reassembler;
    while (true) {
      const auto report = port_->Read(patience);
      if (!report) {
        return Fail(fmt::format("The key said nothing for {} ms.", patience.count()));
      }
      if (ReadBigEndian32(std::span(*report).first<4>()) != channel_) continue;
      decoder_.Received(*report);
      if (auto message = reassembler.Receive(*report)) return *std::move(message);
    }
  }

  static std::string Unexpected(const Message& answer) {
    if (answer.command == kHidError && answer.payload.size() == 1) {
      return "The key answered CTAPHID_ERROR " + ctap::HidErrorName(answer.payload.front()) + ".";
    }
    return fmt::format("The key answered with a CTAPHID message 0x{:02x}.", answer.command);
  }

  std::unique_ptr<HidPort> port_;
  TransactionDecoder decoder_;
  std::uint32_t channel_ = 0;
};

}  // namespace

std::vector<HidReport> PacketsOf(std::uint32_t channel, std::uint8_t command, ByteView payload) {
  constexpr std::uint8_t kInitBit = 0x80;
  std::vector<HidReport> packets;
  HidReport packet{};
  const Bytes id = BigEndian32(channel);
  const Bytes size = BigEndian16(static_cast<std::uint16_t>(payload.size()));
  const auto fill = [&](std::size_t from) {
    const std::size_t count = std::min(packet.size() - from, payload.size());
    std::copy_n(payload.begin(), count, packet.begin() + static_cast<std::ptrdiff_t>(from));
    payload = payload.subspan(count);
    packets.push_back(packet);
  };
  std::ranges::copy(id, packet.begin());
  packet[4] = command | kInitBit;
  std::ranges::copy(size, packet.begin() + 5);
  fill(7);
  for (std::uint8_t sequence = 0; !payload.empty(); ++sequence) {
    packet = {};
    std::ranges::copy(id, packet.begin());
    packet[4] = sequence;
    fill(5);
  }
  return packets;
}

Result<std::unique_ptr<CtapLink>, Error> OpenHidLink(std::unique_ptr<HidPort> port, Rng& rng,
                                                     EventSink& events, std::string event_source) {
  if (!port) return Fail("The key is not plugged in.");
  auto link = std::make_unique<HidLink>(std::move(port), events, std::move(event_source));
  TRY(link->Open(rng));
  return link;
}

}  // namespace keyrig::device
