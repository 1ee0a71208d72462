#include "harness/device/transaction_decoder.h"

#include <algorithm>

#include "harness/base/ctap_text.h"

namespace keyrig::device {
namespace {

// CTAP 2.1 §11.2.9.
constexpr std::uint8_t kCbor = 0x10;
constexpr std::uint8_t kCancel = 0x11;
constexpr std::uint8_t kKeepalive = 0x3B;
constexpr std::uint8_t kError = 0x3F;
constexpr std::uint8_t kInitBit = 0x80;

}  // namespace

std::optional<MessageReassembler::Message> MessageReassembler::Receive(const HidReport& packet) {
  const ByteView bytes(packet);
  const std::uint32_t channel = ReadBigEndian32(bytes.subspan<0, 4>());
  ByteView payload;
  if (bytes[4] & kInitBit) {
    pending_ = Message{channel, static_cast<std::uint8_t>(bytes[4] & ~kInitBit), {}};
    total_ = ReadBigEndian16(bytes.subspan<5, 2>());
    next_sequence_ = 0;
    payload = bytes.subspan(7);
  } else {
    if (!pending_ || pending_->channel != channel || bytes[4] != next_sequence_) {
      return std::nullopt;
    }
    ++next_sequence_;
    payload = bytes.subspan(5);
  }
  Append(pending_->payload,
         payload.first(std::min(payload.size(), total_ - pending_->payload.size())));
  if (pending_->payload.size() < total_) return std::nullopt;
  return std::exchange(pending_, std::nullopt);
}

void TransactionDecoder::Sent(const HidReport& report) {
  const std::scoped_lock lock(mutex_);
  auto message = sent_.Receive(report);
  if (!message) return;
  if (message->command == kCancel) {
    if (request_) request_->cancelled = true;
  } else if (message->command == kCbor) {
    request_ =
        Request{message->channel, std::move(message->payload), std::chrono::steady_clock::now()};
  } else {
    request_.reset();
  }
}

void TransactionDecoder::Received(const HidReport& report) {
  const std::scoped_lock lock(mutex_);
  // A hidraw node hands every reader the answers to every client.
  if (!request_ || ReadBigEndian32(ByteView(report).subspan<0, 4>()) != request_->channel) return;
  // A keepalive may stand between the packets of no message, but never ends one.
  if (report[4] == (kKeepalive | kInitBit)) {
    ++request_->keepalives;
    return;
  }
  const auto message = received_.Receive(report);
  if (!message) return;
  if (message->command == kCbor)
    Finish(ctap::DescribeTransaction(request_->payload, message->payload));
  if (message->command == kError)
    Finish(ctap::DescribeHidError(request_->payload, message->payload));
}

void TransactionDecoder::Finish(std::vector<EventField> fields) {
  const Request request = *std::exchange(request_, std::nullopt);
  Event event;
  event.source = source_;
  event.kind = "ctap.transaction";
  event.fields = std::move(fields);
  event.took =
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - request.begin);
  event.beside = {{"keepalives", std::to_string(request.keepalives)},
                  {"cancelled", request.cancelled ? "true" : "false"}};
  events_.Emit(std::move(event));
}

}  // namespace keyrig::device
