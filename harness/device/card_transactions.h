#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/event.h"

namespace keyrig::device {

/// Emits one ctap.transaction event for each CTAP command that a card was sent, as
/// TransactionDecoder does for HID reports.
class CardTransactions {
 public:
  CardTransactions(EventSink& events, std::string source)
      : events_(events), source_(std::move(source)) {}
  void Sent(ByteView message);
  void KeptWaiting() { ++keepalives_; }
  void Answered(ByteView answer);
  /// The card did not answer, or not with CTAP; in words.
  void Failed(const std::string& why);

 private:
  void Finish(std::vector<EventField> fields);

  EventSink& events_;
  std::string source_;
  Bytes message_;
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t keepalives_ = 0;
};

}  // namespace keyrig::device
