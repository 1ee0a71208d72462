#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "virtual-key/hid_engine.h"
#include "virtual-key/key_core.h"
#include "virtual-key/local_key_control.h"
#include "virtual-key/transport/hid_device.h"

namespace keyrig::virtual_key {

/// Tells one key on this machine from another, also those of other containers, which share its
/// kernel and may have the same process numbers. Never from a seed.
std::string UniqueName();

/// A HID device while it is plugged: its own thread queues reports, one thread runs the framing and
/// sends, the core processes on its own.
class HidAttachment final : public Attachment {
 public:
  /// Makes the device anew, for each plug.
  using Opener = std::function<Result<std::unique_ptr<transport::HidDevice>, Error>(
      transport::HidDevice::Receiver)>;

  HidAttachment(KeyCore& core, Clock& clock, Rng& rng, Opener open);
  ~HidAttachment() override { Detach(); }

  Result<void, Error> Attach() override;
  void Detach() override;
  bool IsAttached() const override;
  std::string Node() const override;

 private:
  void Queue(const HidReport& report);
  std::deque<HidReport> TakeIncoming();
  void Pump(const std::stop_token& stop);

  KeyCore& core_;
  Clock& clock_;
  HidEngine engine_;  // of the pump while it runs
  const Opener open_;
  mutable std::mutex mutex_;  // guards device_ where the pump does not run
  std::unique_ptr<transport::HidDevice> device_;
  std::mutex queue_mutex_;
  std::deque<HidReport> incoming_;
  std::jthread pump_;
};

}  // namespace keyrig::virtual_key
