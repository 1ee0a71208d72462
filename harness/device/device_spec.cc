#include "harness/device/device_spec.h"

#include <fmt/format.h>

namespace keyrig::device {
namespace {

constexpr std::string_view kMemory = "memory:";
constexpr std::string_view kUhid = "uhid:";
constexpr std::string_view kHid = "hid:";
constexpr std::string_view kNfc = "nfc:";

}  // namespace

std::string DeviceSpec::Text() const {
  switch (kind) {
    case Kind::kMemory:
      return std::string(kMemory);
    case Kind::kUhid:
      return std::string(kUhid);
    case Kind::kHid:
      return std::string(kHid) + path;
    case Kind::kNfc:
      return std::string(kNfc) + path;
  }
  return {};
}

Result<DeviceSpec, Error> DeviceSpec::Parse(std::string_view text) {
  if (text == kMemory) return DeviceSpec{Kind::kMemory, {}};
  if (text == kUhid) return DeviceSpec{Kind::kUhid, {}};
  if (text.starts_with(kHid)) {
    const std::string_view path = text.substr(kHid.size());
    if (path.size() > 1 && path.front() == '/') return DeviceSpec{Kind::kHid, std::string(path)};
  }
  if (text.starts_with(kNfc)) return DeviceSpec{Kind::kNfc, std::string(text.substr(kNfc.size()))};
  return Fail(
      fmt::format("\"{}\" names no device. Give memory: (a key inside this process), uhid: (a "
                  "virtual key that the kernel knows), nfc: (a virtual key in a virtual card "
                  "reader), hid:/dev/hidrawN or nfc:READER (a physical key).",
                  text));
}

}  // namespace keyrig::device
