#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "harness/conformance/bench.h"
#include "harness/device/device_spec.h"
#include "harness/device/operator.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::app {

/// The key that conformance cases are played on.
struct ConformanceKey {
  device::DeviceSpec device;
  VirtualKeyOptions memory;                   // memory: only
  std::optional<std::string> profile;         // of a virtual-key process
  std::filesystem::path virtual_key_program;  // likewise
  std::filesystem::path folder;               // for its control socket
  std::uint64_t seed = 0;
  device::Operator* person = nullptr;  // of a physical key
  std::optional<std::string> pin;      // likewise
  bool may_reset = false;              // likewise
};

/// Where the cases' transactions go is `events`.
Result<std::unique_ptr<conformance::Bench>, Error> MakeConformanceBench(ConformanceKey key,
                                                                        Rng& rng,
                                                                        EventSink& events);

/// Opens a key that is there already: hid:NODE, nfc:READER.
Result<std::unique_ptr<device::CtapLink>, Error> OpenPhysicalLink(const device::DeviceSpec& device,
                                                                  Rng& rng, EventSink& events);

}  // namespace keyrig::app
