// What getAssertion does with a request that is right (CTAP 2.3 §6.2.2, §6.2.3).
#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/presence.h"

namespace keyrig::conformance {
namespace {

constexpr int kGaOptionsMember = 5;

OrStop<Asserted> AssertFor(Client& client, const Made& made) {
  const cbor::Map request = TRY(AssertionByPin(client, Allowing(Assertion(made.rp), {made.Id()})));
  return Assert(client, request);
}

cbor::Map Silently(cbor::Map assertion) {
  return WithOption(std::move(assertion), kGaOptionsMember, "up", false);
}

Outcome AnswersWithASignature(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(AssertFor(client, made));
  for (const auto& [key, value] : *asserted.answer.AsMap()) {
    const auto number = key.AsInt();
    if (!number || *number < 1 || *number > 8 || value.IsNull()) {
      return Failed("the answer has a member " + cbor::Diagnose(key) + ": " +
                    cbor::Diagnose(value));
    }
  }
  TRY(Check(asserted.data.raw.size() == 37, "authData without extensions has not 37 bytes"));
  TRY(Check((asserted.data.flags & kFlagUp) != 0, "the UP flag is off after a touch"));
  if (client.KeyInfo().IsAtLeast21()) {
    TRY(Check(asserted.credential_id == made.Id(), "the answer names another credential"));
  }
  return VerifySignature(made, asserted);
}

Outcome TellsNoUser(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(AssertFor(client, made));
  TRY(Check(At(asserted.answer, 4).IsNull(), "a user is told for a non-discoverable credential"));
  return Check(At(asserted.answer, 5).IsNull(), "numberOfCredentials is there with an allowList");
}

Outcome CountsOn(Client& client, bool silently) {
  const Made made = TRY(Register(client));
  const cbor::Map plain = Allowing(Assertion(), {made.Id()});
  const auto ask = [&]() -> OrStop<Asserted> {
    if (silently) return Assert(client, Silently(plain));
    return Assert(client, TRY(AssertionByPin(client, plain)));
  };
  const Asserted first = TRY(ask());
  const Asserted second = TRY(ask());
  if (first.data.counter == 0 && second.data.counter == 0) return {};  // no counter: allowed
  return Check(second.data.counter > first.data.counter, "the signature counter does not grow");
}

Outcome WorksSilently(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(Assert(client, Silently(Allowing(Assertion(), {made.Id()}))));
  TRY(Check(!asserted.asked.value_or(false), "the key asked for a touch although up=false"));
  TRY(Check((asserted.data.flags & (kFlagUp | kFlagUv)) == 0, "UP or UV is on although up=false"));
  return VerifySignature(made, asserted);
}

Outcome FindsNothing(Client& client, bool with_list) {
  cbor::Map request = Assertion("nobody-was-here.example");
  if (with_list) request = Allowing(std::move(request), {Bytes(48, 3)});
  const cbor::Map authorized = TRY(AssertionByPin(client, request));
  const Reply reply = TRY(client.Send(kGetAssertion, authorized));
  TRY(CheckReply(reply, {kNoCredentials}, false, "no credential of this relying party"));
  return AnswersWithASignature(client);
}

Outcome KeepsToItsRp(Client& client) {
  const Made made = TRY(Register(client));
  const cbor::Map foreign = TRY(AssertionByPin(client, Allowing(Assertion(kOtherRp), {made.Id()})));
  TRY(client.Refuses(kGetAssertion, foreign, {kNoCredentials}));
  TRY(AssertFor(client, made));
  return {};
}

Outcome IgnoresParamOfUnprotected(Client& client) {
  const Made made = TRY(Make(client, Registration(client)));
  const cbor::Map request = AssertionWith(client, Allowing(Assertion(), {made.Id()}), Bytes(32, 3));
  const Asserted asserted = TRY(Assert(client, request));
  return Check((asserted.data.flags & kFlagUv) == 0, "the UV flag is on, on a key without a PIN");
}

Outcome VerifiesByToken(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(AssertFor(client, made));
  return Check((asserted.data.flags & kFlagUv) != 0,
               "the UV flag is off although a token was used");
}

Outcome WorksWithoutToken(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(Assert(client, Allowing(Assertion(), {made.Id()})));
  return Check((asserted.data.flags & kFlagUv) == 0,
               "the UV flag is on although nobody was verified");
}

Outcome LimitsTheAllowList(Client& client) {
  const auto limit = client.KeyInfo().Number(7);
  if (!limit) return NotApplicable("getInfo says no maxCredentialCountInList (0x07)");
  const Made made = TRY(Register(client));
  cbor::Array list{made.Descriptor()};
  for (std::uint64_t i = 1; i < *limit; ++i) {
    list.emplace_back(Descriptor(Bytes(16, static_cast<std::uint8_t>(i))));
  }
  TRY(Assert(client, TRY(AssertionByPin(client, With(Assertion(), 3, list)))));
  list.emplace_back(Descriptor(Bytes(16, 0xFF)));
  const cbor::Map request = TRY(AssertionByPin(client, With(Assertion(), 3, list)));
  const Reply reply = TRY(client.Send(kGetAssertion, request));
  return CheckReply(reply, {kLimitExceeded}, false, "a list longer than maxCredentialCountInList");
}

Outcome FindsAmongOthers(Client& client) {
  const Made made = TRY(Register(client));
  const cbor::Map foreign{{"id", made.Id()}, {"type", "private-key"}};
  const cbor::Array list{foreign, Descriptor(Bytes(32, 1)), made.Descriptor(),
                         Descriptor(Bytes(32, 2))};
  const Asserted asserted =
      TRY(Assert(client, TRY(AssertionByPin(client, With(Assertion(), 3, list)))));
  return VerifySignature(made, asserted);
}

Outcome ChoosesOneOfTwo(Client& client) {
  const Made first = TRY(Register(client));
  const Made second = TRY(Register(client));
  const Asserted asserted = TRY(Assert(
      client, TRY(AssertionByPin(client, Allowing(Assertion(), {first.Id(), second.Id()})))));
  TRY(Check(At(asserted.answer, 5).IsNull(), "numberOfCredentials is there with an allowList"));
  TRY(client.Refuses(kGetNextAssertion, {kNotAllowed}));
  return VerifySignature(asserted.credential_id == first.Id() ? first : second, asserted);
}

Outcome GaTokenIsUsedUp(Client& client) {
  const Made made = TRY(Register(client));
  const Bytes token = TRY(Token(client, kGa, kRp));
  const cbor::Map request = AssertionWith(client, Allowing(Assertion(), {made.Id()}), token);
  TRY(Assert(client, request));
  return client.Refuses(kGetAssertion, request, {kPinAuthInvalid});
}

Outcome SilentAssertionKeepsToken(Client& client) {
  const Made made = TRY(Register(client));
  const Bytes token = TRY(Token(client, kGa, kRp));
  const cbor::Map request = AssertionWith(client, Allowing(Assertion(), {made.Id()}), token);
  const Asserted silent = TRY(Assert(client, Silently(request)));
  TRY(Check((silent.data.flags & kFlagUv) != 0, "the UV flag is off although a token was used"));
  TRY(Check(!silent.asked.value_or(false), "the key asked for a touch although up=false"));
  TRY(Assert(client, request));
  return {};
}

Outcome GaNeedsThePermission(Client& client) {
  const Made made = TRY(Register(client));
  const Bytes token = TRY(Token(client, kMc, kRp));
  const cbor::Map plain = Allowing(Assertion(), {made.Id()});
  TRY(client.Refuses(kGetAssertion, AssertionWith(client, plain, token), {kPinAuthInvalid}));
  TRY(AssertFor(client, made));
  return {};
}

Outcome GoesOnAfterPowerCycle(Client& client) {
  const Made made = TRY(Register(client));
  TRY(client.PowerCycle());
  return VerifySignature(made, TRY(AssertFor(client, made)));
}

Outcome IgnoresUnknown(Client& client) {
  const Made made = TRY(Register(client));
  cbor::Map plain = Allowing(Assertion(), {made.Id()});
  plain = WithExtension(plain, 4, "teaPot", true);
  plain = WithOption(plain, kGaOptionsMember, "makeTea", true);
  const Asserted asserted = TRY(Assert(client, TRY(AssertionByPin(client, plain))));
  return Check((asserted.data.flags & kFlagEd) == 0, "an unknown extension got an output");
}

}  // namespace

std::vector<Case> GetAssertionCases() {
  std::vector<Case> cases = {
      {"ga_signature", "CTAP 2.3 §6.2.2 step 13 and §6.2.3",
       "the answer has the form that it should and verifies", AnswersWithASignature},
      {"ga_no_user", "CTAP 2.3 §6.2.3", "a non-discoverable credential has no user and no count",
       TellsNoUser},
      {"ga_counter", "WebAuthn L3 §6.1.1", "the signature counter grows",
       [](Client& client) { return CountsOn(client, false); }},
      {"ga_counter_silent",
       "WebAuthn L3 §6.1.1",
       "the signature counter grows also without touch",
       [](Client& client) { return CountsOn(client, true); },
       Start::kAny,
       {"2.1"}},
      {"ga_silent",
       "CTAP 2.3 §6.2.2 step 9",
       "up=false asks nobody and sets no flag",
       WorksSilently,
       Start::kAny,
       {"hid", "2.1"}},
      {"ga_nothing_listed",
       "CTAP 2.3 §6.2.2 step 7",
       "NO_CREDENTIALS comes at once where the list has none of this key",
       [](Client& client) { return FindsNothing(client, true); },
       Start::kAny,
       {"hid", "2.1"}},
      {"ga_nothing_discoverable",
       "CTAP 2.3 §6.2.2 step 7",
       "NO_CREDENTIALS comes at once where the relying party has none",
       [](Client& client) { return FindsNothing(client, false); },
       Start::kAny,
       {"hid", "2.1"}},
      {"ga_other_rp", "CTAP 2.3 §6.2.2 step 7",
       "a credential is not found for another relying party", KeepsToItsRp},
      {"ga_param_without_pin",
       "CTAP 2.3 §6.2.2 step 6",
       "a key without a PIN does not look at pinUvAuthParam",
       IgnoresParamOfUnprotected,
       Start::kFresh,
       {"clientPin", "2.1", "no is alwaysUv"}},
      {"ga_uv_by_token",
       "CTAP 2.3 §6.2.2 step 6",
       "a token sets the UV flag",
       VerifiesByToken,
       Start::kPin,
       {"clientPin"}},
      {"ga_without_token",
       "CTAP 2.3 §6.2.2 step 6",
       "without a token UV stays off",
       WorksWithoutToken,
       Start::kPin,
       {"clientPin", "no is alwaysUv"}},
      {"ga_allow_limit",
       "CTAP 2.3 §6.2.2 and §6.4 member 0x07",
       "a list longer than the key says is LIMIT_EXCEEDED, before any touch",
       LimitsTheAllowList,
       Start::kAny,
       {"hid"}},
      {"ga_among_others", "CTAP 2.3 §6.2.2 step 7",
       "the credential is found among unknown ones and foreign types", FindsAmongOthers},
      {"ga_one_of_two",
       "CTAP 2.3 §6.2.2 step 11",
       "of two that match one is used, without a next",
       ChoosesOneOfTwo,
       Start::kAny,
       {"2.1"}},
      {"ga_token_used_up",
       "CTAP 2.3 §6.2.2 step 9",
       "a touch takes the ga permission away",
       GaTokenIsUsedUp,
       Start::kPin,
       {"is pinUvAuthToken", "clientPin"}},
      {"ga_silent_keeps_token",
       "CTAP 2.3 §6.2.2 step 9",
       "without a touch the permission stays",
       SilentAssertionKeepsToken,
       Start::kPin,
       {"is pinUvAuthToken", "clientPin", "hid"}},
      {"ga_token_without_permission",
       "CTAP 2.3 §6.2.2 step 6",
       "the token needs permission ga",
       GaNeedsThePermission,
       Start::kPin,
       {"is pinUvAuthToken", "clientPin"}},
      {"ga_after_power_cycle", "CTAP 2.3 §6.2.2", "a credential outlives a loss of power",
       GoesOnAfterPowerCycle},
      {"ga_unknown", "CTAP 2.3 §6.2.2 step 4 and §12", "unknown options and extensions are ignored",
       IgnoresUnknown},
  };
  AppendTo(cases, PresenceCases({"ga",
                                 "CTAP 2.3 §6.2.2 step 9",
                                 kGetAssertion,
                                 [](Client& client) -> OrStop<cbor::Map> {
                                   const Made made = TRY(Register(client));
                                   return AssertionByPin(client,
                                                         Allowing(Assertion(), {made.Id()}));
                                 },
                                 {}}));
  return cases;
}

}  // namespace keyrig::conformance
