#include "virtual-key/transport/hidraw_node.h"

#include <unistd.h>

#include <fstream>
#include <system_error>
#include <thread>

namespace keyrig::transport {
namespace {

constexpr std::chrono::milliseconds kPoll(5);
constexpr std::chrono::milliseconds kPermissionWait(1000);

bool HasUniq(const std::filesystem::path& uevent, std::string_view uniq) {
  constexpr std::string_view kKey = "HID_UNIQ=";
  std::ifstream file(uevent);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kKey) && std::string_view(line).substr(kKey.size()) == uniq) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> FindHidrawNode(std::string_view uniq,
                                          const std::filesystem::path& sys_class) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(sys_class, error)) {
    if (HasUniq(entry.path() / "device" / "uevent", uniq)) {
      return "/dev/" + entry.path().filename().string();
    }
  }
  return std::nullopt;
}

Result<std::string, Error> AwaitHidrawNode(std::string_view uniq,
                                           std::chrono::milliseconds timeout) {
  using Timer = std::chrono::steady_clock;
  const auto give_up = Timer::now() + timeout;
  std::optional<Timer::time_point> seen;
  while (true) {
    const auto node = FindHidrawNode(uniq);
    const bool exists = node && ::access(node->c_str(), F_OK) == 0;
    if (exists) {
      if (::access(node->c_str(), R_OK | W_OK) == 0) return *node;
      if (!seen) seen = Timer::now();
      // Clients may run as somebody else: not being allowed to open it oneself is no failure.
      if (Timer::now() - *seen >= kPermissionWait) return *node;
    } else if (Timer::now() >= give_up) {
      if (!node)
        return Fail(
            "the kernel made no hidraw node for the key; is CONFIG_HIDRAW set, and for a USB "
            "device the module usbhid loaded?");
      return Fail("the kernel made " + *node +
                  " but /dev does not show it; a container's /dev must be the host's, and udev or "
                  "devtmpfs must be at work");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace keyrig::transport
