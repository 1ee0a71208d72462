#pragma once

#include <memory>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/transport/hid_device.h"
#include "virtual-key/transport/usb_gadget.h"

namespace keyrig::transport {

/// A gadget while it is bound, and its end of the HID function.
class GadgetDevice final : public HidDevice {
 public:
  /// Returns once the kernel has the device at the port; where the port leads back to this machine,
  /// once its node is there. The gadget outlives it.
  static Result<std::unique_ptr<GadgetDevice>, Error> Plug(UsbGadget& gadget, Receiver receiver);
  ~GadgetDevice() override;
  GadgetDevice(const GadgetDevice&) = delete;
  GadgetDevice& operator=(const GadgetDevice&) = delete;

  std::string Node() const override;
  /// At the pace of PaceAnswer, for the sake of hosts that run Linux.
  bool Send(std::span<const HidReport> reports) override;

 private:
  /// Binds the gadget, and unbinds it.
  class Binding;

  GadgetDevice(std::unique_ptr<Binding> binding, FileDescriptor wake, Receiver receiver);
  void Receive();
  /// False where the device is to go, or the time is over (negative: never is).
  bool Wait(short events, int milliseconds) const;

  std::unique_ptr<Binding> binding_;
  FileDescriptor wake_;
  Receiver receiver_;
  std::thread receive_;
};

}  // namespace keyrig::transport
