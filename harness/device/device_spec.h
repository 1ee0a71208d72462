#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "harness/base/result.h"

namespace keyrig::device {

/// "memory:", "uhid:", "nfc:", "gadget:", "hid:/dev/hidraw3", "nfc:READER". Any device is one
/// string.
struct DeviceSpec {
  enum class Kind { kMemory, kUhid, kHid, kNfc, kGadget };
  Kind kind = Kind::kMemory;
  std::string path;  // kHid: the hidraw node; kNfc: the reader, empty for a virtual key in one
  /// Whether it is there without keyrig making it.
  bool IsPhysical() const { return kind == Kind::kHid || (kind == Kind::kNfc && !path.empty()); }
  /// What stands before the colon; for a virtual key's process also its --transport.
  std::string_view Scheme() const;
  std::string Text() const;
  /// An error names what was given and lists the forms.
  static Result<DeviceSpec, Error> Parse(std::string_view text);
};

}  // namespace keyrig::device
