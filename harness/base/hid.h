#pragma once

#include <chrono>
#include <optional>

#include "harness/base/bytes.h"

namespace keyrig {

/// One 64-byte HID report without report number, as CTAPHID has it (CTAP 2.1 §11.2).
using HidReport = ByteArray<64>;

/// What tells a host that a HID device is a FIDO key with such reports (CTAP 2.1 §11.2.8.1).
inline constexpr ByteArray<34> kFidoReportDescriptor = {
    0x06, 0xD0, 0xF1, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26,
    0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00,
    0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, 0xC0};

/// A client's end of one open HID device.
class HidPort {
 public:
  virtual ~HidPort() = default;
  /// False once the device is gone.
  virtual bool Write(const HidReport& report) = 0;
  /// Nothing after `timeout` (negative: wait for ever) or once the device is gone.
  virtual std::optional<HidReport> Read(std::chrono::milliseconds timeout) = 0;
};

}  // namespace keyrig
