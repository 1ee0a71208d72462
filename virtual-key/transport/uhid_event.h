#pragma once

#include <linux/uhid.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/hid.h"

/// The kernel's uhid messages (linux/uhid.h) to and from a FIDO device's terms; no I/O.
namespace keyrig::transport {

/// What the kernel shows of a device.
struct UhidIdentity {
  std::string name = "keyrig Virtual Key";  // at most 127 bytes
  std::string uniq;                         // printable ASCII, at most 63 bytes; tells keys apart
  std::uint16_t vendor = 0x1209;            // pid.codes: no client treats it specially
  std::uint16_t product = 0x0001;           // their number for tests
};

uhid_event CreateEvent(const UhidIdentity& identity);
uhid_event DestroyEvent();
uhid_event InputEvent(const HidReport& report);

/// The report that an OUTPUT event carries: 64 bytes, or 65 with the report number 0 in front.
/// Nothing for other events and other sizes.
std::optional<HidReport> OutputReport(const uhid_event& event);

/// GET_REPORT and SET_REPORT block their caller for 5 s unless answered: the answer (EINVAL, since
/// a FIDO device has no such reports); nothing for other events.
std::optional<uhid_event> ReplyTo(const uhid_event& event);

}  // namespace keyrig::transport
