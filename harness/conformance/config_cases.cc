// authenticatorConfig and enterprise attestation (CTAP 2.3 §6.11, §7.1 to §7.4).
#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kConfigClause = "CTAP 2.3 §6.11";

Outcome ConfigRefuses(Client& client, int sub_command, const cbor::Map& parameters,
                      const Statuses& expected) {
  const Bytes token = TRY(Token(client, kAcfg));
  return client.Refuses(kConfig, ConfigRequest(client, sub_command, parameters, token), expected);
}

std::vector<AlteredRequest> ConfigRows() {
  return {
      {"without_subcommand",
       kConfigClause,
       "subCommand (0x01) is required",
       Drop(1),
       {kMissingParameter}},
      {"unknown_subcommand",
       "CTAP 2.3 §6.11 step 2",
       "an unknown subCommand is refused",
       Put(1, 0x77),
       {kInvalidSubcommand, kInvalidParameter}},
      {"without_param",
       kConfigClause,
       "with a PIN set it is PUAT_REQUIRED",
       Drop(4),
       {kPuatRequired}},
      {"without_protocol",
       kConfigClause,
       "pinUvAuthProtocol (0x03) is required",
       Drop(3),
       {kMissingParameter}},
      {"unknown_protocol",
       kConfigClause,
       "an unknown protocol is refused",
       Put(3, 9),
       {kInvalidParameter}},
      {"wrong_param",
       kConfigClause,
       "a wrong pinUvAuthParam is PIN_AUTH_INVALID",
       Put(4, Bytes(32, 1)),
       {kPinAuthInvalid}},
      {"subcommand_is_text",
       kConfigClause,
       "subCommand is an unsigned integer",
       Put(1, "2"),
       {kUnexpectedType}},
      {"params_is_bytes",
       kConfigClause,
       "subCommandParams is a map",
       Put(2, Bytes{1}),
       {kUnexpectedType}},
      {"param_is_text",
       kConfigClause,
       "pinUvAuthParam is a byte string",
       Put(4, "x"),
       {kUnexpectedType}},
  };
}

/// Asks for the minimum that there is: nothing changes.
OrStop<cbor::Map> GoodSetMinPinLength(Client& client) {
  const Bytes token = TRY(Token(client, kAcfg));
  const cbor::Map parameters{{1, client.KeyInfo().Number(0x0D).value_or(4)}};
  return ConfigRequest(client, kSetMinPinLength, parameters, token);
}

Outcome NeedsAcfg(Client& client) {
  const Bytes token = TRY(Token(client, kGa, kRp));
  TRY(client.Refuses(kConfig, ConfigRequest(client, kToggleAlwaysUv, {}, token),
                     {kPinAuthInvalid}));
  return Configure(client, kToggleAlwaysUv);
}

Outcome TogglesAlwaysUv(Client& client) {
  const bool before = client.KeyInfo().Is("alwaysUv");
  const bool not_required = client.KeyInfo().Is("makeCredUvNotRqd");
  TRY(Configure(client, kToggleAlwaysUv));
  TRY(Check(client.KeyInfo().Option("alwaysUv") == !before, "alwaysUv did not turn"));
  if (!before) {
    TRY(Check(!client.KeyInfo().Is("makeCredUvNotRqd"), "makeCredUvNotRqd is true under alwaysUv"));
  }
  const Bytes token = TRY(Token(client, kAcfg));
  const Reply back = TRY(client.Send(kConfig, ConfigRequest(client, kToggleAlwaysUv, {}, token)));
  if (back.status == kOperationDenied && !before) return {};  // it cannot be turned off: allowed
  TRY(Check(back.status == kOk, "turning it back answered " + Text(back.status)));
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Option("alwaysUv") == before, "alwaysUv did not turn back"));
  return Check(before || client.KeyInfo().Is("makeCredUvNotRqd") == not_required,
               "makeCredUvNotRqd is not what it was");
}

Outcome AlwaysUvWithoutPin(Client& client) {
  TRY(client.Ask(kConfig, {{1, kToggleAlwaysUv}}));
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Is("alwaysUv"), "alwaysUv did not turn on"));
  TRY(client.Refuses(kMakeCredential, Registration(client), {kPuatRequired, kOperationDenied}));
  // Nothing protects the key, so nothing is needed to turn it off either.
  TRY(client.Ask(kConfig, {{1, kToggleAlwaysUv}}));
  TRY(client.ReadInfo());
  TRY(Check(!client.KeyInfo().Is("alwaysUv"), "alwaysUv did not turn off"));
  TRY(Register(client));
  return {};
}

Outcome RaisesMinimum(Client& client) {
  const auto before = client.KeyInfo().Number(0x0D).value_or(4);
  TRY(Configure(client, kSetMinPinLength, {{1, before + 4}}));
  TRY(Check(client.KeyInfo().Number(0x0D) == before + 4, "minPINLength did not rise"));
  TRY(ConfigRefuses(client, kSetMinPinLength, {{1, before}}, {kPinPolicyViolation}));
  return Configure(client, kSetMinPinLength, {{1, before + 4}});
}

Outcome ForcesAChange(Client& client, const cbor::Map& parameters) {
  const Bytes token = TRY(Token(client, kAcfg));
  TRY(client.Ask(kConfig, ConfigRequest(client, kSetMinPinLength, parameters, token)));
  TRY(client.ReadInfo());
  TRY(Check(*client.KeyInfo().Member(0x0C) == cbor::Value(true), "forcePINChange is not true"));
  TRY(client.Refuses(kConfig, ConfigRequest(client, kSetMinPinLength, parameters, token),
                     {kPinAuthInvalid}));
  auto protocol = TRY(Agree(client));
  TRY(client.Refuses(kClientPin, TRY(TokenRequest(protocol, client, *client.Pin(), kMc, kRp)),
                     {kPinPolicyViolation}));
  constexpr const char* kLonger = "58027391460258";
  TRY(client.Ask(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), kLonger))));
  client.KnowPin(kLonger);
  TRY(client.ReadInfo());
  TRY(Check(*client.KeyInfo().Member(0x0C) == cbor::Value(false), "forcePINChange stays true"));
  TRY(Token(client, kMc, kRp));
  return {};
}

Outcome ForcedToTheSame(Client& client) {
  TRY(Configure(client, kSetMinPinLength, {{3, true}}));
  TRY(client.Refuses(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), *client.Pin())),
                     {kPinPolicyViolation}));
  TRY(client.Ask(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), "5802739146"))));
  return {};
}

Outcome ForcesNothingWithoutPin(Client& client) {
  TRY(client.Refuses(kConfig, {{1, kSetMinPinLength}, {2, cbor::Map{{3, true}}}}, {kPinNotSet}));
  TRY(SetPin(client));
  return Configure(client, kSetMinPinLength, {{3, true}});
}

Outcome TooManyRps(Client& client) {
  const auto limit = client.KeyInfo().Number(0x10).value_or(0);
  cbor::Array rps;
  for (std::uint64_t i = 0; i < limit; ++i) {
    rps.emplace_back("rp" + std::to_string(i) + ".example");
  }
  if (!rps.empty()) TRY(Configure(client, kSetMinPinLength, {{2, rps}}));
  rps.emplace_back("one-too-many.example");
  return ConfigRefuses(client, kSetMinPinLength, {{2, rps}}, {kKeyStoreFull});
}

Outcome MinimumTooHigh(Client& client) {
  TRY(ConfigRefuses(client, kSetMinPinLength, {{1, 64}}, {kPinPolicyViolation, kInvalidParameter}));
  return RaisesMinimum(client);
}

Outcome EnablesLongTouch(Client& client) {
  TRY(Configure(client, kEnableLongTouch));
  TRY(Check(*client.KeyInfo().Member(0x18) == cbor::Value(true), "longTouchForReset is not true"));
  return Configure(client, kEnableLongTouch);
}

Outcome LongTouchResets(Client& client) {
  TRY(Configure(client, kEnableLongTouch));
  TRY(client.PowerCycle());
  GestureScript script;
  script.hold = std::chrono::seconds(11);
  script.gesture = Gesture::kTouch;
  TRY(client.SetUser(script));
  TRY(client.Ask(kReset));
  return {};
}

// --- enterprise attestation

Outcome EnablesEp(Client& client) {
  TRY(Check(client.KeyInfo().Option("ep") == false, "ep is not false at first"));
  TRY(Configure(client, kEnableEnterpriseAttestation));
  TRY(Check(client.KeyInfo().Is("ep"), "ep is not true once it is enabled"));
  return Configure(client, kEnableEnterpriseAttestation);
}

cbor::Map AskingForEp(const Client& client, int mode) {
  return With(Registration(client), 0x0A, mode);
}

Outcome EpIsOff(Client& client) {
  TRY(client.Refuses(kMakeCredential, TRY(ByPin(client, AskingForEp(client, 1))),
                     {kInvalidParameter}));
  TRY(Register(client));
  return {};
}

Outcome EpModeUnknown(Client& client) {
  TRY(Configure(client, kEnableEnterpriseAttestation));
  TRY(client.Refuses(kMakeCredential, TRY(ByPin(client, AskingForEp(client, 3))),
                     {kInvalidOption}));
  TRY(Register(client, AskingForEp(client, 2)));
  return {};
}

Outcome EpGranted(Client& client) {
  TRY(Configure(client, kEnableEnterpriseAttestation));
  const Made made = TRY(Register(client, AskingForEp(client, 2)));
  const cbor::Value& granted = At(made.answer, 4);
  TRY(Check(granted.IsNull() || granted == cbor::Value(true), "epAtt is neither absent nor true"));
  if (granted.IsNull()) return {};  // a key may treat mode 2 as 1
  return Check(At(At(made.answer, 3), "x5c").AsArray() != nullptr,
               "enterprise attestation without a certificate");
}

Outcome EpNotOnTheList(Client& client) {
  TRY(Configure(client, kEnableEnterpriseAttestation));
  const Made made = TRY(Register(client, AskingForEp(client, 1)));
  return Check(At(made.answer, 4).IsNull(), "epAtt for a relying party that is on no list");
}

}  // namespace

std::vector<Case> ConfigCases() {
  constexpr const char* kAlwaysUv = "CTAP 2.3 §6.11.2 and §7.2";
  constexpr const char* kMinPin = "CTAP 2.3 §6.11.4 and §7.4";
  constexpr const char* kEp = "CTAP 2.3 §6.1.2 step 9 and §7.1";
  const std::vector<std::string> always_uv{"alwaysUv", "clientPin"};
  const std::vector<std::string> min_pin{"is setMinPINLength"};
  std::vector<Case> cases = {
      {"config_permission", kConfigClause, "the token needs permission acfg", NeedsAcfg,
       Start::kPin, always_uv, true},
      {"config_always_uv", kAlwaysUv, "toggleAlwaysUv turns it on and off", TogglesAlwaysUv,
       Start::kPin, always_uv, true},
      {"config_always_uv_without_pin",
       kAlwaysUv,
       "without a PIN it needs no token",
       AlwaysUvWithoutPin,
       Start::kFresh,
       {"alwaysUv", "clientPin", "no is alwaysUv"},
       true},
      {"config_min_pin_rises", kMinPin, "minPINLength rises and never falls", RaisesMinimum,
       Start::kPin, min_pin, true},
      {"config_min_pin_too_high", kMinPin, "a minimum above 63 is refused", MinimumTooHigh,
       Start::kPin, min_pin, true},
      {"config_min_pin_forces", kMinPin, "a PIN that is too short now has to be changed",
       [](Client& client) { return ForcesAChange(client, {{1, 12}}); }, Start::kPin, min_pin, true},
      {"config_force_change", kMinPin, "forceChangePin ends tokens until the PIN is changed",
       [](Client& client) { return ForcesAChange(client, {{3, true}}); }, Start::kPin, min_pin,
       true},
      {"config_force_same", "CTAP 2.3 §6.5.5.6", "a forced change is not to the same PIN",
       ForcedToTheSame, Start::kPin, min_pin, true},
      {"config_force_without_pin",
       kMinPin,
       "forceChangePin without a PIN is PIN_NOT_SET",
       ForcesNothingWithoutPin,
       Start::kFresh,
       {"is setMinPINLength", "no is alwaysUv"},
       true},
      {"config_too_many_rps",
       kMinPin,
       "more RP IDs than there is room for are KEY_STORE_FULL",
       TooManyRps,
       Start::kPin,
       {"is setMinPINLength", "ext minPinLength"},
       true},
      {"config_long_touch",
       "CTAP 2.3 §6.11.5",
       "enableLongTouchForReset turns it on for good",
       EnablesLongTouch,
       Start::kPin,
       {"config 4", "clientPin"},
       true},
      {"config_long_touch_resets",
       "CTAP 2.3 §6.6",
       "a long touch resets",
       LongTouchResets,
       Start::kPin,
       {"config 4", "clientPin", "own"},
       true},
      {"config_ep",
       "CTAP 2.3 §6.11.1",
       "enableEnterpriseAttestation turns ep true",
       EnablesEp,
       Start::kPin,
       {"ep", "clientPin"},
       true},
      {"ep_off",
       kEp,
       "enterprise attestation is refused while ep is false",
       EpIsOff,
       Start::kPin,
       {"ep", "no is ep"}},
      {"ep_unsupported",
       kEp,
       "enterprise attestation is refused by a key that has none",
       EpIsOff,
       Start::kAny,
       {"no ep", "2.1"}},
      {"ep_mode_3",
       kEp,
       "a mode other than 1 and 2 is INVALID_OPTION",
       EpModeUnknown,
       Start::kPin,
       {"ep"},
       true},
      {"ep_granted",
       kEp,
       "mode 2 grants it to every relying party",
       EpGranted,
       Start::kPin,
       {"ep"},
       true},
      {"ep_not_listed",
       kEp,
       "mode 1 refuses it silently to one that is not on the list",
       EpNotOnTheList,
       Start::kPin,
       {"ep"},
       true},
  };
  AppendTo(cases,
           Refusals({"config", kConfig, GoodSetMinPinLength, Start::kPin, min_pin}, ConfigRows()));
  for (Case& each : cases) {
    if (each.id != "ep_unsupported") each.needs.emplace_back("is authnrCfg");
  }
  cases.push_back(
      {"config_unsupported",
       "CTAP 2.3 §8.1",
       "a key without the option authnrCfg does not know the command",
       [](Client& client) { return client.Refuses(kConfig, {{1, 1}}, {kInvalidCommand}); },
       Start::kAny,
       {"no is authnrCfg"}});
  return cases;
}

}  // namespace keyrig::conformance
