#include "harness/app/conformance_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "harness/app/bench.h"
#include "harness/base/child_process.h"
#include "harness/device/card_reader.h"
#include "harness/device/hidraw_port.h"
#include "virtual-key/control/socket_key_control.h"

namespace keyrig::app {
namespace {

using conformance::Bench;
using device::CtapLink;
using device::DeviceSpec;

constexpr const char* kSource = "client";
// A new wait has begun by then; what is turned on in the key's clock is its whole length.
constexpr std::chrono::milliseconds kUntilItWaits{150};
constexpr Duration kLongerThanAnyWait = std::chrono::seconds(61);

/// A key of this process, in a time that only moves when it is waited for.
class MemoryConformanceBench final : public Bench {
 public:
  MemoryConformanceBench(VirtualKeyOptions options, Rng& rng, EventSink& events)
      : options_(std::move(options)), rng_(rng), events_(events) {}

  Result<std::unique_ptr<CtapLink>, Error> Connect() override {
    if (!key_) TRY(Renew());
    return device::OpenHidLink(key_->Open(), rng_, events_, kSource);
  }
  bool IsOwn() const override { return true; }
  bool RenewsAtOnce() const override { return true; }
  Result<void, Error> Renew() override {
    key_.reset();
    key_ = TRY(MemoryKey::Create(options_, clock_, rng_, events_));
    return {};
  }
  bool MayReset() const override { return true; }
  std::optional<std::string> Pin() const override { return std::nullopt; }
  Result<void, Error> SetUser(const GestureScript& script) override {
    return key_->Control().SetGesture(script);
  }
  Result<void, Error> During(Gesture, const std::function<void()>& rest) override {
    rest();
    return {};
  }
  Result<void, Error> PowerCycle() override { return key_->Control().PowerCycle(); }
  Result<void, Error> Advance(Duration by) override {
    clock_.Advance(by);
    return {};
  }

 private:
  VirtualKeyOptions options_;
  FrozenClock clock_{FrozenStart()};
  Rng& rng_;
  EventSink& events_;
  std::unique_ptr<MemoryKey> key_;
};

/// A virtual-key process; each renewal is another one.
class ProgramConformanceBench final : public Bench {
 public:
  ProgramConformanceBench(ConformanceKey key, Rng& rng, EventSink& events)
      : place_(std::move(key)), rng_(rng), events_(events) {}

  Result<std::unique_ptr<CtapLink>, Error> Connect() override {
    if (!control_) TRY(Renew());
    const KeyStateReport state = TRY(control_->State());
    if (!state.plugged) return Fail("The key is not plugged in.");
    if (state.device_node.empty()) return Fail(kNotAtThisMachine);
    const auto kind = place_.device.kind == DeviceSpec::Kind::kNfc ? DeviceSpec::Kind::kNfc
                                                                   : DeviceSpec::Kind::kHid;
    return OpenPhysicalLink({kind, state.device_node}, rng_, events_);
  }
  bool IsOwn() const override { return true; }
  bool RenewsAtOnce() const override { return false; }
  Result<void, Error> Renew() override {
    constexpr std::chrono::milliseconds kReady{30'000};  // a guest without KVM is slow
    control_.reset();
    process_.reset();
    const std::filesystem::path socket = place_.folder / "conformance.socket";
    std::error_code ignored;
    std::filesystem::remove(socket, ignored);
    std::vector<std::string> arguments = {"--transport", std::string(place_.device.Scheme()),
                                          "--control",   socket.string(),
                                          "--touch",     "manual",
                                          "--seed",      std::to_string(place_.seed)};
    if (place_.profile) arguments.insert(arguments.end(), {"--profile", *place_.profile});
    process_ = TRY(ChildProcess::Start(place_.virtual_key_program, arguments));
    TRY(process_->AwaitLine("ready: ", kReady));
    control_ = std::make_unique<control::SocketKeyControl>(socket);
    return {};
  }
  bool MayReset() const override { return true; }
  std::optional<std::string> Pin() const override { return std::nullopt; }
  Result<void, Error> SetUser(const GestureScript& script) override {
    return control_->SetGesture(script);
  }
  Result<void, Error> During(Gesture gesture, const std::function<void()>& rest) override {
    if (gesture != Gesture::kNever) {
      rest();
      return {};
    }
    // Nobody comes: the key's clock is turned rather than waited for.
    std::jthread turning([this] {
      std::this_thread::sleep_for(kUntilItWaits);
      static_cast<void>(control_->Advance(kLongerThanAnyWait));
    });
    rest();
    return {};
  }
  Result<void, Error> PowerCycle() override { return control_->PowerCycle(); }
  Result<void, Error> Advance(Duration by) override { return control_->Advance(by); }

 private:
  ConformanceKey place_;
  Rng& rng_;
  EventSink& events_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<control::SocketKeyControl> control_;
};

/// Somebody's key.
class PhysicalConformanceBench final : public Bench {
 public:
  PhysicalConformanceBench(ConformanceKey key, Rng& rng, EventSink& events)
      : key_(std::move(key)), rng_(rng), events_(events) {}

  Result<std::unique_ptr<CtapLink>, Error> Connect() override {
    return OpenPhysicalLink(key_.device, rng_, events_);
  }
  bool IsOwn() const override { return false; }
  bool RenewsAtOnce() const override { return false; }
  Result<void, Error> Renew() override { return Fail("This key is not keyrig's to replace."); }
  bool MayReset() const override { return key_.may_reset; }
  std::optional<std::string> Pin() const override { return key_.pin; }
  Result<void, Error> SetUser(const GestureScript&) override { return {}; }
  Result<void, Error> During(Gesture gesture, const std::function<void()>& rest) override {
    return key_.person->During(gesture, kCalled, rest);
  }
  Result<void, Error> PowerCycle() override {
    constexpr Duration kHandling = std::chrono::minutes(2);
    constexpr auto kAppearing = std::chrono::seconds(10);
    TRY(key_.person->Do(device::Action::kRemove, kCalled, kHandling, {}));
    TRY(key_.person->Do(device::Action::kInsert, kCalled, kHandling, {}));
    const auto deadline = std::chrono::steady_clock::now() + kAppearing;
    NullSink nobody;
    while (true) {
      const auto link = OpenPhysicalLink(key_.device, rng_, nobody);
      if (link) return {};
      if (std::chrono::steady_clock::now() > deadline) return Err(link.error());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  Result<void, Error> Advance(Duration) override {
    return Fail("The clock of a physical key does not turn.");
  }

 private:
  static constexpr const char* kCalled = "the security key";
  ConformanceKey key_;
  Rng& rng_;
  EventSink& events_;
};

}  // namespace

Result<std::unique_ptr<CtapLink>, Error> OpenPhysicalLink(const DeviceSpec& device, Rng& rng,
                                                          EventSink& events) {
  if (device.kind == DeviceSpec::Kind::kNfc) {
    return device::OpenCardLink(TRY(device::OpenCard(device.path)), events, kSource);
  }
  return device::OpenHidLink(TRY(device::OpenHidraw(device.path)), rng, events, kSource);
}

Result<std::unique_ptr<Bench>, Error> MakeConformanceBench(ConformanceKey key, Rng& rng,
                                                           EventSink& events) {
  if (key.device.kind == DeviceSpec::Kind::kMemory) {
    return std::make_unique<MemoryConformanceBench>(std::move(key.memory), rng, events);
  }
  if (key.device.IsPhysical()) {
    return std::make_unique<PhysicalConformanceBench>(std::move(key), rng, events);
  }
  if (key.device.kind == DeviceSpec::Kind::kUhid && access("/dev/uhid", R_OK | W_OK) != 0) {
    return Fail(
        "/dev/uhid is missing or may not be opened. `modprobe uhid` and ci/uhid may help; else "
        "ci/run plays the same in a guest that has one.");
  }
  return std::make_unique<ProgramConformanceBench>(std::move(key), rng, events);
}

}  // namespace keyrig::app
