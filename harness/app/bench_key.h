#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/base/certificate.h"
#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "harness/device/attestation.h"
#include "harness/device/device_spec.h"
#include "harness/device/fido2_key.h"
#include "harness/device/operator.h"
#include "harness/device/physical_key.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/scenario.h"

namespace keyrig::app {

/// The key of one scenario, however it is opened, and who handles it.
class BenchKey {
 public:
  virtual ~BenchKey() = default;
  /// A new client's connection.
  virtual Result<device::Fido2Key, Error> Open() = 0;
  virtual device::Operator& Person() = 0;
  virtual std::string CalledByPerson() const { return "the security key"; }
  /// What a service that trusts this model would trust.
  virtual std::vector<crypto::Certificate> AttestationRoots() const = 0;
  /// Turns the key's own clock forward, where it has one.
  virtual Result<void, Error> Advance(Duration by) = 0;
  virtual Result<void, Error> Unplug() = 0;
  virtual Result<void, Error> Plug() = 0;
  /// As KeyControl::SetFault; a key that cannot be told to misbehave has an error.
  virtual Result<void, Error> SetFault(const std::string& fault) = 0;
  virtual Result<void, Error> ClearFaults() = 0;
  /// Returns once every event of what the key did has reached the stream.
  virtual Result<void, Error> Settle() { return {}; }
  /// Where made credentials are noted; null for a key that is gone after the scenario.
  virtual device::CreatedCredentials* Created() { return nullptr; }
};

/// Why there is no key: a verdict other than passed, with its reason.
template <typename T>
using OrVerdict = Result<T, scenario::ScenarioResult>;

/// A key of this process, on the caller's thread.
OrVerdict<std::unique_ptr<BenchKey>> MakeMemoryKey(const scenario::KeyProfile& profile,
                                                   Clock& clock, Rng& rng, EventSink& events);

/// Why clients here cannot open a key that is plugged in.
inline constexpr const char* kNotAtThisMachine =
    "The key has no device node on this machine: its USB port leads to another one.";

struct ProgramKeyPlace {
  std::filesystem::path program;  // virtual-key
  std::filesystem::path folder;   // for its control socket
  std::uint64_t seed = 0;
  std::stop_token stop;  // ends a call of the key that waits
};
/// A virtual-key process that the kernel knows as a HID device; it ends with the object.
OrVerdict<std::unique_ptr<BenchKey>> StartUhidKey(const scenario::KeyProfile& profile,
                                                  const ProgramKeyPlace& place, Rng& rng,
                                                  EventSink& events);
/// A virtual-key process at a USB device port of this machine that leads back to it; it ends with
/// the object.
OrVerdict<std::unique_ptr<BenchKey>> StartGadgetKey(const scenario::KeyProfile& profile,
                                                    const ProgramKeyPlace& place, Rng& rng,
                                                    EventSink& events);
/// A virtual-key process that is a card in a virtual reader; it ends with the object.
OrVerdict<std::unique_ptr<BenchKey>> StartNfcKey(const scenario::KeyProfile& profile,
                                                 const ProgramKeyPlace& place, Rng& rng,
                                                 EventSink& events);

struct PhysicalKeyPlace {
  device::DeviceSpec device;  // hid:/dev/hidraw3 or nfc:READER
  device::Operator* person = nullptr;
  std::vector<crypto::Certificate> attestation_roots;
  bool has_own_pin = false;  // the scenario's PIN was replaced by the owner's
  /// What the key attests, once a scenario had to know; the scenarios of a run share it.
  std::shared_ptr<std::optional<device::Attestation>> attests =
      std::make_shared<std::optional<device::Attestation>>();
};
/// A physical key. Credentials that the scenario makes are deleted when the object ends. `stop`
/// ends whatever waits for the key or its user, but not the deleting.
OrVerdict<std::unique_ptr<BenchKey>> UsePhysicalKey(const scenario::Scenario& scenario,
                                                    const PhysicalKeyPlace& place,
                                                    const std::stop_token& stop, EventSink& events);

}  // namespace keyrig::app
