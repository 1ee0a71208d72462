#include <algorithm>

#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

constexpr std::uint64_t kFingerprint = 1;  // the only modality
constexpr int kTouchSensor = 1;            // fingerprintKind
constexpr std::size_t kTemplateIdSize = 8;

enum class BioSubCommand : std::uint64_t {
  kEnrollBegin = 0x01,
  kEnrollCaptureNextSample = 0x02,
  kCancelCurrentEnrollment = 0x03,
  kEnumerateEnrollments = 0x04,
  kSetFriendlyName = 0x05,
  kRemoveEnrollment = 0x06,
  kGetFingerprintSensorInfo = 0x07,
};

/// authenticatorBioEnrollment's parameters (CTAP 2.3 §6.7); views into the decoded map.
struct BioRequest {
  std::optional<std::uint64_t> modality;     // 0x01
  std::optional<std::uint64_t> sub_command;  // 0x02
  std::optional<MapView> params;             // 0x03
  PinUvAuthFields pin_uv_auth;               // 0x04 protocol, 0x05 param
  bool get_modality = false;                 // 0x06
  std::optional<ByteView> template_id;       // 0x03 0x01
  std::optional<std::string_view> name;      // 0x03 0x02
  std::optional<std::uint64_t> timeout;      // 0x03 0x03, milliseconds

  static Outcome<BioRequest> From(const cbor::Value& map) {
    BioRequest request;
    request.modality = TRY(Optional<std::uint64_t>(map, 0x01));
    request.sub_command = TRY(Optional<std::uint64_t>(map, 0x02));
    request.params = TRY(Optional<MapView>(map, 0x03));
    request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x04));
    request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x05));
    request.get_modality = TRY(Optional<bool>(map, 0x06)).value_or(false);
    if (request.params) {
      const cbor::Value& params = *request.params->value;
      request.template_id = TRY(Optional<ByteView>(params, 0x01));
      request.name = TRY(Optional<std::string_view>(params, 0x02));
      request.timeout = TRY(Optional<std::uint64_t>(params, 0x03));
    }
    return request;
  }
};

// §6.7.2, §6.7.3.
Bytes SensorInfo(const FingerprintSensor& sensor) {
  return cbor::Encode(cbor::Map{
      {0x02, kTouchSensor}, {0x03, sensor.samples_per_template}, {0x08, sensor.max_name_size}});
}

/// Takes a sample and judges it; GOOD alone counts. The last one makes the finger a template.
Outcome<SampleStatus> TakeSample(State& state, Enrollment& enrollment, const BioRequest& request,
                                 const Transaction& transaction) {
  Duration timeout = state.config.touch_timeout;
  if (request.timeout && *request.timeout < 1'000'000) {
    timeout = std::min<Duration>(timeout, std::chrono::milliseconds(*request.timeout));
  }
  const FingerPresented presented =
      TRY(state.AwaitFinger(GesturePurpose::kEnroll, timeout, transaction));
  if (presented.outcome == GestureOutcome::kTimedOut) return SampleStatus::kNoUserActivity;
  if (presented.sample != SampleStatus::kGood) return presented.sample;
  const bool is_known = std::ranges::any_of(
      state.device.fingers,
      [&](const FingerTemplate& enrolled) { return enrolled.finger == presented.finger; });
  if (is_known) return SampleStatus::kExists;
  std::string& finger = enrollment.finger.finger;
  const bool is_first =
      enrollment.remaining_samples == state.config.fingerprint->samples_per_template;
  // Samples of several fingers make no template, and the wrong finger makes none ever.
  if (presented.finger.empty() || (!is_first && finger != presented.finger)) {
    return SampleStatus::kMergeFailure;
  }
  finger = presented.finger;
  if (--enrollment.remaining_samples == 0) {
    state.device.fingers.push_back(enrollment.finger);
    TRY(state.Save());
    state.Emit("key.finger_enrolled", {{"finger", finger}});
  }
  return SampleStatus::kGood;
}

/// The sequence goes on, with a new 30 s, unless the finger is complete.
void GoOn(State& state, Enrollment enrollment, const Transaction& transaction) {
  state.sequence.reset();
  if (enrollment.remaining_samples > 0) {
    state.Begin({.of = std::move(enrollment)}, transaction);
  }
}

// §6.7.4.
Outcome<Bytes> EnrollBegin(State& state, const BioRequest& request,
                           const Transaction& transaction) {
  const FingerprintSensor& sensor = *state.config.fingerprint;
  state.sequence.reset();
  if (state.device.fingers.size() >= sensor.max_templates) return Err(Status::kFpDatabaseFull);
  Enrollment enrollment;
  enrollment.finger.id =
      state.environment.rng.Stream("authenticator/fingerprint-template").Take(kTemplateIdSize);
  enrollment.remaining_samples = sensor.samples_per_template;
  const SampleStatus sample = TRY(TakeSample(state, enrollment, request, transaction));
  Bytes reply = cbor::Encode(cbor::Map{{0x04, enrollment.finger.id},
                                       {0x05, static_cast<int>(sample)},
                                       {0x06, enrollment.remaining_samples}});
  GoOn(state, std::move(enrollment), transaction);
  return reply;
}

Outcome<Bytes> EnrollCaptureNextSample(State& state, const BioRequest& request,
                                       const Transaction& transaction) {
  const Enrollment* const standing = state.Continue<Enrollment>(transaction);
  if (standing == nullptr || !Equal(standing->finger.id, *request.template_id)) {
    return Err(Status::kInvalidOption);
  }
  Enrollment enrollment = *standing;
  state.sequence.reset();
  const SampleStatus sample = TRY(TakeSample(state, enrollment, request, transaction));
  Bytes reply = cbor::Encode(
      cbor::Map{{0x05, static_cast<int>(sample)}, {0x06, enrollment.remaining_samples}});
  GoOn(state, std::move(enrollment), transaction);
  return reply;
}

// §6.7.6.
Outcome<Bytes> EnumerateEnrollments(const State& state) {
  if (state.device.fingers.empty()) return Err(Status::kInvalidOption);
  cbor::Array infos;
  for (const FingerTemplate& enrolled : state.device.fingers) {
    cbor::Map info = {{0x01, enrolled.id}};
    if (!enrolled.name.empty()) info.emplace_back(0x02, enrolled.name);
    infos.emplace_back(std::move(info));
  }
  return cbor::Encode(cbor::Map{{0x07, std::move(infos)}});
}

/// §6.7.7, §6.7.8: the template gets the name, or goes where there is none.
Outcome<Bytes> ChangeTemplate(State& state, ByteView id, std::optional<std::string_view> name) {
  auto& fingers = state.device.fingers;
  const auto found = std::ranges::find_if(
      fingers, [&](const FingerTemplate& enrolled) { return Equal(enrolled.id, id); });
  if (found == fingers.end()) return Err(Status::kInvalidOption);
  if (name) {
    found->name = *name;
  } else {
    fingers.erase(found);
  }
  TRY(state.Save());
  return Bytes();
}

/// What the subcommand cannot do without.
Outcome<void> CheckParams(const State& state, BioSubCommand sub_command,
                          const BioRequest& request) {
  const bool names_one = sub_command == BioSubCommand::kEnrollCaptureNextSample ||
                         sub_command == BioSubCommand::kSetFriendlyName ||
                         sub_command == BioSubCommand::kRemoveEnrollment;
  if (names_one && !request.template_id) return Err(Status::kMissingParameter);
  if (sub_command == BioSubCommand::kSetFriendlyName) {
    if (!request.name) return Err(Status::kMissingParameter);
    if (request.name->size() > state.config.fingerprint->max_name_size) {
      return Err(Status::kInvalidLength);
    }
  }
  return {};
}

/// The subcommands that a token has to allow. What each needs is asked for before the token is
/// judged.
Outcome<Bytes> RunBioAuthorized(State& state, const BioRequest& request,
                                const Transaction& transaction) {
  const auto sub_command = static_cast<BioSubCommand>(*request.sub_command);
  if (!request.pin_uv_auth.param) return Err(Status::kPuatRequired);
  if (!request.modality) return Err(Status::kMissingParameter);
  if (*request.modality != kFingerprint) return Err(Status::kInvalidParameter);
  TRY(CheckParams(state, sub_command, request));
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.pin_uv_auth.protocol));
  Bytes message = {static_cast<std::uint8_t>(*request.modality),
                   static_cast<std::uint8_t>(*request.sub_command)};
  if (request.params) Append(message, cbor::Encode(*request.params->value));
  if (!protocol->VerifyWithToken(message, *request.pin_uv_auth.param,
                                 state.environment.clock.Now()) ||
      !protocol->Token().Allows(permission::kBioEnrollment)) {
    return Err(Status::kPinAuthInvalid);
  }
  switch (sub_command) {
    case BioSubCommand::kEnrollBegin:
      return EnrollBegin(state, request, transaction);
    case BioSubCommand::kEnrollCaptureNextSample:
      return EnrollCaptureNextSample(state, request, transaction);
    case BioSubCommand::kEnumerateEnrollments:
      return EnumerateEnrollments(state);
    case BioSubCommand::kSetFriendlyName:
      return ChangeTemplate(state, *request.template_id, *request.name);
    case BioSubCommand::kRemoveEnrollment:
      return ChangeTemplate(state, *request.template_id, std::nullopt);
    case BioSubCommand::kCancelCurrentEnrollment:
    case BioSubCommand::kGetFingerprintSensorInfo:
      break;
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace

Outcome<Bytes> BioEnrollment(State& state, ByteView parameters, const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(BioRequest::From(map));
  if (request.get_modality) return cbor::Encode(cbor::Map{{0x01, kFingerprint}});
  if (!request.sub_command) return Err(Status::kMissingParameter);
  switch (static_cast<BioSubCommand>(*request.sub_command)) {
    case BioSubCommand::kGetFingerprintSensorInfo:
      return SensorInfo(*state.config.fingerprint);
    case BioSubCommand::kCancelCurrentEnrollment:
      // §6.7.5: also where there is none.
      state.sequence.reset();
      return Bytes();
    case BioSubCommand::kEnrollBegin:
    case BioSubCommand::kEnrollCaptureNextSample:
    case BioSubCommand::kEnumerateEnrollments:
    case BioSubCommand::kSetFriendlyName:
    case BioSubCommand::kRemoveEnrollment:
      return RunBioAuthorized(state, request, transaction);
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace keyrig::authenticator
