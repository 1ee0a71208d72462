#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "harness/base/hid.h"
#include "harness/base/result.h"
#include "virtual-key/transport/uhid_event.h"

namespace keyrig::transport {

/// A HID device that this process plays to the kernel, for as long as the object lives.
class UhidDevice {
 public:
  /// Called for each report from the host, on the thread that drains the kernel's ring of 31
  /// events; it must return at once, or reports are lost.
  using Receiver = std::function<void(const HidReport&)>;

  /// Returns once the device's node is there. An error names what is missing and what to do.
  static Result<std::unique_ptr<UhidDevice>, Error> Create(const UhidIdentity& identity,
                                                           Receiver receiver);
  ~UhidDevice();
  UhidDevice(const UhidDevice&) = delete;
  UhidDevice& operator=(const UhidDevice&) = delete;

  /// "/dev/hidraw0".
  const std::string& Node() const { return node_; }
  /// Whether the draining thread runs before all ordinary ones, as it should.
  bool IsRealtime() const { return is_realtime_; }
  /// Sends the packets of one answer, those after the first 32 at a pace of about 1 ms each, so
  /// that no reader of the node loses one. False if the kernel refuses.
  bool Send(std::span<const HidReport> reports);

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
