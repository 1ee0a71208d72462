#include "harness/app/bench_key.h"
#include "harness/app/key_profile.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::app {
namespace {

class MemoryBenchKey final : public BenchKey {
 public:
  MemoryBenchKey(std::unique_ptr<MemoryKey> key, Rng& rng, EventSink& events)
      : key_(std::move(key)),
        person_(device::ScriptedOperator(key_->Control())),
        rng_(rng),
        events_(events) {}

  Result<device::Fido2Key, Error> Open() override {
    std::unique_ptr<HidPort> port = key_->Open();
    if (!port) return Fail("The key is not plugged in.");
    return device::Fido2Key::OpenPort(std::move(port), rng_, events_, "station");
  }
  device::Operator& Person() override { return *person_; }
  std::vector<crypto::Certificate> AttestationRoots() const override {
    const auto root = crypto::Certificate::FromDer(key_->AttestationRoot());
    if (!root) return {};
    return {*root};
  }
  /// The clock is the bench's: it has turned it already.
  Result<void, Error> Advance(Duration) override { return {}; }
  Result<void, Error> Unplug() override { return key_->Control().Unplug(); }
  Result<void, Error> Plug() override { return key_->Control().Plug(); }
  Result<void, Error> SetFault(const std::string& fault) override {
    return key_->Control().SetFault(fault);
  }
  Result<void, Error> ClearFaults() override { return key_->Control().ClearFaults(); }

 private:
  std::unique_ptr<MemoryKey> key_;
  std::unique_ptr<device::Operator> person_;
  Rng& rng_;
  EventSink& events_;
};

}  // namespace

OrVerdict<std::unique_ptr<BenchKey>> MakeMemoryKey(const scenario::KeyProfile& profile,
                                                   Clock& clock, Rng& rng, EventSink& events) {
  const auto failed = [](const Error& error) {
    return scenario::ScenarioResult{scenario::Verdict::kFailed, error.message};
  };
  VirtualKeyOptions options;
  options.config = TRY(ConfigOf(profile).map_error(failed));
  options.pin = profile.pin;
  options.gesture = {Gesture::kTouch, Duration{0}};
  auto key = TRY(MemoryKey::Create(std::move(options), clock, rng, events).map_error(failed));
  return std::make_unique<MemoryBenchKey>(std::move(key), rng, events);
}

}  // namespace keyrig::app
