#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/hid.h"
#include "virtual-key/ctaphid/framing.h"

namespace keyrig::virtual_key {

/// A CTAPHID client for tests: whole messages over any port, and nothing that it does by itself.
class HidClient {
 public:
  explicit HidClient(std::unique_ptr<HidPort> port) : port_(std::move(port)) {}

  HidPort& Port() { return *port_; }

  bool Send(ctaphid::ChannelId channel, ctaphid::Command command, ByteView payload) {
    for (const HidReport& report : ctaphid::Split(channel, command, payload)) {
      if (!port_->Write(report)) return false;
    }
    return true;
  }

  /// The next message, whatever it is; nothing if one of its packets does not come in time.
  std::optional<ctaphid::Message> Receive(std::chrono::milliseconds timeout) {
    ctaphid::Assembler assembler;
    auto report = port_->Read(timeout);
    if (!report) return std::nullopt;
    assembler.Begin(*report);
    while (!assembler.IsComplete()) {
      report = port_->Read(timeout);
      if (!report || !assembler.Continue(*report)) return std::nullopt;
    }
    return assembler.Take();
  }

  /// The next message that is no keepalive; how many of those came first is added to `keepalives`.
  std::optional<ctaphid::Message> ReceiveAnswer(std::chrono::milliseconds timeout,
                                                int* keepalives = nullptr) {
    while (true) {
      auto message = Receive(timeout);
      if (!message || message->command != ctaphid::Command::kKeepalive) return message;
      if (keepalives) ++*keepalives;
    }
  }

  /// A channel of its own; 0 if the key does not give one.
  ctaphid::ChannelId OpenChannel(std::chrono::milliseconds timeout = std::chrono::seconds(2)) {
    const ByteArray<8> nonce{0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8};
    Send(ctaphid::kBroadcastChannel, ctaphid::Command::kInit, nonce);
    const auto reply = ReceiveAnswer(timeout);
    if (!reply || reply->command != ctaphid::Command::kInit || reply->payload.size() != 17)
      return 0;
    return ReadBigEndian32(std::span(reply->payload).subspan<8, 4>());
  }

 private:
  std::unique_ptr<HidPort> port_;
};

}  // namespace keyrig::virtual_key
