#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "harness/base/event.h"
#include "harness/base/hid.h"

namespace keyrig::device {

/// Puts CTAPHID messages (CTAP 2.1 §11.2.4) together again from their packets, one channel and one
/// direction. Packets that do not follow on are dropped, as a receiver on the line would.
class MessageReassembler {
 public:
  struct Message {
    std::uint32_t channel;
    std::uint8_t command;  // without the init bit
    Bytes payload;
  };
  /// The message that `packet` completes.
  std::optional<Message> Receive(const HidReport& packet);

 private:
  std::optional<Message> pending_;
  std::size_t total_ = 0;
  std::uint8_t next_sequence_ = 0;
};

/// Watches the reports between a client and a key and emits one ctap.transaction event for each
/// CTAP command that was answered. Thread-safe: a cancel comes from another thread.
class TransactionDecoder {
 public:
  TransactionDecoder(EventSink& events, std::string source)
      : events_(events), source_(std::move(source)) {}
  void Sent(const HidReport& report);
  void Received(const HidReport& report);

 private:
  struct Request {
    std::uint32_t channel;
    Bytes payload;
    std::chrono::steady_clock::time_point begin;
    std::uint64_t keepalives = 0;
    bool cancelled = false;
  };
  void Finish(std::vector<EventField> fields);

  EventSink& events_;
  std::string source_;
  std::mutex mutex_;
  MessageReassembler sent_;
  MessageReassembler received_;
  std::optional<Request> request_;
};

}  // namespace keyrig::device
