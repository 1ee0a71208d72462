#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/portable_credential.h"
#include "harness/base/result.h"
#include "harness/base/sample_status.h"

namespace keyrig {

/// What a scripted user does when a key asks for a touch or a finger. Any finger is a touch too; on
/// a fingerprint sensor a plain touch is by the user's usual finger.
enum class Gesture {
  kTouch,        // touches, at once or after a delay
  kFinger,       // touches with a certain finger
  kWrongFinger,  // touches with one that is never enrolled
  kBadSample,    // touches so that a sensor complains
  kDecline,      // says no
  kNever,        // does nothing until the key gives up
  kManual,       // waits for KeyControl::Touch, Decline or Give
};

/// The finger of a plain touch.
inline constexpr const char* kUsualFinger = "usual";

struct GestureScript {
  Gesture gesture = Gesture::kManual;
  Duration delay{0};                          // before a touch
  Duration hold{0};                           // how long the touch lasts
  std::string finger = {};                    // of kFinger: its name, without spaces
  SampleStatus sample = SampleStatus::kGood;  // of kBadSample: the sensor's complaint
  friend bool operator==(const GestureScript&, const GestureScript&) = default;
  /// Whether it ends with skin on the key.
  bool Touches() const;
  /// "touch", "finger NAME", "wrong finger" or "sample too-fast", each with " hold 6s" and
  /// " after 250ms" where they are not zero ("hold 6s" alone is a touch); "decline", "never",
  /// "manual".
  std::string Text() const;
  static Result<GestureScript, Error> Parse(std::string_view text);
};

/// What can be read of a key from outside.
struct KeyStateReport {
  bool plugged = false;
  bool awaiting_touch = false;            // or a finger
  bool awaiting_finger = false;           // on a fingerprint sensor
  std::optional<Instant> awaiting_since;  // by the key's clock, where it waits for either
  bool pin_set = false;
  int pin_retries = 0;
  int uv_retries = 0;
  std::vector<std::string> fingers;  // enrolled
  std::size_t discoverable_credentials = 0;
  std::string aaguid;
  std::string device_node;  // "/dev/hidraw3", or empty where there is none
  GestureScript gesture;
  std::vector<std::string> faults;  // that are set
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
  /// Likewise, but does what `script` says: with a certain finger, for so long. Its delay is after
  /// the key has asked.
  virtual Result<void, Error> Give(const GestureScript& script, Duration expiry,
                                   std::stop_token stop = {}) = 0;
  Result<void, Error> Finger(std::string name, Duration expiry, std::stop_token stop = {});
  Result<void, Error> WrongFinger(Duration expiry, std::stop_token stop = {});
  Result<void, Error> Hold(Duration duration, Duration expiry, std::stop_token stop = {});
  /// Sets what happens at each later prompt.
  virtual Result<void, Error> SetGesture(GestureScript script) = 0;
  virtual Result<void, Error> Unplug() = 0;
  /// Returns once the device node is there.
  virtual Result<void, Error> Plug() = 0;
  virtual Result<void, Error> PowerCycle() = 0;
  virtual Result<void, Error> Advance(Duration by) = 0;
  /// Makes the key misbehave, as "drop_packet=1 once" or "bad_signature always" says: a fault of
  /// its catalogue; in place of one of the same kind.
  virtual Result<void, Error> SetFault(const std::string& fault) = 0;
  virtual Result<void, Error> ClearFaults() = 0;
  virtual Result<KeyStateReport, Error> State() = 0;

  // The verbs of WebDriver's virtual authenticators (WebAuthn L3 §11).
  /// Errors: the model does not fit it, its ID is taken, the key is full or waits for its user.
  virtual Result<void, Error> AddCredential(const PortableCredential& credential) = 0;
  /// All that the key keeps, private keys included; not those that live in their IDs.
  virtual Result<std::vector<PortableCredential>, Error> Credentials() = 0;
  virtual Result<void, Error> RemoveCredential(const CredentialId& id) = 0;
  virtual Result<void, Error> RemoveAllCredentials() = 0;
  /// From now on the user comes with an enrolled finger, or with one that never is; for a key with
  /// a fingerprint sensor.
  virtual Result<void, Error> SetUserVerified(bool verified) = 0;
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
