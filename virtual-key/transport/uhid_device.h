#pragma once

#include <memory>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/transport/hid_device.h"
#include "virtual-key/transport/uhid_event.h"

namespace keyrig::transport {

/// A HID device that this process plays to its own kernel.
class UhidDevice final : public HidDevice {
 public:
  /// The serial number must be another than that of any HID device here. Returns once the device's
  /// node is there. A `receiver` that does not return at once loses
  /// reports: the kernel's ring has room for 31. An error names what is missing and what to do.
  static Result<std::unique_ptr<UhidDevice>, Error> Create(const UsbIdentity& identity,
                                                           Receiver receiver);
  ~UhidDevice() override;
  UhidDevice(const UhidDevice&) = delete;
  UhidDevice& operator=(const UhidDevice&) = delete;

  std::string Node() const override { return node_; }
  /// Whether the draining thread runs before all ordinary ones, as it should.
  bool IsRealtime() const { return is_realtime_; }
  /// Those after the first 32 at a pace of about 1 ms each, so that no reader of the node loses
  /// one. False if the kernel refuses.
  bool Send(std::span<const HidReport> reports) override;

 private:
  UhidDevice(FileDescriptor uhid, FileDescriptor wake, Receiver receiver);
  void Drain();

  FileDescriptor uhid_;
  FileDescriptor wake_;
  Receiver receiver_;
  std::string node_;
  bool is_realtime_ = false;
  std::thread drain_;
};

}  // namespace keyrig::transport
