#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/result.h"

namespace keyrig {

/// What a scripted user does when a key asks for a touch.
enum class Gesture {
  kTouch,    // touches, at once or after a delay
  kDecline,  // says no
  kNever,    // does nothing until the key gives up
  kManual,   // waits for KeyControl::Touch or Decline
};

struct GestureScript {
  Gesture gesture = Gesture::kManual;
  Duration delay{0};  // before a touch
  friend bool operator==(const GestureScript&, const GestureScript&) = default;
  /// "touch", "touch after 250ms", "decline", "never", "manual".
  std::string Text() const;
  static Result<GestureScript, Error> Parse(std::string_view text);
};

/// What can be read of a key from outside.
struct KeyStateReport {
  bool plugged = false;
  bool awaiting_touch = false;
  bool pin_set = false;
  int pin_retries = 0;
  std::size_t discoverable_credentials = 0;
  std::string aaguid;
  std::string device_node;  // "/dev/hidraw3", or empty where there is none
  GestureScript gesture;
};

/// The one seam through which a virtual key is steered, in-process or over its control socket.
/// Each verb is done when it returns.
class KeyControl {
 public:
  virtual ~KeyControl() = default;
  /// Waits until the key asks for a touch, then gives it, once. An error if the key does not ask
  /// within `expiry` or `stop` is requested.
  virtual Result<void, Error> Touch(Duration expiry, std::stop_token stop = {}) = 0;
  /// Likewise, but says no.
  virtual Result<void, Error> Decline(Duration expiry, std::stop_token stop = {}) = 0;
  /// Sets what happens at each later prompt.
  virtual Result<void, Error> SetGesture(GestureScript script) = 0;
  virtual Result<void, Error> Unplug() = 0;
  /// Returns once the device node is there.
  virtual Result<void, Error> Plug() = 0;
  virtual Result<void, Error> PowerCycle() = 0;
  virtual Result<void, Error> Advance(Duration by) = 0;
  virtual Result<KeyStateReport, Error> State() = 0;
};

/// The one seam through which a mock service is steered.
class ServiceControl {
 public:
  virtual ~ServiceControl() = default;
  virtual Result<void, Error> Advance(Duration by) = 0;
  /// Puts the tenant back to what it was when the service started.
  virtual Result<void, Error> Reset() = 0;
};

}  // namespace keyrig
