#pragma once

#include <linux/uhid.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/base/hid.h"
#include "virtual-key/transport/usb_identity.h"

/// The kernel's uhid messages (linux/uhid.h) to and from a FIDO device's terms; no I/O.
namespace keyrig::transport {

/// The kernel shows the product's name and, as `uniq`, the serial number, not the manufacturer.
uhid_event CreateEvent(const UsbIdentity& identity);
uhid_event DestroyEvent();
uhid_event InputEvent(const HidReport& report);

/// The report that an OUTPUT event carries: 64 bytes, or 65 with the report number 0 in front.
/// Nothing for other events and other sizes.
std::optional<HidReport> OutputReport(const uhid_event& event);

/// GET_REPORT and SET_REPORT block their caller for 5 s unless answered: the answer (EINVAL, since
/// a FIDO device has no such reports); nothing for other events.
std::optional<uhid_event> ReplyTo(const uhid_event& event);

}  // namespace keyrig::transport
