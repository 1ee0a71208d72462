#include "virtual-key/hid_attachment.h"

#include <optional>
#include <utility>

namespace keyrig::virtual_key {
namespace {

/// Twice as often as the protocol asks for, so that a busy machine still keeps to it.
constexpr Duration kHidKeepaliveInterval = std::chrono::milliseconds(50);

}  // namespace

std::string UniqueName() { return "keyrig-" + Rng().Stream("uniq").TakeGuid(); }

HidAttachment::HidAttachment(KeyCore& core, Clock& clock, Rng& rng, Opener open)
    : core_(core),
      clock_(clock),
      engine_(core, clock, rng, kHidKeepaliveInterval),
      open_(std::move(open)) {}

Result<void, Error> HidAttachment::Attach() {
  engine_.PowerCycle();
  incoming_.clear();
  auto device = TRY(open_([this](const HidReport& report) { Queue(report); }));
  {
    const std::lock_guard lock(mutex_);
    device_ = std::move(device);
  }
  pump_ = std::jthread([this](const std::stop_token& stop) { Pump(stop); });
  return {};
}

void HidAttachment::Detach() {
  pump_.request_stop();
  core_.Changes().Raise();
  if (pump_.joinable()) pump_.join();
  const std::lock_guard lock(mutex_);
  device_.reset();
}

bool HidAttachment::IsAttached() const {
  const std::lock_guard lock(mutex_);
  return device_ != nullptr;
}

std::string HidAttachment::Node() const {
  const std::lock_guard lock(mutex_);
  return device_ ? device_->Node() : std::string();
}

void HidAttachment::Queue(const HidReport& report) {
  {
    const std::lock_guard lock(queue_mutex_);
    incoming_.push_back(report);
  }
  core_.Changes().Raise();
}

std::deque<HidReport> HidAttachment::TakeIncoming() {
  const std::lock_guard lock(queue_mutex_);
  return std::exchange(incoming_, {});
}

void HidAttachment::Pump(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::uint64_t seen = core_.Changes().Version();
    for (const HidReport& report : TakeIncoming()) device_->Send(engine_.Receive(report));
    device_->Send(engine_.Collect());
    if (engine_.TakeUnplug()) {
      const std::lock_guard lock(mutex_);
      device_.reset();
      return;
    }
    const auto due = engine_.NextDue();
    core_.Changes().Wait(seen, due ? std::optional(*due - clock_.Now()) : std::nullopt);
  }
}

}  // namespace keyrig::virtual_key
