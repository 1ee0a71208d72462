#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "harness/app/bench_key.h"
#include "harness/base/clock.h"
#include "harness/base/crypto.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "harness/device/device_spec.h"
#include "harness/scenario/bench.h"
#include "harness/scenario/scenario.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/http/server.h"
#include "mock-entra/mock_entra.h"

namespace keyrig::app {

/// What all benches of a run have in common.
struct BenchOptions {
  device::DeviceSpec key;
  std::uint64_t seed = 0;
  std::filesystem::path folder;  // for sockets; the run's own
  http::PrivateCa ca;
  std::filesystem::path virtual_key_program;  // uhid: and nfc: only
  PhysicalKeyPlace physical;                  // hid: and nfc:READER only
  crypto::PrivateKey signing_key;             // of the service's tokens
  bool no_skips = false;                      // what would be skipped fails
  std::stop_token stop;                       // ends a waiting step, and the scenario
};

/// Everything that one scenario is played with, made afresh: a key, a service with its tenant, a
/// station, their clocks and chance. On memory: all of it runs on the caller's thread but the
/// service's server, in a time that only moves when it is waited for.
class RunBench final : public scenario::Bench {
 public:
  static OrVerdict<std::unique_ptr<RunBench>> Make(const scenario::Scenario& scenario,
                                                   const directory::Tenant& tenant,
                                                   const BenchOptions& options,
                                                   std::shared_ptr<Clock> clock,
                                                   EventStream& events);
  ~RunBench() override;

  /// What the key says of itself.
  Result<device::Capabilities, Error> Capabilities();
  /// Takes away what the scenario made on a key that stays. The destructor does so too, but cannot
  /// say how that went.
  Result<void, Error> CleanUp();

  station::Station& Station() override { return *station_; }
  station::Account AccountOf(const std::string& name) override;
  Result<void, Error> Advance(Duration by) override;
  Result<void, Error> Unplug() override { return key_->Unplug(); }
  Result<void, Error> Plug() override { return key_->Plug(); }
  Result<void, Error> SetFault(const std::string& fault) override { return key_->SetFault(fault); }
  Result<void, Error> ClearFaults() override { return key_->ClearFaults(); }
  Result<void, Error> Settle() override { return key_->Settle(); }

 private:
  RunBench(const directory::Tenant& tenant, std::shared_ptr<Clock> clock, std::uint64_t seed)
      : tenant_(tenant), clock_(std::move(clock)), rng_(seed) {}
  OrVerdict<void> MakeKey(const scenario::Scenario& scenario, const BenchOptions& options,
                          EventStream& events);
  Result<void, Error> MakeService(const BenchOptions& options, EventStream& events);

  directory::Tenant tenant_;
  std::shared_ptr<Clock> clock_;
  Rng rng_;
  std::unique_ptr<BenchKey> key_;
  std::unique_ptr<MockEntra> service_;
  std::unique_ptr<http::Server> server_;  // before the service goes
  std::unique_ptr<station::Station> station_;
};

/// The time at which every scenario on memory: begins.
Instant FrozenStart();

/// The key that the service's tokens are signed with in a run of this seed. RSA keys take long to
/// make; one serves all scenarios.
crypto::PrivateKey SigningKey(std::uint64_t seed);

/// Plays one scenario from its announcement to its conclusion in the stream.
scenario::ScenarioResult PlayScenario(const scenario::Scenario& scenario,
                                      const directory::Tenant& tenant, const BenchOptions& options,
                                      EventStream& events);

}  // namespace keyrig::app
