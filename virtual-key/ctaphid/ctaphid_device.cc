#include "virtual-key/ctaphid/ctaphid_device.h"

#include <utility>

namespace keyrig::ctaphid {
namespace {

constexpr std::size_t kNonceSize = 8;
/// CTAP1_ERR_OTHER: what a client is told when an answer is too long for any CTAPHID message.
constexpr std::uint8_t kOtherError = 0x7F;

void Reply(ChannelId channel, Command command, ByteView payload, Step& step) {
  for (const HidReport& report : Split(channel, command, payload)) step.replies.push_back(report);
}

std::vector<HidReport> ErrorReply(ChannelId channel, ErrorCode code) {
  return Split(channel, Command::kError, ByteArray<1>{static_cast<std::uint8_t>(code)});
}

void ReplyError(ChannelId channel, ErrorCode code, Step& step) {
  step.replies.push_back(ErrorReply(channel, code).front());
}

std::uint8_t CapabilitiesOf(Protocols protocols) {
  unsigned capabilities = kCapabilityWink;
  if (protocols.has_ctap2) capabilities |= kCapabilityCbor;
  if (!protocols.has_u2f) capabilities |= kCapabilityNoMsg;
  return static_cast<std::uint8_t>(capabilities);
}

}  // namespace

/// What is wrong with a request's head before any of its payload is looked at.
std::optional<ErrorCode> CtapHidDevice::FaultOf(const PacketHead& head) const {
  const auto unless = [](bool fits) {
    return fits ? std::nullopt : std::optional(ErrorCode::kInvalidLength);
  };
  switch (head.command) {
    case Command::kPing:
      return unless(head.length <= kMaxMessage);
    case Command::kCbor:
      if (!protocols_.has_ctap2) return ErrorCode::kInvalidCommand;
      return unless(head.length > 0 && head.length <= kMaxMessage);
    case Command::kMsg:
      if (!protocols_.has_u2f) return ErrorCode::kInvalidCommand;
      return unless(head.length > 0 && head.length <= kMaxMessage);
    case Command::kLock:
      return unless(head.length == 1);
    case Command::kWink:
      return unless(head.length == 0);
    case Command::kInit:
      return unless(head.length == kNonceSize);
    default:
      return ErrorCode::kInvalidCommand;
  }
}

CtapHidDevice::CtapHidDevice(DeviceVersion version, Clock& clock, Rng& rng, Protocols protocols)
    : version_(version), protocols_(protocols), clock_(clock), channels_(rng) {}

Step CtapHidDevice::Receive(const HidReport& report) {
  Step step;
  step.replies = Tick();
  if (lock_ && clock_.Now() >= lock_->until) lock_.reset();
  if (HeadOf(report).is_init) {
    Begin(report, step);
  } else {
    Continue(report, step);
  }
  return step;
}

void CtapHidDevice::Begin(const HidReport& report, Step& step) {
  const PacketHead head = HeadOf(report);
  if (head.channel == kReservedChannel ||
      (head.channel == kBroadcastChannel && head.command != Command::kInit)) {
    return ReplyError(head.channel, ErrorCode::kInvalidChannel, step);
  }
  if (head.command == Command::kCancel) return Cancel(head.channel, step);
  // INIT on the broadcast channel is no exception: one transaction at a time.
  if (IsHeldByOther(head.channel)) {
    return ReplyError(head.channel, ErrorCode::kChannelBusy, step);
  }
  if (head.channel != kBroadcastChannel && !channels_.Use(head.channel)) {
    return ReplyError(head.channel, ErrorCode::kInvalidChannel, step);
  }
  if (head.command == Command::kInit && !FaultOf(head)) return Initialize(report, step);
  if (processing_) return ReplyError(head.channel, ErrorCode::kChannelBusy, step);
  if (message_deadline_) {
    message_deadline_.reset();
    return ReplyError(head.channel, ErrorCode::kInvalidSequence, step);
  }
  if (const auto fault = FaultOf(head)) return ReplyError(head.channel, *fault, step);

  assembler_.Begin(report);
  if (assembler_.IsComplete()) return Execute(assembler_.Take(), step);
  message_deadline_ = clock_.Now() + kMessageTimeout;
}

void CtapHidDevice::Continue(const HidReport& report, Step& step) {
  const ChannelId channel = HeadOf(report).channel;
  // A continuation that belongs to nothing is ignored, and disturbs nobody else's message.
  if (!message_deadline_ || channel != assembler_.Current().channel) return;
  if (!assembler_.Continue(report)) {
    message_deadline_.reset();
    return ReplyError(channel, ErrorCode::kInvalidSequence, step);
  }
  if (!assembler_.IsComplete()) {
    message_deadline_ = clock_.Now() + kMessageTimeout;
    return;
  }
  message_deadline_.reset();
  Execute(assembler_.Take(), step);
}

// CTAP 2.1 §11.2.9.1.3: on the broadcast channel INIT gives out a channel; on a channel of its own
// it ends whatever is under way there.
void CtapHidDevice::Initialize(const HidReport& report, Step& step) {
  assembler_.Begin(report);
  const Message request = assembler_.Take();
  message_deadline_.reset();
  if (processing_) {
    step.cancel = processing_->id;
    processing_.reset();
  }
  const ChannelId channel =
      request.channel == kBroadcastChannel ? channels_.Allocate() : request.channel;
  const Bytes reply = Concat({request.payload, BigEndian32(channel),
                              ByteArray<5>{kProtocolVersion, version_.major, version_.minor,
                                           version_.build, CapabilitiesOf(protocols_)}});
  Reply(request.channel, Command::kInit, reply, step);
}

// CTAP 2.1 §11.2.9.1.5: CANCEL has no answer of its own, and ends nothing but its channel's
// request.
void CtapHidDevice::Cancel(ChannelId channel, Step& step) {
  if (message_deadline_ && assembler_.Current().channel == channel) message_deadline_.reset();
  if (!processing_ || processing_->channel != channel || processing_->cancelled) return;
  if (processing_->command == Command::kMsg) return;  // U2F knows no cancel
  processing_->cancelled = true;
  step.cancel = processing_->id;
}

void CtapHidDevice::Execute(Message message, Step& step) {
  switch (message.command) {
    case Command::kCbor:
    case Command::kMsg:
      processing_ = Processing{++last_request_, message.channel, message.command};
      step.request = Request{last_request_, message.channel, std::move(message.payload),
                             message.command == Command::kMsg};
      return;
    case Command::kLock:
      return ExecuteLock(message, step);
    case Command::kWink:
      step.wink = true;
      [[fallthrough]];
    default:  // PING and WINK come back as they are
      Reply(message.channel, message.command, message.payload, step);
  }
}

void CtapHidDevice::ExecuteLock(const Message& message, Step& step) {
  const std::uint8_t seconds = message.payload.front();
  if (seconds > kMaxLockSeconds) {
    return ReplyError(message.channel, ErrorCode::kInvalidParameter, step);
  }
  lock_.reset();
  if (seconds > 0) lock_ = Lock{message.channel, clock_.Now() + std::chrono::seconds(seconds)};
  Reply(message.channel, Command::kLock, {}, step);
}

bool CtapHidDevice::IsHeldByOther(ChannelId channel) const {
  return (processing_ && processing_->channel != channel) ||
         (message_deadline_ && assembler_.Current().channel != channel) ||
         (lock_ && lock_->channel != channel);
}

std::vector<HidReport> CtapHidDevice::Respond(RequestId request, ByteView message) {
  if (!processing_ || processing_->id != request) return {};
  const auto [id, channel, command, cancelled] = *processing_;
  processing_.reset();
  if (message.size() > kMaxMessage) return Split(channel, command, ByteArray<1>{kOtherError});
  return Split(channel, command, message);
}

std::vector<HidReport> CtapHidDevice::Keepalive(KeepaliveStatus status) {
  if (!processing_ || processing_->cancelled || processing_->command == Command::kMsg) return {};
  return Split(processing_->channel, Command::kKeepalive,
               ByteArray<1>{static_cast<std::uint8_t>(status)});
}

std::vector<HidReport> CtapHidDevice::Tick() {
  if (!message_deadline_ || clock_.Now() < *message_deadline_) return {};
  message_deadline_.reset();
  return ErrorReply(assembler_.Current().channel, ErrorCode::kMessageTimeout);
}

std::optional<Instant> CtapHidDevice::Deadline() const { return message_deadline_; }

void CtapHidDevice::PowerCycle() {
  channels_.Clear();
  lock_.reset();
  message_deadline_.reset();
  processing_.reset();
}

}  // namespace keyrig::ctaphid
