#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace keyrig::transport {

/// The device node of the HID device whose HID_UNIQ is `uniq`, "/dev/hidraw3"; nothing where the
/// kernel has none. Never by number: an index can move at replug.
std::optional<std::string> FindHidrawNode(
    std::string_view uniq, const std::filesystem::path& sys_class = "/sys/class/hidraw");

/// Waits until the node is there, and a little longer until this user may open it (udev's work).
Result<std::string, Error> AwaitHidrawNode(std::string_view uniq,
                                           std::chrono::milliseconds timeout);

}  // namespace keyrig::transport
