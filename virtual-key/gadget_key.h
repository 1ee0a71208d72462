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

/// A whole key that this machine is at a USB device port of its own: for whatever computer the port
/// leads to, one like any other. Needs a clock that runs by itself.
class GadgetKey {
 public:
  /// `port` is the USB device controller's name, empty for the first. Without a serial number it
  /// gets one that no other key has.
  static Result<std::unique_ptr<GadgetKey>, Error> Create(VirtualKeyOptions options,
                                                          transport::UsbIdentity identity,
                                                          const std::string& port, Clock& clock,
                                                          Rng& rng, EventSink& events);
  virtual ~GadgetKey() = default;
  /// The key's own end, "/dev/hidg0".
  virtual std::string Port() const = 0;
  /// Unplug and Plug unbind the device from its port and bind it again. The state's device node is
  /// the hidraw node where the port leads back to this machine, else empty.
  virtual KeyControl& Control() = 0;
  virtual Bytes AttestationRoot() const = 0;
};

}  // namespace keyrig
