#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "harness/base/hid.h"

namespace keyrig::transport {

/// CTAP 2.1 §11.2.8.1: usage page 0xF1D0, usage 1, one 64-byte report each way, no report numbers.
inline constexpr std::array<std::uint8_t, 34> kFidoReportDescriptor = {
    0x06, 0xD0, 0xF1, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26,
    0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00,
    0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xC0};

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
