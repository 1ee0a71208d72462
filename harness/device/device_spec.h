#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "harness/base/result.h"

namespace keyrig::device {

/// "memory:", "uhid:", "hid:/dev/hidraw3". Any device is one string.
struct DeviceSpec {
  enum class Kind { kMemory, kUhid, kHid };
  Kind kind = Kind::kMemory;
  std::string path;  // of the hidraw node, kHid only
  std::string Text() const;
  /// An error names what was given and lists the forms.
  static Result<DeviceSpec, Error> Parse(std::string_view text);
};

}  // namespace keyrig::device
