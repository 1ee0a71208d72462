// authenticatorBioEnrollment and built-in user verification (CTAP 2.3 §6.7, §6.5.5.7.3).
#include <fmt/format.h>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kBioClause = "CTAP 2.3 §6.7";

OrStop<cbor::Value> Bio(Client& client, int sub_command, const cbor::Map& parameters,
                        ByteView token) {
  return client.Ask(kBioEnrollment, BioRequest(client, sub_command, parameters, token));
}

Outcome BioRefuses(Client& client, int sub_command, const cbor::Map& parameters, ByteView token,
                   const Statuses& expected) {
  return client.Refuses(kBioEnrollment, BioRequest(client, sub_command, parameters, token),
                        expected);
}

OrStop<cbor::Map> GoodEnumeration(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  return BioRequest(client, kEnumerateFingers, {}, token);
}

std::vector<AlteredRequest> BioRows() {
  return {
      {"without_param",
       kBioClause,
       "without pinUvAuthParam it is PUAT_REQUIRED",
       Drop(5),
       {kPuatRequired}},
      {"without_protocol",
       kBioClause,
       "pinUvAuthProtocol (0x04) is required",
       Drop(4),
       {kMissingParameter}},
      {"without_subcommand",
       kBioClause,
       "subCommand (0x02) is required",
       Drop(2),
       {kMissingParameter}},
      {"unknown_subcommand",
       "CTAP 2.3 §8.1",
       "an unknown subCommand is refused",
       Put(2, 0x77),
       {kInvalidSubcommand, kInvalidParameter}},
      {"unknown_protocol",
       kBioClause,
       "an unknown protocol is refused",
       Put(4, 9),
       {kInvalidParameter}},
      {"wrong_param",
       kBioClause,
       "a wrong pinUvAuthParam is PIN_AUTH_INVALID",
       Put(5, Bytes(32, 1)),
       {kPinAuthInvalid}},
      {"param_is_text",
       kBioClause,
       "pinUvAuthParam is a byte string",
       Put(5, "x"),
       {kUnexpectedType}},
      {"subcommand_is_text",
       kBioClause,
       "subCommand is an unsigned integer",
       Put(2, "4"),
       {kUnexpectedType}},
  };
}

Outcome TellsModality(Client& client) {
  const cbor::Value answer = TRY(client.Ask(kBioEnrollment, {{6, true}}));
  return Check(At(answer, 1) == cbor::Value(1), "the modality is " + cbor::Diagnose(answer));
}

Outcome TellsSensor(Client& client) {
  const cbor::Value answer = TRY(client.Ask(kBioEnrollment, {{1, 1}, {2, kSensorInfo}}));
  const auto kind = At(answer, 2).AsUnsigned();
  const auto samples = At(answer, 3).AsUnsigned();
  return Check(kind && (*kind == 1 || *kind == 2) && samples && *samples > 0,
               "the sensor is " + cbor::Diagnose(answer));
}

Outcome Enrols(Client& client) {
  TRY(Check(client.KeyInfo().Option("bioEnroll") == false, "bioEnroll is not false at first"));
  TRY(EnrollFinger(client));
  TRY(Check(client.KeyInfo().Is("bioEnroll") && client.KeyInfo().Is("uv"),
            "uv and bioEnroll are not true once a finger is enrolled"));
  return {};
}

Outcome CountsDown(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value first = TRY(Bio(client, kEnrollBegin, {}, token));
  const auto left = At(first, 6).AsUnsigned();
  TRY(Check(left.has_value() && At(first, 5) == cbor::Value(0), "a good sample is not 0"));
  const cbor::Value second = TRY(Bio(client, kEnrollNext, {{1, At(first, 4)}}, token));
  return Check(At(second, 6).AsUnsigned() == *left - 1, "a good sample does not count");
}

Outcome BadSampleCountsNot(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value first = TRY(Bio(client, kEnrollBegin, {}, token));
  GestureScript bad;
  bad.gesture = Gesture::kBadSample;
  bad.sample = SampleStatus::kTooFast;
  TRY(client.SetUser(bad));
  const cbor::Value second = TRY(Bio(client, kEnrollNext, {{1, At(first, 4)}}, token));
  TRY(Check(At(second, 5) == cbor::Value(5), "a sample too fast is not status 5"));
  return Check(At(second, 6) == At(first, 6), "a bad sample counts");
}

Outcome EnrollNextAlone(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  TRY(BioRefuses(client, kEnrollNext, {{1, Bytes{1, 2}}}, token, {kInvalidOption}));
  TRY(EnrollFinger(client));
  return {};
}

Outcome Cancels(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value first = TRY(Bio(client, kEnrollBegin, {}, token));
  TRY(client.Ask(kBioEnrollment, {{1, 1}, {2, kEnrollCancel}}));
  TRY(BioRefuses(client, kEnrollNext, {{1, At(first, 4)}}, token, {kInvalidOption}));
  TRY(EnrollFinger(client));
  return {};
}

Outcome NoFingers(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  TRY(BioRefuses(client, kEnumerateFingers, {}, token, {kInvalidOption}));
  TRY(EnrollFinger(client));
  TRY(Bio(client, kEnumerateFingers, {}, TRY(Token(client, kBe))));
  return {};
}

/// The only finger's template, as it is listed.
OrStop<cbor::Value> OnlyFinger(Client& client, ByteView token) {
  const cbor::Value answer = TRY(Bio(client, kEnumerateFingers, {}, token));
  const cbor::Array* list = At(answer, 7).AsArray();
  if (list == nullptr || list->size() != 1) {
    return Failed("the fingers are " + cbor::Diagnose(answer));
  }
  return list->front();
}

Outcome Names(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value finger = TRY(OnlyFinger(client, token));
  TRY(Bio(client, kNameFinger, {{1, At(finger, 1)}, {2, "left thumb"}}, token));
  return Check(At(TRY(OnlyFinger(client, token)), 2) == cbor::Value("left thumb"),
               "the finger's name is not told");
}

Outcome NameTooLong(Client& client) {
  const cbor::Value sensor = TRY(client.Ask(kBioEnrollment, {{1, 1}, {2, kSensorInfo}}));
  const auto limit = At(sensor, 8).AsUnsigned();
  if (!limit) return NotApplicable("the key tells no maxTemplateFriendlyName");
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value finger = TRY(OnlyFinger(client, token));
  TRY(BioRefuses(client, kNameFinger, {{1, At(finger, 1)}, {2, std::string(*limit + 1, 'x')}},
                 token, {kInvalidLength}));
  TRY(Bio(client, kNameFinger, {{1, At(finger, 1)}, {2, std::string(*limit, 'x')}}, token));
  return {};
}

Outcome Removes(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  const cbor::Value finger = TRY(OnlyFinger(client, token));
  TRY(Bio(client, kRemoveFinger, {{1, At(finger, 1)}}, token));
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Option("uv") == false, "uv is not false without fingers"));
  return BioRefuses(client, kRemoveFinger, {{1, At(finger, 1)}}, token, {kInvalidOption});
}

Outcome UnknownFinger(Client& client, int sub_command) {
  const Bytes token = TRY(Token(client, kBe));
  cbor::Map parameters{{1, Bytes{9, 9, 9}}};
  if (sub_command == kNameFinger) parameters = With(parameters, 2, "x");
  TRY(BioRefuses(client, sub_command, parameters, token, {kInvalidOption}));
  TRY(OnlyFinger(client, token));
  return {};
}

Outcome NeedsBe(Client& client) {
  const Bytes token = TRY(Token(client, kGa, kRp));
  TRY(BioRefuses(client, kEnumerateFingers, {}, token, {kPinAuthInvalid}));
  TRY(OnlyFinger(client, TRY(Token(client, kBe))));
  return {};
}

Outcome TokenByFinger(Client& client) {
  const Bytes token = TRY(TokenByUv(client, kMc, kRp));
  const Made made = TRY(Make(client, RegistrationWith(client, Registration(client), token)));
  return Check((made.data.flags & kFlagUv) != 0, "a token by finger does not set UV");
}

OrStop<cbor::Map> UvTokenRequest(Client& client) {
  const auto protocol = TRY(Agree(client));
  return cbor::Map{
      {1, protocol.Number()}, {2, kGetUvToken}, {3, protocol.Key()}, {9, kMc}, {0x0A, kRp}};
}

OrStop<std::uint64_t> UvRetries(Client& client) {
  const auto retries = At(TRY(client.Ask(kClientPin, {{2, kGetUvRetries}})), 5).AsUnsigned();
  if (!retries) return Failed("getUVRetries answers no uvRetries (0x05)");
  return *retries;
}

Outcome WrongFinger(Client& client) {
  const auto before = TRY(UvRetries(client));
  TRY(client.SetUser(Gesture::kWrongFinger));
  TRY(client.Refuses(kClientPin, TRY(UvTokenRequest(client)), {kUvInvalid, kUvBlocked}));
  TRY(Check(TRY(UvRetries(client)) < before, "a wrong finger costs no retry"));
  TRY(client.SetUser(Gesture::kTouch));
  // The PIN gives them back.
  TRY(Token(client, kMc, kRp));
  TRY(Check(TRY(UvRetries(client)) == before, "the PIN does not restore uvRetries"));
  return TokenByFinger(client);
}

Outcome BlocksUv(Client& client) {
  TRY(client.SetUser(Gesture::kWrongFinger));
  for (int i = 0; i < 25 && TRY(UvRetries(client)) > 0; ++i) {
    TRY(client.Refuses(kClientPin, TRY(UvTokenRequest(client)), {kUvInvalid, kUvBlocked}));
  }
  TRY(client.SetUser(Gesture::kTouch));
  TRY(client.Refuses(kClientPin, TRY(UvTokenRequest(client)), {kUvBlocked}));
  TRY(Token(client, kMc, kRp));
  return TokenByFinger(client);
}

Outcome NothingEnrolled(Client& client) {
  TRY(client.Refuses(kClientPin, TRY(UvTokenRequest(client)), {kNotAllowed}));
  TRY(EnrollFinger(client));
  return TokenByFinger(client);
}

Outcome FillsTheSensor(Client& client) {
  constexpr int kMost = 25;
  for (int i = 0; i < kMost; ++i) {
    GestureScript script;
    script.gesture = Gesture::kFinger;
    script.finger = fmt::format("finger-{}", i);
    script.delay = std::chrono::milliseconds(5);
    TRY(client.SetUser(script));
    const Bytes token = TRY(Token(client, kBe));
    const Reply begun =
        TRY(client.Send(kBioEnrollment, BioRequest(client, kEnrollBegin, {}, token)));
    if (begun.status == kFpDatabaseFull) return Check(i > 0, "a new key has no room for a finger");
    TRY(Check(begun.status == kOk, "enrollBegin answered " + Text(begun.status)));
    TRY(EnrollFinger(client));
  }
  return Failed(fmt::format("{} fingers fit in and no FP_DATABASE_FULL came", kMost));
}

}  // namespace

std::vector<Case> BioEnrollmentCases() {
  constexpr const char* kUvClause = "CTAP 2.3 §6.5.5.7.3";
  std::vector<Case> cases = {
      {"bio_modality", "CTAP 2.3 §6.7.2", "getModality says fingerprint, without a token",
       TellsModality},
      {"bio_sensor", "CTAP 2.3 §6.7.3", "getFingerprintSensorInfo needs no token", TellsSensor},
      {"bio_enrol",
       "CTAP 2.3 §6.7.4",
       "an enrolled finger turns uv and bioEnroll true",
       Enrols,
       Start::kPin,
       {"own"},
       true},
      {"bio_samples",
       "CTAP 2.3 §6.7.4",
       "good samples count down",
       CountsDown,
       Start::kPin,
       {"own"},
       true},
      {"bio_bad_sample",
       "CTAP 2.3 §6.7.4",
       "bad samples do not, and say why",
       BadSampleCountsNot,
       Start::kPin,
       {"own"},
       true},
      {"bio_next_alone",
       "CTAP 2.3 §6.7.4",
       "enrollCaptureNextSample needs a beginning",
       EnrollNextAlone,
       Start::kPin,
       {"own"},
       true},
      {"bio_cancel",
       "CTAP 2.3 §6.7.5",
       "cancelCurrentEnrollment ends an enrolment",
       Cancels,
       Start::kPin,
       {"own"},
       true},
      {"bio_none",
       "CTAP 2.3 §6.7.6",
       "without fingers the list is INVALID_OPTION",
       NoFingers,
       Start::kPin,
       {"own"},
       true},
      {"bio_full",
       "CTAP 2.3 §6.7.4",
       "a full sensor is FP_DATABASE_FULL",
       FillsTheSensor,
       Start::kPin,
       {"own"},
       true},
      {"bio_name", "CTAP 2.3 §6.7.7", "a finger gets a name", Names, Start::kFinger, {}, true},
      {"bio_name_too_long",
       "CTAP 2.3 §6.7.7",
       "a name longer than the key says is refused",
       NameTooLong,
       Start::kFinger,
       {},
       true},
      {"bio_name_unknown", "CTAP 2.3 §6.7.7", "an unknown finger gets no name",
       [](Client& client) { return UnknownFinger(client, kNameFinger); }, Start::kFinger},
      {"bio_remove",
       "CTAP 2.3 §6.7.8",
       "the last finger's removal turns uv false",
       Removes,
       Start::kFinger,
       {},
       true},
      {"bio_remove_unknown", "CTAP 2.3 §6.7.8", "an unknown finger is INVALID_OPTION",
       [](Client& client) { return UnknownFinger(client, kRemoveFinger); }, Start::kFinger},
      {"bio_permission", kBioClause, "the token needs permission be", NeedsBe, Start::kFinger},
      {"uv_token", kUvClause, "a finger gives a token", TokenByFinger, Start::kFinger},
      {"uv_wrong_finger",
       "CTAP 2.3 §6.5.3.1",
       "a wrong finger costs retries, the PIN restores them",
       WrongFinger,
       Start::kFinger,
       {"own"}},
      {"uv_blocked",
       "CTAP 2.3 §6.5.3.1",
       "without uvRetries it is UV_BLOCKED",
       BlocksUv,
       Start::kFinger,
       {"own"},
       true},
      {"uv_nothing_enrolled",
       kUvClause,
       "without a finger it is NOT_ALLOWED",
       NothingEnrolled,
       Start::kPin,
       {"own"},
       true},
  };
  AppendTo(cases, Refusals({"bio", kBioEnrollment, GoodEnumeration, Start::kFinger}, BioRows()));
  for (Case& each : cases) {
    each.needs.emplace_back("bioEnroll");
    // Without permissions any token will do, and only a PIN gives one.
    if (each.id.starts_with("uv_") || each.id == "bio_permission") {
      each.needs.emplace_back("is pinUvAuthToken");
    }
  }
  cases.push_back({"bio_unsupported",
                   "CTAP 2.3 §8.1",
                   "a key without the option bioEnroll does not know the command",
                   [](Client& client) {
                     return client.Refuses(kBioEnrollment, {{6, true}}, {kInvalidCommand});
                   },
                   Start::kAny,
                   {"no bioEnroll"}});
  return cases;
}

}  // namespace keyrig::conformance
