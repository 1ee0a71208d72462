#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "virtual-key/transport/usb_identity.h"

/// A FIDO key as the kernel's USB gadget framework wants it described (Documentation/usb/
/// gadget_configfs.rst); no I/O.
namespace keyrig::transport {

/// Whether a text will do as a serial number: 1 to 63 bytes of printable ASCII without spaces,
/// which is what hosts take as it is.
bool IsSerial(std::string_view text);

/// One entry of a gadget's folder in configfs. Paths are relative to that folder.
struct GadgetPart {
  enum class Kind { kFolder, kAttribute, kLink };
  Kind kind = Kind::kFolder;
  std::filesystem::path path;
  std::string content;  // kAttribute: what is written to it; kLink: the path that it points to
  friend bool operator==(const GadgetPart&, const GadgetPart&) = default;
};

/// The one function of the gadget, which the kernel makes a /dev/hidgN of.
inline constexpr const char* kHidFunction = "functions/hid.key";

/// All that makes the gadget a FIDO key, in the order in which configfs takes it. Attributes go
/// with their folders; removing is the folders and links in reverse.
std::vector<GadgetPart> DescribeGadget(const UsbIdentity& identity);

}  // namespace keyrig::transport
