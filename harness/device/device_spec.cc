#include "harness/device/device_spec.h"

#include <fmt/format.h>

namespace keyrig::device {
namespace {

constexpr std::string_view kHid = "hid:";
constexpr std::string_view kNfc = "nfc:";

}  // namespace

std::string_view DeviceSpec::Scheme() const {
  switch (kind) {
    case Kind::kMemory:
      return "memory";
    case Kind::kUhid:
      return "uhid";
    case Kind::kHid:
      return "hid";
    case Kind::kNfc:
      return "nfc";
    case Kind::kGadget:
      return "gadget";
  }
  return {};
}

std::string DeviceSpec::Text() const { return fmt::format("{}:{}", Scheme(), path); }

Result<DeviceSpec, Error> DeviceSpec::Parse(std::string_view text) {
  for (const Kind kind : {Kind::kMemory, Kind::kUhid, Kind::kGadget}) {
    const DeviceSpec without_path{kind, {}};
    if (text == without_path.Text()) return without_path;
  }
  if (text.starts_with(kHid)) {
    const std::string_view path = text.substr(kHid.size());
    if (path.size() > 1 && path.front() == '/') return DeviceSpec{Kind::kHid, std::string(path)};
  }
  if (text.starts_with(kNfc)) return DeviceSpec{Kind::kNfc, std::string(text.substr(kNfc.size()))};
  return Fail(
      fmt::format("\"{}\" names no device. Give memory: (a key inside this process), uhid: (a "
                  "virtual key that the kernel knows), gadget: (a virtual key at a USB device port "
                  "of this machine that leads back to it), nfc: (a virtual key in a virtual card "
                  "reader), hid:/dev/hidrawN or nfc:READER (a physical key).",
                  text));
}

}  // namespace keyrig::device
