#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/transport/gadget_description.h"

namespace keyrig::transport {

/// A FIDO key that this machine is at a USB device port of its own (configfs), declared to the
/// kernel for as long as the object lives; hosts see it while it is bound.
class UsbGadget {
 public:
  /// Where the kernel has its gadgets and ports.
  struct Kernel {
    std::filesystem::path gadgets = "/sys/kernel/config/usb_gadget";
    std::filesystem::path ports = "/sys/class/udc";
    std::filesystem::path devices = "/dev";
  };

  /// `port` is the name of the USB device controller, empty for the first in order. What a killed
  /// predecessor has left there of its own is removed. An error says what is missing or in the way
  /// and what to do.
  static Result<std::unique_ptr<UsbGadget>, Error> Declare(const UsbIdentity& identity,
                                                           const std::string& port, Kernel kernel);
  static Result<std::unique_ptr<UsbGadget>, Error> Declare(const UsbIdentity& identity,
                                                           const std::string& port) {
    return Declare(identity, port, Kernel());
  }
  ~UsbGadget();
  UsbGadget(const UsbGadget&) = delete;
  UsbGadget& operator=(const UsbGadget&) = delete;

  /// Plugs it in, as far as this end is concerned: a host at the port begins to ask what it is.
  Result<void, Error> Bind();
  void Unbind();
  /// "/dev/hidg0", which is there while it is bound.
  Result<std::string, Error> Node() const;
  const std::string& Serial() const { return serial_; }
  /// Whether the port leads back to this machine, as those of dummy_hcd do.
  bool LeadsBack() const;

 private:
  UsbGadget(Kernel kernel, std::string port, std::string serial, FileDescriptor lock);
  Result<void, Error> Write(const std::vector<GadgetPart>& parts) const;

  const Kernel kernel_;
  const std::string port_;
  const std::string serial_;
  const std::filesystem::path folder_;
  FileDescriptor lock_;  // on the folder: whoever is killed lets go of it
};

}  // namespace keyrig::transport
