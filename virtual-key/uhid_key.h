#pragma once

#include <memory>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/transport/usb_identity.h"
#include "virtual-key/virtual_key.h"

namespace keyrig {

/// A whole key that the kernel knows as a HID device (Linux uhid), attached for as long as the
/// object lives. Needs a clock that runs by itself.
class UhidKey {
 public:
  /// The kernel finds the node by the serial number, so each key gets one that no other has; that
  /// of `identity` is not used. Returns once the device node is there.
  static Result<std::unique_ptr<UhidKey>, Error> Create(VirtualKeyOptions options,
                                                        transport::UsbIdentity identity,
                                                        Clock& clock, Rng& rng, EventSink& events);
  virtual ~UhidKey() = default;
  /// "/dev/hidraw0"; another one after each plug, empty while unplugged.
  virtual std::string Node() const = 0;
  /// Whether the thread that drains the kernel's ring has real-time priority; without it reports of
  /// clients that do not pause may be lost.
  virtual bool IsRealtime() const = 0;
  /// Unplug and Plug remove and create the device; a power cycle is one after the other.
  virtual KeyControl& Control() = 0;
  virtual Bytes AttestationRoot() const = 0;
};

}  // namespace keyrig
