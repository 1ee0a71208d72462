#include "harness/app/bench.h"

#include <fmt/format.h>

#include <chrono>

#include "harness/station/native_station.h"

namespace keyrig::app {
namespace {

using scenario::ScenarioResult;
using scenario::Verdict;

ScenarioResult Failed(const Error& error) { return {Verdict::kFailed, error.message}; }

std::shared_ptr<Clock> MakeClock(const device::DeviceSpec& key) {
  if (key.kind == device::DeviceSpec::Kind::kMemory) {
    return std::make_shared<FrozenClock>(FrozenStart());
  }
  return std::make_shared<RealClock>();
}

ScenarioResult PlayOnBench(const scenario::Scenario& scenario, const directory::Tenant& tenant,
                           const BenchOptions& options, std::shared_ptr<Clock> clock,
                           EventStream& events) {
  auto bench = RunBench::Make(scenario, tenant, options, std::move(clock), events);
  if (!bench) return bench.error();
  const auto capabilities = (*bench)->Capabilities();
  if (!capabilities) return Failed(capabilities.error());
  if (auto missing = MissingRequirement(scenario, *capabilities)) {
    return {Verdict::kNotApplicable, *std::move(missing)};
  }
  ScenarioResult result = PlaySteps(scenario, **bench, events, options.stop);
  const auto cleaned = (*bench)->CleanUp();
  if (!cleaned && result.verdict == Verdict::kPassed) return Failed(cleaned.error());
  if (!cleaned) result.message += "\n" + cleaned.error().message;
  return result;
}

}  // namespace

Instant FrozenStart() {
  using namespace std::chrono;
  return Instant(sys_days(2026y / November / 2d) + hours(9));
}

crypto::PrivateKey SigningKey(std::uint64_t seed) {
  Rng rng(seed);
  RandomStream stream = rng.Stream("service.signing_key");
  return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
}

OrVerdict<std::unique_ptr<RunBench>> RunBench::Make(const scenario::Scenario& scenario,
                                                    const directory::Tenant& tenant,
                                                    const BenchOptions& options,
                                                    std::shared_ptr<Clock> clock,
                                                    EventStream& events) {
  std::unique_ptr<RunBench> bench(new RunBench(tenant, std::move(clock), options.seed));
  TRY(bench->MakeKey(scenario, options, events));
  TRY(bench->MakeService(options, events).map_error(Failed));
  return bench;
}

RunBench::~RunBench() = default;

OrVerdict<void> RunBench::MakeKey(const scenario::Scenario& scenario, const BenchOptions& options,
                                  EventStream& events) {
  using Kind = device::DeviceSpec::Kind;
  switch (options.key.kind) {
    case Kind::kMemory:
      key_ = TRY(MakeMemoryKey(scenario.key, *clock_, rng_, events));
      break;
    case Kind::kUhid:
      key_ = TRY(StartUhidKey(
          scenario.key, {options.virtual_key_program, options.folder, options.seed, options.stop},
          rng_, events));
      break;
    case Kind::kGadget:
      key_ = TRY(StartGadgetKey(
          scenario.key, {options.virtual_key_program, options.folder, options.seed, options.stop},
          rng_, events));
      break;
    case Kind::kNfc:
      if (!options.key.IsPhysical()) {
        key_ = TRY(StartNfcKey(
            scenario.key, {options.virtual_key_program, options.folder, options.seed, options.stop},
            rng_, events));
        break;
      }
      [[fallthrough]];
    case Kind::kHid:
      key_ = TRY(UsePhysicalKey(scenario, options.physical, options.stop, events));
      break;
  }
  return {};
}

Result<void, Error> RunBench::MakeService(const BenchOptions& options, EventStream& events) {
  for (crypto::Certificate& root : key_->AttestationRoots()) {
    tenant_.attestation_roots.push_back(std::move(root));
  }
  service_ = std::make_unique<MockEntra>(tenant_, *clock_, rng_, events, options.signing_key);
  server_ = TRY(http::Server::Start("127.0.0.1:0", options.ca.server,
                                    [service = service_.get()](const http::Request& request) {
                                      return service->Handle(request);
                                    }));
  station::NativeStationOptions station;
  station.port = server_->Port();
  station.ca_path = options.ca.ca_path;
  station.open_key = [key = key_.get()] { return key->Open(); };
  station.key_name = key_->CalledByPerson();
  station.person = &key_->Person();
  station.created = key_->Created();
  station.rng = &rng_;
  station.events = &events;
  station.clock = clock_.get();
  station_ = TRY(station::OpenNativeStation(std::move(station)));
  return {};
}

Result<device::Capabilities, Error> RunBench::Capabilities() {
  device::Fido2Key key = TRY(key_->Open());
  return key.GetInfo().map_error([](const device::KeyError& error) {
    return Error{fmt::format("The key does not answer getInfo: {}", error.name)};
  });
}

Result<void, Error> RunBench::CleanUp() {
  device::CreatedCredentials* created = key_->Created();
  if (created == nullptr) return {};
  TRY(created->DeleteAll());
  return {};
}

station::Account RunBench::AccountOf(const std::string& name) {
  const std::string upn =
      name.find('@') == std::string::npos ? name + "@" + tenant_.default_domain : name;
  const directory::User* user = tenant_.FindUser(upn);
  return {upn, user == nullptr ? std::string() : user->password};
}

Result<void, Error> RunBench::Advance(Duration by) {
  TRY(service_->Control().Advance(by));
  return key_->Advance(by);
}

ScenarioResult PlayScenario(const scenario::Scenario& scenario, const directory::Tenant& tenant,
                            const BenchOptions& options, EventStream& events) {
  using std::chrono::steady_clock;
  const std::shared_ptr<Clock> clock = MakeClock(options.key);
  events.UseClock(clock);
  AnnounceScenario(scenario, events);
  const steady_clock::time_point begin = steady_clock::now();
  ScenarioResult result = PlayOnBench(scenario, tenant, options, clock, events);
  if (result.verdict == Verdict::kSkipped && options.no_skips) {
    result = {Verdict::kFailed, "skipped, under --no-skips: " + result.message};
  }
  ConcludeScenario(scenario, result,
                   std::chrono::duration_cast<Duration>(steady_clock::now() - begin), events);
  return result;
}

}  // namespace keyrig::app
