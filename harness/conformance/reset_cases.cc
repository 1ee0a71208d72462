// authenticatorReset and authenticatorSelection (CTAP 2.3 §6.6, §6.9).
#include <chrono>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/presence.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kResetClause = "CTAP 2.3 §6.6";

Outcome ResetNow(Client& client) {
  TRY(client.PowerCycle());
  TRY(client.Ask(kReset));
  client.KnowPin(std::nullopt);
  return client.ReadInfo();
}

Outcome ForgetsThePin(Client& client) {
  TRY(ResetNow(client));
  TRY(Check(client.KeyInfo().Option("clientPin") == false, "clientPin is not false after a reset"));
  const auto retries = TRY(PinRetries(client));
  TRY(SetPin(client, "846152"));
  TRY(Token(client, kMc | kGa, kRp));
  return Check(retries == TRY(PinRetries(client)), "a reset left fewer PIN retries");
}

Outcome ForgetsCredentials(Client& client, bool discoverable) {
  const Made made = discoverable ? TRY(RegisterDiscoverable(client)) : TRY(Register(client));
  TRY(ResetNow(client));
  TRY(SetPin(client));
  for (const cbor::Map& request : {Allowing(Assertion(), {made.Id()}), Assertion()}) {
    TRY(client.Refuses(kGetAssertion, TRY(AssertionByPin(client, request)), {kNoCredentials}));
  }
  TRY(Register(client));
  return {};
}

Outcome EndsTheBlock(Client& client) {
  for (int i = 0; i < 3; ++i) {
    auto protocol = TRY(Agree(client));
    TRY(client.Send(kClientPin, TRY(TokenRequest(protocol, client, "not-it-at-all", kMc, kRp))));
  }
  TRY(ResetNow(client));
  TRY(SetPin(client));
  TRY(Token(client, kMc | kGa, kRp));
  return {};
}

Outcome EndsTokens(Client& client) {
  TRY(client.PowerCycle());
  const Bytes token = TRY(Token(client, kMc, kRp));
  TRY(client.Ask(kReset));
  client.KnowPin(std::nullopt);
  TRY(SetPin(client));
  return client.Refuses(kMakeCredential, RegistrationWith(client, Registration(client), token),
                        {kPinAuthInvalid});
}

Outcome RestoresSettings(Client& client) {
  const bool always = client.KeyInfo().Is("alwaysUv");
  TRY(Configure(client, kToggleAlwaysUv));
  TRY(Check(client.KeyInfo().Is("alwaysUv") != always, "alwaysUv did not change"));
  TRY(ResetNow(client));
  return Check(client.KeyInfo().Is("alwaysUv") == always, "a reset did not restore alwaysUv");
}

Outcome RestoresMinPinLength(Client& client) {
  const auto before = client.KeyInfo().Number(0x0D);
  TRY(Configure(client, kSetMinPinLength, {{1, 9}}));
  TRY(Check(client.KeyInfo().Number(0x0D) == 9, "minPINLength did not change"));
  TRY(ResetNow(client));
  return Check(client.KeyInfo().Number(0x0D) == before, "a reset did not restore minPINLength");
}

Outcome ForgetsFingers(Client& client) {
  TRY(ResetNow(client));
  return Check(!client.KeyInfo().Is("uv") && !client.KeyInfo().Is("bioEnroll"),
               "a reset left fingers enrolled");
}

Outcome RenewsTheIdentifier(Client& client) {
  const auto before = client.KeyInfo().Number(0x14);
  TRY(RegisterDiscoverable(client));
  TRY(ResetNow(client));
  return Check(client.KeyInfo().Number(0x14) == before,
               "remainingDiscoverableCredentials is not what it was");
}

Outcome TooLate(Client& client) {
  TRY(client.PowerCycle());
  TRY(client.Advance(std::chrono::seconds(11)));
  const Reply reply = TRY(client.Send(kReset));
  TRY(CheckReply(reply, {kNotAllowed}, false, "11 s after power-up"));
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Is("clientPin"), "a refused reset took the PIN away"));
  return ResetNow(client);
}

Outcome JustInTime(Client& client) {
  TRY(client.PowerCycle());
  TRY(client.Advance(std::chrono::seconds(8)));
  TRY(client.Ask(kReset));
  return {};
}

Outcome RefusedResetKeeps(Client& client, Gesture gesture, const Statuses& expected) {
  const Made made = TRY(Register(client));
  TRY(client.PowerCycle());
  const Reply reply = TRY(SendDuring(client, gesture, kReset, {}));
  TRY(CheckReply(reply, expected, true, "reset"));
  TRY(client.SetUser(Gesture::kTouch));
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Is("clientPin"), "a refused reset took the PIN away"));
  const cbor::Map request = TRY(AssertionByPin(client, Allowing(Assertion(), {made.Id()})));
  return VerifySignature(made, TRY(Assert(client, request)));
}

}  // namespace

std::vector<Case> ResetCases() {
  std::vector<Case> cases = PresenceCases({"selection",
                                           "CTAP 2.3 §6.9",
                                           kSelection,
                                           [](Client&) -> OrStop<cbor::Map> { return cbor::Map(); },
                                           {"2.1"},
                                           Start::kAny,
                                           false,
                                           {kUserActionTimeout}});
  const std::vector<std::string> pin{"clientPin"};
  AppendTo(
      cases,
      {{"reset_pin", kResetClause, "a reset takes the PIN away and restores the retries",
        ForgetsThePin, Start::kPin, pin, true},
       {"reset_wrapped", kResetClause, "a reset ends non-discoverable credentials too",
        [](Client& client) { return ForgetsCredentials(client, false); }, Start::kPin, pin, true},
       {"reset_discoverable",
        kResetClause,
        "a reset ends discoverable credentials",
        [](Client& client) { return ForgetsCredentials(client, true); },
        Start::kPin,
        {"clientPin", "is rk"},
        true},
       {"reset_latch", kResetClause, "a reset ends a blocked PIN", EndsTheBlock, Start::kPin, pin,
        true},
       {"reset_tokens",
        kResetClause,
        "a reset ends tokens",
        EndsTokens,
        Start::kPin,
        {"clientPin", "is pinUvAuthToken"},
        true},
       {"reset_always_uv",
        kResetClause,
        "a reset restores alwaysUv",
        RestoresSettings,
        Start::kPin,
        {"alwaysUv", "is authnrCfg"},
        true},
       {"reset_min_pin_length",
        kResetClause,
        "a reset restores minPINLength",
        RestoresMinPinLength,
        Start::kPin,
        {"is setMinPINLength"},
        true},
       {"reset_fingers",
        kResetClause,
        "a reset takes fingers away",
        ForgetsFingers,
        Start::kFinger,
        {"bioEnroll"},
        true},
       {"reset_room",
        kResetClause,
        "a reset makes room again",
        RenewsTheIdentifier,
        Start::kPin,
        {"is rk", "member 20"},
        true},
       {"reset_after_11s",
        kResetClause,
        "more than 10 s after power-up it is NOT_ALLOWED, at once",
        TooLate,
        Start::kPin,
        {"clientPin", "own", "hid"},
        true},
       {"reset_after_8s",
        kResetClause,
        "8 s after power-up it is allowed",
        JustInTime,
        Start::kPin,
        {"clientPin", "own", "hid"},
        true},
       {"reset_declined",
        kResetClause,
        "a reset that is declined changes nothing",
        [](Client& client) {
          return RefusedResetKeeps(client, Gesture::kDecline, {kOperationDenied});
        },
        Start::kPin,
        {"clientPin", "own", "hid"}},
       {"reset_nobody_comes",
        kResetClause,
        "a reset that nobody touches changes nothing",
        [](Client& client) {
          return RefusedResetKeeps(client, Gesture::kNever, {kUserActionTimeout, kOperationDenied});
        },
        Start::kPin,
        {"clientPin", "own", "hid"}}});
  return cases;
}

}  // namespace keyrig::conformance
