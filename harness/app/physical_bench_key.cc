#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "harness/app/bench_key.h"
#include "harness/app/key_profile.h"
#include "harness/device/card_reader.h"

namespace keyrig::app {
namespace {

using scenario::ScenarioResult;
using scenario::Verdict;

constexpr const char* kCalled = "the security key";
constexpr Duration kHandling = std::chrono::minutes(2);  // for a person to plug a key in or out
constexpr Duration kAppearing = std::chrono::seconds(10);

class PhysicalBenchKey final : public BenchKey {
 public:
  PhysicalBenchKey(PhysicalKeyPlace place, std::stop_token stop, EventSink& events)
      : place_(std::move(place)),
        stop_(std::move(stop)),
        events_(events),
        created_([this] { return OpenToTheEnd(); }) {}

  Result<device::Fido2Key, Error> Open() override {
    auto key = TRY(OpenToTheEnd());
    key.EndOn(stop_);
    return key;
  }
  device::Operator& Person() override { return *place_.person; }
  std::string CalledByPerson() const override { return kCalled; }
  std::vector<crypto::Certificate> AttestationRoots() const override {
    return place_.attestation_roots;
  }
  /// A physical key has no clock that could be turned.
  Result<void, Error> Advance(Duration) override { return {}; }
  Result<void, Error> Unplug() override {
    return place_.person->Do(device::Action::kRemove, kCalled, kHandling, stop_);
  }
  Result<void, Error> Plug() override {
    TRY(place_.person->Do(device::Action::kInsert, kCalled, kHandling, stop_));
    const auto deadline = std::chrono::steady_clock::now() + kAppearing;
    while (!IsThere()) {
      if (stop_.stop_requested() || std::chrono::steady_clock::now() > deadline) {
        return Fail(fmt::format("{} did not come back; put the key where it was before",
                                place_.device.Text()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
  }
  Result<void, Error> SetFault(const std::string&) override {
    return Fail("A physical key cannot be told to misbehave.");
  }
  Result<void, Error> ClearFaults() override { return {}; }
  device::CreatedCredentials* Created() override { return &created_; }

 private:
  bool IsThere() const {
    if (place_.device.kind == device::DeviceSpec::Kind::kHid) {
      return std::filesystem::exists(place_.device.path);
    }
    const auto readers = device::ListCardReaders();
    return readers && std::ranges::any_of(*readers, [&](const device::CardReader& each) {
             return each.name == place_.device.path && each.has_card;
           });
  }

  /// What was made is taken away also after a stop.
  Result<device::Fido2Key, Error> OpenToTheEnd() {
    return device::Fido2Key::Open(place_.device, rng_, events_, "station");
  }

  PhysicalKeyPlace place_;
  std::stop_token stop_;
  Rng rng_;  // the operating system's: a seeded session with somebody's key would not be secret
  EventSink& events_;
  device::CreatedCredentials created_;
};

ScenarioResult NotApplicable(std::string reason) {
  return {Verdict::kNotApplicable, std::move(reason)};
}

ScenarioResult CannotSay(const Error& error) { return {Verdict::kFailed, error.message}; }

template <typename Action>
bool HasStep(const scenario::Scenario& scenario) {
  return std::ranges::any_of(scenario.steps, [](const scenario::Step& step) {
    return std::holds_alternative<Action>(step.action);
  });
}

device::Attestation Attesting(scenario::KeyProfile::Attestation wanted) {
  using Wanted = scenario::KeyProfile::Attestation;
  switch (wanted) {
    case Wanted::kPacked:
      return device::Attestation::kCertificate;
    case Wanted::kSelf:
      return device::Attestation::kSelf;
    case Wanted::kNone:
      return device::Attestation::kNone;
  }
  return device::Attestation::kNone;
}

/// What a look at the scenario tells, before the key is asked anything.
std::optional<std::string> Obstacle(const scenario::Scenario& scenario,
                                    const PhysicalKeyPlace& place) {
  if (HasStep<scenario::AdvanceClock>(scenario)) {
    return "the scenario turns the clocks forward, which that of a physical key does not heed";
  }
  if (HasStep<scenario::SetFault>(scenario)) {
    return "the scenario makes the key misbehave, which a physical key cannot be told to";
  }
  if (scenario.key.attestation == scenario::KeyProfile::Attestation::kPacked &&
      place.attestation_roots.empty()) {
    return "the scenario needs an attestation that the tenant trusts; give the maker's root "
           "certificate with --attestation-root FILE";
  }
  if (scenario.key.pin && !place.has_own_pin) {
    return "the scenario needs a key that has a PIN already; give it with --key-pin";
  }
  return std::nullopt;
}

OrVerdict<void> CheckModel(const Aaguid& wanted, BenchKey& key) {
  auto opened = TRY(key.Open().map_error(CannotSay));
  const auto info = opened.GetInfo();
  if (!info) return Err(ScenarioResult{Verdict::kFailed, "getInfo: " + info.error().name});
  if (info->aaguid == wanted) return {};
  return Err(NotApplicable(fmt::format("the scenario needs a key of the model {}; this one is {}",
                                       wanted.Text(), info->aaguid.Text())));
}

OrVerdict<void> CheckAttestation(device::Attestation wanted, const std::string& pin,
                                 std::optional<device::Attestation>& attests, BenchKey& key) {
  if (!attests) {
    auto opened = TRY(key.Open().map_error(CannotSay));
    attests = TRY(device::ReadAttestation(opened, key.Person(), kCalled, pin).map_error(CannotSay));
  }
  if (*attests == wanted) return {};
  return Err(NotApplicable(
      fmt::format("the scenario needs a key for which {} vouches; for this one {} does",
                  Name(wanted), Name(*attests))));
}

}  // namespace

OrVerdict<std::unique_ptr<BenchKey>> UsePhysicalKey(const scenario::Scenario& scenario,
                                                    const PhysicalKeyPlace& place,
                                                    const std::stop_token& stop,
                                                    EventSink& events) {
  if (auto obstacle = Obstacle(scenario, place)) return Err(NotApplicable(*std::move(obstacle)));
  auto key = std::make_unique<PhysicalBenchKey>(place, stop, events);
  const scenario::KeyProfile& wanted = scenario.key;
  if (wanted.aaguid || wanted.model) {
    TRY(CheckModel(TRY(ConfigOf(wanted).map_error(CannotSay)).aaguid, *key));
  }
  if (wanted.attestation) {
    TRY(CheckAttestation(Attesting(*wanted.attestation), OwnPin(scenario), *place.attests, *key));
  }
  return key;
}

}  // namespace keyrig::app
