#pragma once

#include <filesystem>

namespace keyrig::virtual_key {

/// The USB device port that leads back to this machine (the kernel's dummy_hcd); for tests, which
/// leave all others alone.
inline constexpr const char* kLoopbackPort = "dummy_udc.0";

inline bool HasLoopbackPort() {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path("/sys/class/udc") / kLoopbackPort, error) &&
         std::filesystem::exists("/sys/kernel/config/usb_gadget", error);
}

inline constexpr const char* kNoLoopbackPort =
    "this machine has no USB device port that leads back to it (dummy_hcd); ci/guest -- COMMAND "
    "runs it where one is";

}  // namespace keyrig::virtual_key
