#include "virtual-key/uhid_key.h"

#include <atomic>
#include <utility>

#include "virtual-key/hid_attachment.h"
#include "virtual-key/key_core.h"
#include "virtual-key/local_key_control.h"
#include "virtual-key/transport/uhid_device.h"

namespace keyrig {
namespace {

using virtual_key::HidAttachment;
using virtual_key::KeyCore;
using virtual_key::LocalKeyControl;

class AssembledUhidKey final : public UhidKey {
 public:
  AssembledUhidKey(std::unique_ptr<KeyCore> core, transport::UsbIdentity identity, Clock& clock,
                   Rng& rng)
      : core_(std::move(core)),
        identity_(std::move(identity)),
        attachment_(
            *core_, clock, rng,
            [this](transport::HidDevice::Receiver receiver) { return Open(std::move(receiver)); }),
        control_(*core_, attachment_, clock) {
    identity_.serial = virtual_key::UniqueName();
  }

  std::string Node() const override { return attachment_.Node(); }
  bool IsRealtime() const override { return is_realtime_; }
  KeyControl& Control() override { return control_; }
  Bytes AttestationRoot() const override { return core_->AttestationRoot(); }

 private:
  Result<std::unique_ptr<transport::HidDevice>, Error> Open(
      transport::HidDevice::Receiver receiver) {
    auto device = TRY(transport::UhidDevice::Create(identity_, std::move(receiver)));
    is_realtime_ = device->IsRealtime();
    return device;
  }

  std::unique_ptr<KeyCore> core_;
  transport::UsbIdentity identity_;
  std::atomic<bool> is_realtime_ = false;
  HidAttachment attachment_;
  LocalKeyControl control_;
};

}  // namespace

Result<std::unique_ptr<UhidKey>, Error> UhidKey::Create(VirtualKeyOptions options,
                                                        transport::UsbIdentity identity,
                                                        Clock& clock, Rng& rng, EventSink& events) {
  auto core = TRY(KeyCore::Create(std::move(options), "usb", clock, rng, events));
  auto key = std::make_unique<AssembledUhidKey>(std::move(core), std::move(identity), clock, rng);
  TRY(key->Control().Plug());
  return key;
}

}  // namespace keyrig
