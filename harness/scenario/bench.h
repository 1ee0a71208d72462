#pragma once

#include <string>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/station/station.h"

namespace keyrig::scenario {

/// What the steps of one scenario act on: a station, its key, the service, their clocks.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual station::Station& Station() = 0;
  /// The account that a name of the scenario stands for: "adele" of the tenant's default domain,
  /// or a whole user principal name. A user that the tenant does not know has no password.
  virtual station::Account AccountOf(const std::string& name) = 0;
  /// Turns the clocks of service and key forward.
  virtual Result<void, Error> Advance(Duration by) = 0;
  virtual Result<void, Error> Unplug() = 0;
  /// Done once the key can be used.
  virtual Result<void, Error> Plug() = 0;
  /// Makes the key misbehave, as KeyControl::SetFault.
  virtual Result<void, Error> SetFault(const std::string& fault) = 0;
  virtual Result<void, Error> ClearFaults() = 0;
  /// Returns once every event of what was done has reached the stream.
  virtual Result<void, Error> Settle() = 0;
};

}  // namespace keyrig::scenario
