#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "harness/base/hid.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"

namespace keyrig {

struct VirtualKeyOptions {
  authenticator::AuthenticatorConfig config;
  std::optional<std::string> pin;  // set at the start, as if by a user
  GestureScript gesture;
  std::string event_source = "key";
};

/// A whole key in this process: authenticator, CTAPHID, scripted user, control; no kernel device.
/// Everything runs on the thread that calls Open()->Write/Read; with a frozen clock a waiting touch
/// advances the clock instead of sleeping.
class MemoryKey {
 public:
  static Result<std::unique_ptr<MemoryKey>, Error> Create(VirtualKeyOptions options, Clock& clock,
                                                          Rng& rng, EventSink& events);
  virtual ~MemoryKey() = default;
  /// A new client's end; null while unplugged.
  virtual std::unique_ptr<HidPort> Open() = 0;
  virtual KeyControl& Control() = 0;
  /// The root certificate that the key's attestation chains to, DER.
  virtual Bytes AttestationRoot() const = 0;
};

}  // namespace keyrig
