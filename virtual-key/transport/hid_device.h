#pragma once

#include <functional>
#include <span>
#include <string>

#include "harness/base/hid.h"

namespace keyrig::transport {

/// A HID device that this process plays to a host, plugged in for as long as the object lives.
class HidDevice {
 public:
  /// Called for each report from the host, on a thread of the device's own; it must return at once.
  using Receiver = std::function<void(const HidReport&)>;

  virtual ~HidDevice() = default;
  /// Where clients on this machine open it, "/dev/hidraw0"; empty where they have no node of it.
  virtual std::string Node() const = 0;
  /// Sends the packets of one answer, as fast as the host takes them. False if it does not.
  virtual bool Send(std::span<const HidReport> reports) = 0;
};

}  // namespace keyrig::transport
