#pragma once

#include <cstdint>
#include <string>

namespace keyrig::transport {

/// What a host sees of a USB device.
struct UsbIdentity {
  std::uint16_t vendor =
      0x1209;  // pid.codes, whose 0001 is for tests: no client treats it specially
  std::uint16_t product = 0x0001;
  std::string manufacturer = "keyrig";  // each text: at most 126 bytes
  std::string product_name = "keyrig Virtual Key";
  std::string serial;  // see IsSerial; tells keys apart
};

}  // namespace keyrig::transport
