#include "virtual-key/uhid_key.h"

#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "virtual-key/hid_engine.h"
#include "virtual-key/key_core.h"
#include "virtual-key/local_key_control.h"
#include "virtual-key/transport/uhid_device.h"

namespace keyrig {
namespace {

using virtual_key::HidEngine;
using virtual_key::KeyCore;
using virtual_key::LocalKeyControl;

/// Twice as often as the protocol asks for, so that a busy machine still keeps to it.
constexpr Duration kUhidKeepaliveInterval = std::chrono::milliseconds(50);

/// Tells one key on this machine from another, also those of other containers, which share its
/// kernel and may have the same process numbers. Never from a seed.
std::string UniqueName() { return "keyrig-" + Rng().Stream("uniq").TakeGuid(); }

/// The device while it is plugged: the draining thread queues reports, one thread runs the framing
/// and sends, the core processes on its own.
class UhidAttachment final : public virtual_key::Attachment {
 public:
  UhidAttachment(KeyCore& core, Clock& clock, Rng& rng, std::string name)
      : core_(core), clock_(clock), engine_(core, clock, rng, kUhidKeepaliveInterval) {
    identity_.name = std::move(name);
    identity_.uniq = UniqueName();
  }
  ~UhidAttachment() override { Detach(); }

  Result<void, Error> Attach() override {
    engine_.PowerCycle();
    incoming_.clear();
    auto device = TRY(transport::UhidDevice::Create(
        identity_, [this](const HidReport& report) { Queue(report); }));
    {
      const std::lock_guard lock(mutex_);
      device_ = std::move(device);
    }
    pump_ = std::jthread([this](const std::stop_token& stop) { Pump(stop); });
    return {};
  }

  void Detach() override {
    pump_.request_stop();
    core_.Changes().Raise();
    if (pump_.joinable()) pump_.join();
    const std::lock_guard lock(mutex_);
    device_.reset();
  }

  bool IsAttached() const override {
    const std::lock_guard lock(mutex_);
    return device_ != nullptr;
  }
  std::string Node() const override {
    const std::lock_guard lock(mutex_);
    return device_ ? device_->Node() : std::string();
  }
  bool IsRealtime() const {
    const std::lock_guard lock(mutex_);
    return device_ && device_->IsRealtime();
  }

 private:
  void Queue(const HidReport& report) {
    {
      const std::lock_guard lock(queue_mutex_);
      incoming_.push_back(report);
    }
    core_.Changes().Raise();
  }

  std::deque<HidReport> TakeIncoming() {
    const std::lock_guard lock(queue_mutex_);
    return std::exchange(incoming_, {});
  }

  void Pump(const std::stop_token& stop) {
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

  KeyCore& core_;
  Clock& clock_;
  HidEngine engine_;  // of the pump while it runs
  transport::UhidIdentity identity_;
  mutable std::mutex mutex_;  // guards device_ where the pump does not run
  std::unique_ptr<transport::UhidDevice> device_;
  std::mutex queue_mutex_;
  std::deque<HidReport> incoming_;
  std::jthread pump_;
};

class AssembledUhidKey final : public UhidKey {
 public:
  AssembledUhidKey(std::unique_ptr<KeyCore> core, std::string name, Clock& clock, Rng& rng)
      : core_(std::move(core)),
        attachment_(*core_, clock, rng, std::move(name)),
        control_(*core_, attachment_, clock) {}

  std::string Node() const override { return attachment_.Node(); }
  bool IsRealtime() const override { return attachment_.IsRealtime(); }
  KeyControl& Control() override { return control_; }
  Bytes AttestationRoot() const override { return core_->AttestationRoot(); }

 private:
  std::unique_ptr<KeyCore> core_;
  UhidAttachment attachment_;
  LocalKeyControl control_;
};

}  // namespace

Result<std::unique_ptr<UhidKey>, Error> UhidKey::Create(VirtualKeyOptions options, std::string name,
                                                        Clock& clock, Rng& rng, EventSink& events) {
  auto core = TRY(KeyCore::Create(std::move(options), "usb", clock, rng, events));
  auto key = std::make_unique<AssembledUhidKey>(std::move(core), std::move(name), clock, rng);
  TRY(key->Control().Plug());
  return key;
}

}  // namespace keyrig
