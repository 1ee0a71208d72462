#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "harness/device/fido2_key.h"
#include "harness/device/operator.h"
#include "harness/device/physical_key.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// What a native station works with; everything outlives it.
struct NativeStationOptions {
  std::uint16_t port = 0;         // where the service listens on 127.0.0.1
  std::filesystem::path ca_path;  // the PEM file of the CA that it is trusted by
  /// Opens the key that the person uses; called once for each ceremony.
  std::function<Result<device::Fido2Key, Error>()> open_key;
  std::string key_name = "the security key";  // what the operator calls it
  device::Operator* person = nullptr;
  /// Told of each credential that was made, so that it can be deleted again; may be null.
  device::CreatedCredentials* created = nullptr;
  Rng* rng = nullptr;
  EventSink* events = nullptr;
  Clock* clock = nullptr;
  std::string event_source = "station";
};

/// A station that plays browser and operating system itself: it walks the real pages and APIs over
/// HTTPS and speaks to the key through libfido2. Every request goes to 127.0.0.1:port, whatever
/// host it names; none can reach the real service. An error if the CA file cannot be read.
Result<std::unique_ptr<Station>, Error> OpenNativeStation(NativeStationOptions options);

}  // namespace keyrig::station
