#include "virtual-key/gadget_key.h"

#include <utility>

#include "virtual-key/hid_attachment.h"
#include "virtual-key/transport/gadget_device.h"

namespace keyrig {
namespace {

using transport::GadgetDevice;
using transport::UsbGadget;
using virtual_key::HidAttachment;
using virtual_key::KeyCore;
using virtual_key::LocalKeyControl;

class AssembledGadgetKey final : public GadgetKey {
 public:
  AssembledGadgetKey(std::unique_ptr<KeyCore> core, std::unique_ptr<UsbGadget> gadget, Clock& clock,
                     Rng& rng)
      : core_(std::move(core)),
        gadget_(std::move(gadget)),
        attachment_(*core_, clock, rng,
                    [&port = *gadget_](transport::HidDevice::Receiver receiver) {
                      return GadgetDevice::Plug(port, std::move(receiver));
                    }),
        control_(*core_, attachment_, clock) {}

  std::string Port() const override { return gadget_->Node().value_or(""); }
  KeyControl& Control() override { return control_; }
  Bytes AttestationRoot() const override { return core_->AttestationRoot(); }

 private:
  std::unique_ptr<KeyCore> core_;
  std::unique_ptr<UsbGadget> gadget_;
  HidAttachment attachment_;
  LocalKeyControl control_;
};

}  // namespace

Result<std::unique_ptr<GadgetKey>, Error> GadgetKey::Create(VirtualKeyOptions options,
                                                            transport::UsbIdentity identity,
                                                            const std::string& port, Clock& clock,
                                                            Rng& rng, EventSink& events) {
  if (identity.serial.empty()) identity.serial = virtual_key::UniqueName();
  auto core = TRY(KeyCore::Create(std::move(options), "usb", clock, rng, events));
  auto gadget = TRY(UsbGadget::Declare(identity, port));
  auto key = std::make_unique<AssembledGadgetKey>(std::move(core), std::move(gadget), clock, rng);
  TRY(key->Control().Plug());
  return key;
}

}  // namespace keyrig
