#pragma once

#include <chrono>
#include <optional>

#include "harness/base/bytes.h"

namespace keyrig {

/// One 64-byte HID report without report number, as CTAPHID has it (CTAP 2.1 §11.2).
using HidReport = ByteArray<64>;

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
