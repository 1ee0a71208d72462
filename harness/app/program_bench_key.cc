#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "harness/app/bench_key.h"
#include "harness/app/key_profile.h"
#include "harness/base/child_process.h"
#include "harness/device/card_reader.h"
#include "harness/device/device_spec.h"
#include "virtual-key/control/socket_key_control.h"

namespace keyrig::app {
namespace {

using scenario::ScenarioResult;
using scenario::Verdict;

constexpr std::chrono::milliseconds kReady{30'000};  // a guest without KVM is slow

/// A virtual-key process on one of its transports.
class ProgramBenchKey final : public BenchKey {
 public:
  ProgramBenchKey(device::DeviceSpec::Kind transport, std::unique_ptr<ChildProcess> process,
                  std::unique_ptr<control::SocketKeyControl> control,
                  std::unique_ptr<control::EventFeed> feed,
                  std::vector<crypto::Certificate> attestation_roots, std::stop_token stop,
                  Rng& rng, EventSink& events)
      : transport_(transport),
        process_(std::move(process)),
        control_(std::move(control)),
        feed_(std::move(feed)),
        person_(PersonOf(transport, *control_)),
        attestation_roots_(std::move(attestation_roots)),
        stop_(std::move(stop)),
        rng_(rng),
        events_(events) {}

  Result<device::Fido2Key, Error> Open() override {
    const KeyStateReport state = TRY(control_->State());
    if (!state.plugged) return Fail("The key is not plugged in.");
    if (state.device_node.empty()) return Fail(kNotAtThisMachine);
    // What the program has attached is a device like any other.
    using Kind = device::DeviceSpec::Kind;
    const Kind kind = transport_ == Kind::kNfc ? Kind::kNfc : Kind::kHid;
    auto key = TRY(device::Fido2Key::Open({kind, state.device_node}, rng_, events_, "station"));
    key.EndOn(stop_);
    return key;
  }
  device::Operator& Person() override { return *person_; }
  std::vector<crypto::Certificate> AttestationRoots() const override { return attestation_roots_; }
  Result<void, Error> Advance(Duration by) override { return control_->Advance(by); }
  Result<void, Error> Unplug() override { return control_->Unplug(); }
  Result<void, Error> Plug() override { return control_->Plug(); }
  Result<void, Error> SetFault(const std::string& fault) override {
    return control_->SetFault(fault);
  }
  Result<void, Error> ClearFaults() override { return control_->ClearFaults(); }
  Result<void, Error> Settle() override { return feed_->CatchUp(); }

 private:
  /// A key in a reader's field is touched already: that somebody declines or stays away has to be
  /// known before it asks (virtual-key's TapPresence).
  static std::unique_ptr<device::Operator> PersonOf(device::DeviceSpec::Kind transport,
                                                    KeyControl& control) {
    return transport == device::DeviceSpec::Kind::kNfc ? device::ScriptedOperator(control)
                                                       : device::ControlledOperator(control);
  }

  device::DeviceSpec::Kind transport_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<control::SocketKeyControl> control_;
  std::unique_ptr<control::EventFeed> feed_;
  std::unique_ptr<device::Operator> person_;
  std::vector<crypto::Certificate> attestation_roots_;
  std::stop_token stop_;
  Rng& rng_;
  EventSink& events_;
};

/// Whether /dev/uhid may be opened, or what to do.
Result<void, ScenarioResult> CheckUhid() {
  if (access("/dev/uhid", R_OK | W_OK) == 0) return {};
  if (errno == EACCES || errno == EPERM) {
    return Err(ScenarioResult{
        Verdict::kSkipped,
        "/dev/uhid may not be opened. The udev rules in ci/70-keyrig.rules grant it (ci/uhid says "
        "how)."});
  }
  return Err(ScenarioResult{Verdict::kSkipped,
                            "This machine has no /dev/uhid. `modprobe uhid` may help; else "
                            "ci/run plays the same in a guest that has one."});
}

/// Whether there is a reader to hold a virtual key to, or what to do.
Result<void, ScenarioResult> CheckReaders() {
  const auto readers = device::ListCardReaders();
  if (readers) return {};
  return Err(ScenarioResult{Verdict::kSkipped, readers.error().message});
}

/// Whether there is a USB device port to put a key at, or what to do.
Result<void, ScenarioResult> CheckPorts() {
  std::error_code none;
  if (std::filesystem::directory_iterator("/sys/class/udc", none) !=
      std::filesystem::directory_iterator()) {
    return {};
  }
  return Err(ScenarioResult{Verdict::kSkipped,
                            "This machine has no USB device port (/sys/class/udc is empty). "
                            "`modprobe dummy_hcd` makes one that leads back to it; the guest of "
                            "ci/guest has it."});
}

Result<std::unique_ptr<BenchKey>, Error> Start(device::DeviceSpec::Kind transport,
                                               const scenario::KeyProfile& profile,
                                               const ProgramKeyPlace& place, Rng& rng,
                                               EventSink& events) {
  const std::filesystem::path socket = place.folder / "key.socket";
  std::error_code ignored;
  std::filesystem::remove(socket, ignored);
  std::vector<std::string> arguments = {
      "--transport", std::string(device::DeviceSpec{transport, {}}.Scheme()),
      "--control",   socket.string(),
      "--profile",   ModelOf(profile),
      "--touch",     "manual",
      "--seed",      std::to_string(place.seed)};
  if (profile.aaguid) arguments.insert(arguments.end(), {"--aaguid", profile.aaguid->Text()});
  if (profile.attestation) {
    arguments.insert(arguments.end(), {"--attestation", std::string(Name(*profile.attestation))});
  }
  if (profile.pin) arguments.insert(arguments.end(), {"--pin", *profile.pin});
  auto process = TRY(ChildProcess::Start(place.program, arguments));
  TRY(process->AwaitLine("ready: ", kReady));
  auto control = std::make_unique<control::SocketKeyControl>(socket);
  auto feed = TRY(control::EventFeed::Start(socket, events));
  std::vector<crypto::Certificate> roots;
  const authenticator::AuthenticatorConfig config = TRY(ConfigOf(profile));
  if (HasAttestationRoot(config.attestation)) {
    const std::string pem = TRY(control->AttestationRoot());
    roots = TRY(crypto::Certificate::FromPem(pem));
  }
  return std::make_unique<ProgramBenchKey>(transport, std::move(process), std::move(control),
                                           std::move(feed), std::move(roots), place.stop, rng,
                                           events);
}

ScenarioResult AsFailure(const Error& error) { return {Verdict::kFailed, error.message}; }

}  // namespace

OrVerdict<std::unique_ptr<BenchKey>> StartUhidKey(const scenario::KeyProfile& profile,
                                                  const ProgramKeyPlace& place, Rng& rng,
                                                  EventSink& events) {
  TRY(CheckUhid());
  return Start(device::DeviceSpec::Kind::kUhid, profile, place, rng, events).map_error(AsFailure);
}

OrVerdict<std::unique_ptr<BenchKey>> StartGadgetKey(const scenario::KeyProfile& profile,
                                                    const ProgramKeyPlace& place, Rng& rng,
                                                    EventSink& events) {
  TRY(CheckPorts());
  return Start(device::DeviceSpec::Kind::kGadget, profile, place, rng, events).map_error(AsFailure);
}

OrVerdict<std::unique_ptr<BenchKey>> StartNfcKey(const scenario::KeyProfile& profile,
                                                 const ProgramKeyPlace& place, Rng& rng,
                                                 EventSink& events) {
  TRY(CheckReaders());
  return Start(device::DeviceSpec::Kind::kNfc, profile, place, rng, events).map_error(AsFailure);
}

}  // namespace keyrig::app
