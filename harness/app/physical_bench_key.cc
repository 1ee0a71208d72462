#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "harness/app/bench_key.h"

namespace keyrig::app {
namespace {

using scenario::ScenarioResult;
using scenario::Verdict;

constexpr const char* kCalled = "the security key";
constexpr Duration kHandling = std::chrono::minutes(2);  // for a person to plug a key in or out
constexpr Duration kAppearing = std::chrono::seconds(10);

class PhysicalBenchKey final : public BenchKey {
 public:
  PhysicalBenchKey(PhysicalKeyPlace place, EventSink& events)
      : place_(std::move(place)), events_(events), created_([this] { return Open(); }) {}

  Result<device::Fido2Key, Error> Open() override {
    return device::Fido2Key::OpenNode(place_.node, rng_, events_, "station");
  }
  device::Operator& Person() override { return *place_.person; }
  std::string CalledByPerson() const override { return kCalled; }
  std::vector<crypto::Certificate> AttestationRoots() const override {
    return place_.attestation_roots;
  }
  /// A physical key has no clock that could be turned.
  Result<void, Error> Advance(Duration) override { return {}; }
  Result<void, Error> Unplug() override {
    return place_.person->Do(device::Action::kRemove, kCalled, kHandling, {});
  }
  Result<void, Error> Plug() override {
    TRY(place_.person->Do(device::Action::kInsert, kCalled, kHandling, {}));
    const auto deadline = std::chrono::steady_clock::now() + kAppearing;
    while (!std::filesystem::exists(place_.node)) {
      if (std::chrono::steady_clock::now() > deadline) {
        return Fail(
            fmt::format("{} did not come back; plug the key in where it was before", place_.node));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
  }
  device::CreatedCredentials* Created() override { return &created_; }

 private:
  PhysicalKeyPlace place_;
  Rng rng_;  // the operating system's: a seeded session with somebody's key would not be secret
  EventSink& events_;
  device::CreatedCredentials created_;
};

ScenarioResult NotApplicable(std::string reason) {
  return {Verdict::kNotApplicable, std::move(reason)};
}

}  // namespace

OrVerdict<std::unique_ptr<BenchKey>> UsePhysicalKey(const scenario::KeyProfile& profile,
                                                    const PhysicalKeyPlace& place,
                                                    EventSink& events) {
  using Wanted = scenario::KeyProfile::Attestation;
  if (profile.attestation == Wanted::kSelf || profile.attestation == Wanted::kNone) {
    return Err(
        NotApplicable("the scenario needs a key without an attestation certificate, which "
                      "only a virtual key can be told to be"));
  }
  if (profile.attestation == Wanted::kPacked && place.attestation_roots.empty()) {
    return Err(
        NotApplicable("the scenario needs an attestation that the tenant trusts; give the "
                      "maker's root certificate with --attestation-root FILE"));
  }
  if (profile.pin && !place.has_own_pin) {
    return Err(
        NotApplicable("the scenario needs a key that has a PIN already; give it with "
                      "--key-pin"));
  }
  auto key = std::make_unique<PhysicalBenchKey>(place, events);
  if (profile.aaguid) {
    auto opened = key->Open();
    if (!opened) return Err(ScenarioResult{Verdict::kFailed, opened.error().message});
    const auto info = opened->GetInfo();
    if (!info) return Err(ScenarioResult{Verdict::kFailed, "getInfo: " + info.error().name});
    if (info->aaguid != *profile.aaguid) {
      return Err(
          NotApplicable(fmt::format("the scenario needs a key of the model {}; this one is "
                                    "{}",
                                    profile.aaguid->Text(), info->aaguid.Text())));
    }
  }
  return key;
}

}  // namespace keyrig::app
