// What makeCredential does with a request that is right (CTAP 2.3 §6.1.2, §6.1.3).
#include <algorithm>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/presence.h"

namespace keyrig::conformance {
namespace {

Outcome MakesWith(Client& client, const cbor::Map& registration) {
  TRY(Register(client, registration));
  return {};
}

Outcome AnswersInForm(Client& client) {
  const Made made = TRY(Register(client));
  for (const auto& [key, value] : *made.answer.AsMap()) {
    const auto number = key.AsInt();
    if (!number || *number < 1 || *number > 6 || value.IsNull()) {
      return Failed("the answer has a member " + cbor::Diagnose(key) + ": " +
                    cbor::Diagnose(value));
    }
  }
  if (At(made.answer, 3).AsMap() == nullptr) return Failed("attStmt (0x03) is no map");
  TRY(Check((made.data.flags & kFlagUp) != 0, "the UP flag is off after a touch"));
  TRY(Check((made.data.flags & kFlagEd) == 0, "the ED flag is on without an extension"));
  const Bytes* aaguid = At(client.KeyInfo().Members(), 3).AsBytes();
  const std::string* format = At(made.answer, 1).AsText();
  if (*format != "fido-u2f" && (aaguid == nullptr || made.data.aaguid != *aaguid)) {
    return Failed("authData's AAGUID is not getInfo's");
  }
  const auto limit = client.KeyInfo().Number(8);
  return Check(!limit || made.Id().size() <= *limit,
               "the credential ID is longer than maxCredentialIdLength");
}

Outcome MakesANewKeyEachTime(Client& client) {
  const Made first = TRY(Register(client));
  const Made second = TRY(Register(client));
  TRY(Check(first.Id() != second.Id(), "two registrations gave the same credential ID"));
  return Check(first.data.key != second.data.key, "two registrations gave the same key");
}

Outcome SetsUvByToken(Client& client) {
  const Made made = TRY(Register(client));
  return Check((made.data.flags & kFlagUv) != 0, "the UV flag is off although a token was used");
}

Outcome LeavesUvOff(Client& client) {
  const Made made = TRY(Make(client, Registration(client)));
  return Check((made.data.flags & kFlagUv) == 0, "the UV flag is on although nobody was verified");
}

/// step 1: which key does the user mean?
Outcome Probes(Client& client, Command command, int param, const Statuses& expected) {
  cbor::Map request = command == kMakeCredential ? Registration(client) : Assertion();
  request = With(std::move(request), param, Bytes());
  request = With(std::move(request), param + 1, client.Protocol());
  const Reply reply = TRY(client.Send(command, request));
  return CheckReply(reply, expected, true, "an empty pinUvAuthParam");
}

Outcome IgnoresParamWithoutPin(Client& client) {
  const Made made = TRY(Make(client, RegistrationWith(client, Registration(client), Bytes(32, 3))));
  return Check((made.data.flags & kFlagUv) == 0, "the UV flag is on, on a key without a PIN");
}

Outcome WantsUvForResidentKey(Client& client) {
  const cbor::Map bare = Discoverable(Registration(client));
  const Reply reply = TRY(client.Send(kMakeCredential, bare));
  TRY(CheckReply(reply, {kPuatRequired, kOperationDenied}, false, "rk=true without a token"));
  const Made made = TRY(Register(client, Registration(client)));
  static_cast<void>(made);
  return {};
}

Outcome NeedsNoUvForOther(Client& client) {
  if (client.KeyInfo().Is("alwaysUv")) return NotApplicable("alwaysUv is on");
  return LeavesUvOff(client);
}

Outcome WantsUvAlways(Client& client) {
  const Reply reply = TRY(client.Send(kMakeCredential, Registration(client)));
  TRY(CheckReply(reply, {kPuatRequired, kOperationDenied}, false, "no token"));
  return MakesWith(client, Registration(client));
}

Outcome Excludes(Client& client, bool discoverable, Gesture gesture) {
  const cbor::Map plain = Registration(client);
  const Made made = TRY(Register(client, discoverable ? Discoverable(plain) : plain));
  const cbor::Map request = TRY(ByPin(client, With(plain, 5, cbor::Array{made.Descriptor()})));
  const Reply reply = TRY(SendDuring(client, gesture, kMakeCredential, request));
  TRY(CheckReply(reply, {kCredentialExcluded}, true, "excludeList names a credential of the key"));
  TRY(client.SetUser(Gesture::kTouch));
  return MakesWith(client, With(plain, 5, cbor::Array{Descriptor(Bytes(32, 5))}));
}

Outcome ExcludesOnlyForItsRp(Client& client) {
  const Made made = TRY(Register(client));
  return MakesWith(client, With(Registration(client, kOtherRp), 5, cbor::Array{made.Descriptor()}));
}

Outcome SkipsForeignDescriptors(Client& client) {
  const Made made = TRY(Register(client));
  const cbor::Map foreign{{"id", made.Id()}, {"type", "private-key"}};
  return MakesWith(client, With(Registration(client), 5, cbor::Array{foreign}));
}

Outcome LimitsTheExcludeList(Client& client) {
  const auto limit = client.KeyInfo().Number(7);
  if (!limit) return NotApplicable("getInfo says no maxCredentialCountInList (0x07)");
  cbor::Array list;
  for (std::uint64_t i = 0; i < *limit; ++i) {
    list.emplace_back(Descriptor(Bytes(16, static_cast<std::uint8_t>(i))));
  }
  TRY(MakesWith(client, With(Registration(client), 5, list)));
  list.emplace_back(Descriptor(Bytes(16, 0xFF)));
  const cbor::Map request = TRY(ByPin(client, With(Registration(client), 5, list)));
  if (cbor::Encode(request).size() + 1 > client.KeyInfo().MaxMessageSize()) {
    return NotApplicable("a longer list is no message that fits");
  }
  const Reply reply = TRY(client.Send(kMakeCredential, request));
  return CheckReply(reply, {kLimitExceeded}, false, "a list longer than maxCredentialCountInList");
}

Outcome TokenIsUsedUp(Client& client) {
  const Bytes token = TRY(Token(client, kMc, kRp));
  const cbor::Map request = RegistrationWith(client, Registration(client), token);
  TRY(Make(client, request));
  return client.Refuses(kMakeCredential, request, {kPinAuthInvalid});
}

Outcome NeedsThePermission(Client& client) {
  const Bytes token = TRY(Token(client, kGa, kRp));
  TRY(client.Refuses(kMakeCredential, RegistrationWith(client, Registration(client), token),
                     {kPinAuthInvalid}));
  return MakesWith(client, Registration(client));
}

Outcome IsNotDiscoverable(Client& client) {
  const std::string rp = "not-discoverable.example";
  TRY(Register(client, Registration(client, rp)));
  const cbor::Map request = TRY(AssertionByPin(client, Assertion(rp)));
  return client.Refuses(kGetAssertion, request, {kNoCredentials});
}

Outcome PrefersFormat(Client& client, cbor::Array formats,
                      const std::optional<std::string>& wanted) {
  const Made made = TRY(Register(client, With(Registration(client), 0x0B, std::move(formats))));
  const std::string* format = At(made.answer, 1).AsText();
  return Check(!wanted || *format == *wanted,
               "fmt is \"" + *format + "\" although \"" + wanted.value_or("") + "\" was asked for");
}

cbor::Map WithUser(const Client& client, const char* member, cbor::Value value) {
  const cbor::Map registration = Registration(client);
  return With(registration, 3, With(*At(registration, 3).AsMap(), member, std::move(value)));
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::vector<Case> Plain() {
  constexpr const char* kAnswer = "CTAP 2.3 §6.1.3 and WebAuthn L3 §6.1";
  return {
      {"mc_answer", kAnswer, "the answer and its authData have the form that they should",
       AnswersInForm},
      {"mc_new_key", "CTAP 2.3 §6.1.2 step 16", "each credential has a key and an ID of its own",
       MakesANewKeyEachTime},
      {"mc_uv_by_token",
       "CTAP 2.3 §6.1.2 step 11",
       "a token sets the UV flag",
       SetsUvByToken,
       Start::kPin,
       {"clientPin"}},
      {"mc_no_uv_without_pin",
       "CTAP 2.3 §6.1.2 step 11",
       "a key without a PIN leaves UV off",
       LeavesUvOff,
       Start::kFresh,
       {"no is alwaysUv", "no is uv"}},
      {"mc_probe_without_pin",
       "CTAP 2.3 §6.1.2 step 1",
       "an empty pinUvAuthParam is touched, then answered PIN_NOT_SET",
       [](Client& client) { return Probes(client, kMakeCredential, 8, {kPinNotSet}); },
       Start::kFresh,
       {"clientPin", "hid"}},
      {"mc_probe_with_pin",
       "CTAP 2.3 §6.1.2 step 1",
       "an empty pinUvAuthParam is touched, then answered PIN_INVALID",
       [](Client& client) {
         return Probes(client, kMakeCredential, 8,
                       client.KeyInfo().IsAtLeast21() ? Statuses{kPinInvalid}
                                                      : Statuses{kPinInvalid, kPinAuthInvalid});
       },
       Start::kPin,
       {"clientPin", "hid"}},
      {"ga_probe_without_pin",
       "CTAP 2.3 §6.2.2 step 1",
       "an empty pinUvAuthParam is touched, then answered PIN_NOT_SET",
       [](Client& client) { return Probes(client, kGetAssertion, 6, {kPinNotSet}); },
       Start::kFresh,
       {"clientPin", "hid"}},
      {"ga_probe_with_pin",
       "CTAP 2.3 §6.2.2 step 1",
       "an empty pinUvAuthParam is touched, then answered PIN_INVALID",
       [](Client& client) {
         return Probes(client, kGetAssertion, 6,
                       client.KeyInfo().IsAtLeast21() ? Statuses{kPinInvalid}
                                                      : Statuses{kPinInvalid, kPinAuthInvalid});
       },
       Start::kPin,
       {"clientPin", "hid"}},
      {"mc_param_without_pin",
       "CTAP 2.3 §6.1.2 step 11",
       "a key without a PIN does not look at pinUvAuthParam",
       IgnoresParamWithoutPin,
       Start::kFresh,
       {"clientPin", "2.1", "no is alwaysUv"}},
      {"mc_resident_key_wants_uv",
       "CTAP 2.3 §6.1.2 steps 7 and 8",
       "with a PIN set, rk=true needs a token",
       WantsUvForResidentKey,
       Start::kPin,
       {"clientPin", "is rk", "no is uv"}},
      {"mc_uv_not_required",
       "CTAP 2.3 §6.1.2 step 10",
       "under makeCredUvNotRqd, rk=false needs no token",
       NeedsNoUvForOther,
       Start::kPin,
       {"clientPin", "is makeCredUvNotRqd"}},
      {"mc_uv_required",
       "CTAP 2.3 §6.1.2 step 8",
       "without makeCredUvNotRqd every credential needs a token",
       WantsUvAlways,
       Start::kPin,
       {"clientPin", "no is makeCredUvNotRqd", "no is uv"}},
      {"mc_excluded",
       "CTAP 2.3 §6.1.2 step 12",
       "a credential that is there excludes another one",
       [](Client& client) { return Excludes(client, false, Gesture::kTouch); },
       Start::kAny,
       {"hid"}},
      {"mc_excluded_discoverable",
       "CTAP 2.3 §6.1.2 step 12",
       "a discoverable credential excludes another one",
       [](Client& client) { return Excludes(client, true, Gesture::kTouch); },
       Start::kAny,
       {"hid", "is rk"}},
      {"mc_excluded_declined",
       "CTAP 2.3 §6.1.2 step 12",
       "CREDENTIAL_EXCLUDED comes also when the user declines",
       [](Client& client) { return Excludes(client, false, Gesture::kDecline); },
       Start::kAny,
       {"own", "2.1"}},
      {"mc_excluded_nobody_comes",
       "CTAP 2.3 §6.1.2 step 12",
       "CREDENTIAL_EXCLUDED comes also when nobody touches",
       [](Client& client) { return Excludes(client, false, Gesture::kNever); },
       Start::kAny,
       {"hid", "2.1"}},
      {"mc_exclude_other_rp", "CTAP 2.3 §6.1.2 step 12",
       "a credential of another relying party excludes nothing", ExcludesOnlyForItsRp},
      {"mc_exclude_foreign_type", "CTAP 2.3 §6.1.2 step 12",
       "a descriptor of another type is skipped", SkipsForeignDescriptors},
      {"mc_exclude_limit",
       "CTAP 2.3 §6.1.2 and §6.4 member 0x07",
       "a list longer than the key says is LIMIT_EXCEEDED, before any touch",
       LimitsTheExcludeList,
       Start::kAny,
       {"hid"}},
      {"mc_token_used_up",
       "CTAP 2.3 §6.1.2 step 14",
       "a touch takes the mc permission away",
       TokenIsUsedUp,
       Start::kPin,
       {"is pinUvAuthToken", "clientPin"}},
      {"mc_token_without_permission",
       "CTAP 2.3 §6.1.2 step 11",
       "the token needs permission mc",
       NeedsThePermission,
       Start::kPin,
       {"is pinUvAuthToken", "clientPin"}},
      {"mc_rk_false",
       "CTAP 2.3 §6.1.2 step 18",
       "rk=false makes no discoverable credential",
       IsNotDiscoverable,
       Start::kAny,
       {"2.1"}},
      {"mc_unknown_option", "CTAP 2.3 §6.1.2 step 5", "an unknown option is ignored",
       [](Client& client) {
         return MakesWith(client, WithOption(Registration(client), 7, "makeTea", true));
       }},
      {"mc_up_true",
       "CTAP 2.3 §6.1.2 step 5",
       "up=true is what there is anyway",
       [](Client& client) {
         return MakesWith(client, WithOption(Registration(client), 7, "up", true));
       },
       Start::kAny,
       {"2.1"}},
      {"mc_unknown_extension", "CTAP 2.3 §12", "an unknown extension is ignored",
       [](Client& client) -> Outcome {
         const Made made =
             TRY(Register(client, WithExtension(Registration(client), 6, "teaPot", cbor::Map{})));
         return Check((made.data.flags & kFlagEd) == 0, "an unknown extension got an output");
       }},
      {"mc_icon", "CTAP 2.3 §6.1.1", "rp.icon and user.icon of CTAP 2.0 are ignored",
       [](Client& client) {
         return MakesWith(client, WithUser(client, "icon", "https://conformance.example/a.png"));
       }},
      {"mc_user_id_of_64", "CTAP 2.3 §6.1.1", "a user.id of 64 bytes is taken",
       [](Client& client) { return MakesWith(client, WithUser(client, "id", Bytes(64, 7))); }},
      {"mc_user_id_of_1", "CTAP 2.3 §6.1.1", "a user.id of one byte is taken",
       [](Client& client) { return MakesWith(client, WithUser(client, "id", Bytes(1, 7))); }},
      {"mc_long_name", "CTAP 2.3 §6.1.1 and WebAuthn L3 §6.4.1", "long names are taken",
       [](Client& client) {
         return MakesWith(client, WithUser(client, "displayName", Repeated("Adèle ", 30)));
       }},
      {"mc_without_names", "CTAP 2.3 §6.1.1", "names are optional",
       [](Client& client) {
         return MakesWith(client, With(Registration(client), 3, cbor::Map{{"id", Bytes{1, 2}}}));
       }},
      {"mc_format_none",
       "CTAP 2.3 §6.1.2 step 19",
       "attestationFormatsPreference [none] gives none",
       [](Client& client) { return PrefersFormat(client, {"none"}, "none"); },
       Start::kAny,
       {"2.3"}},
      {"mc_format_packed",
       "CTAP 2.3 §6.1.2 step 19",
       "the supported format that comes first is given",
       [](Client& client) { return PrefersFormat(client, {"of-tea", "packed", "none"}, "packed"); },
       Start::kAny,
       {"2.3", "member 22"}},
      {"mc_format_unknown",
       "CTAP 2.3 §6.1.2 step 19",
       "unknown formats alone are no error",
       [](Client& client) { return PrefersFormat(client, {"of-tea", "of-milk"}, std::nullopt); },
       Start::kAny,
       {"2.3"}},
  };
}

}  // namespace

std::vector<Case> MakeCredentialCases() {
  std::vector<Case> cases = Plain();
  AppendTo(cases, PresenceCases({"mc",
                                 "CTAP 2.3 §6.1.2 step 14",
                                 kMakeCredential,
                                 [](Client& client) { return ByPin(client, Registration(client)); },
                                 {}}));
  return cases;
}

}  // namespace keyrig::conformance
