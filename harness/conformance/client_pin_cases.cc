// Setting and changing a PIN, retries and lockouts (CTAP 2.3 §6.5.5), for one PIN/UV auth protocol.
#include <fmt/format.h>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kSetPinClause = "CTAP 2.3 §6.5.5.5";
constexpr const char* kChangePinClause = "CTAP 2.3 §6.5.5.6";
constexpr const char* kRetriesClause = "CTAP 2.3 §6.5.2.3";
constexpr const char* kNewPin = "5802739146";
const Statuses kBadKey = {kInvalidParameter, kUnexpectedType, kMissingParameter, kInvalidCbor};

Change WithKeyMember(int member, cbor::Value value) {
  return
      [=](const cbor::Map& map) { return With(map, 3, With(*At(map, 3).AsMap(), member, value)); };
}

/// Of setPIN and changePIN alike, with the status of each.
std::vector<AlteredRequest> FormRows(const char* clause) {
  return {
      {"without_protocol",
       clause,
       "pinUvAuthProtocol (0x01) is required",
       Drop(1),
       {kMissingParameter}},
      {"without_key", clause, "keyAgreement (0x03) is required", Drop(3), {kMissingParameter}},
      {"without_param", clause, "pinUvAuthParam (0x04) is required", Drop(4), {kMissingParameter}},
      {"without_new_pin", clause, "newPinEnc (0x05) is required", Drop(5), {kMissingParameter}},
      {"unknown_protocol",
       clause,
       "an unknown protocol is refused",
       Put(1, 9),
       {kInvalidParameter, kPinAuthInvalid}},
      {"protocol_is_text",
       clause,
       "pinUvAuthProtocol is an unsigned integer",
       Put(1, "1"),
       {kUnexpectedType}},
      {"key_is_bytes", clause, "keyAgreement is a map", Put(3, Bytes{1}), {kUnexpectedType}},
      {"param_is_text", clause, "pinUvAuthParam is a byte string", Put(4, "x"), {kUnexpectedType}},
      {"new_pin_is_text", clause, "newPinEnc is a byte string", Put(5, "1234"), {kUnexpectedType}},
      {"key_off_curve", clause, "the platform's key lies on its curve",
       WithKeyMember(-3, Bytes(32, 1)), kBadKey},
      {"key_short", clause, "the coordinates have 32 bytes", WithKeyMember(-2, Bytes(31, 1)),
       kBadKey},
      {"key_of_other_curve", clause, "the platform's key is of P-256", WithKeyMember(-1, 2),
       kBadKey},
      {"wrong_param",
       clause,
       "a wrong pinUvAuthParam is PIN_AUTH_INVALID",
       Put(4, Bytes(32, 1)),
       {kPinAuthInvalid}},
      {"short_param",
       clause,
       "a pinUvAuthParam of another length is PIN_AUTH_INVALID",
       [](const cbor::Map& map) {
         Bytes param = *At(map, 4).AsBytes();
         param.resize(8);
         return With(map, 4, param);
       },
       {kPinAuthInvalid}},
  };
}

/// setPIN with a padded text of the caller's own.
OrStop<cbor::Map> SetPadded(Client& client, ByteView padded) {
  auto protocol = TRY(Agree(client));
  const Bytes encrypted = protocol.Encrypt(padded);
  return cbor::Map{{1, protocol.Number()},
                   {2, kSetPin},
                   {3, protocol.Key()},
                   {4, protocol.Authenticate(encrypted)},
                   {5, encrypted}};
}

Outcome RefusesPin(Client& client, ByteView padded, const Statuses& expected) {
  TRY(client.Refuses(kClientPin, TRY(SetPadded(client, padded)), expected));
  return SetPin(client);
}

std::string Letters(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('a' + i * 7 % 26);
  return text;
}

Outcome TakesPin(Client& client, const std::string& pin) {
  TRY(SetPin(client, pin));
  TRY(Check(client.KeyInfo().Is("clientPin"), "clientPin is not true once a PIN is set"));
  TRY(Token(client, kMc | kGa, kRp));
  return {};
}

Outcome TooShort(Client& client) {
  const auto minimum = client.KeyInfo().Number(0x0D).value_or(4);
  return RefusesPin(client, Padded(Letters(minimum - 1)), {kPinPolicyViolation});
}

Outcome ShortButManyBytes(Client& client) {
  // Each of these code points has four bytes.
  const auto minimum = client.KeyInfo().Number(0x0D).value_or(4);
  std::string pin;
  for (std::uint64_t i = 1; i < minimum; ++i) pin += "\xF0\x9F\x94\x91";
  return RefusesPin(client, Padded(pin), {kPinPolicyViolation});
}

Outcome RefusesASecondSetPin(Client& client) {
  const Statuses expected = client.KeyInfo().IsAtLeast21() ? Statuses{kPinAuthInvalid}
                                                           : Statuses{kNotAllowed, kPinAuthInvalid};
  TRY(client.Refuses(kClientPin, TRY(SetPinRequest(client, kNewPin)), expected));
  TRY(Token(client, kMc | kGa, kRp));
  return {};
}

Outcome Changes(Client& client) {
  TRY(client.Ask(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), kNewPin))));
  const std::string before = *client.Pin();
  client.KnowPin(kNewPin);
  TRY(Token(client, kMc | kGa, kRp));
  auto protocol = TRY(Agree(client));
  return client.Refuses(kClientPin, TRY(TokenRequest(protocol, client, before, kMc, kRp)),
                        {kPinInvalid});
}

Outcome ChangeNeedsAPin(Client& client) {
  TRY(client.Refuses(kClientPin, TRY(ChangePinRequest(client, "1234", kNewPin)), {kPinNotSet}));
  return SetPin(client);
}

Outcome ChangeNeedsTheOldPin(Client& client) {
  const auto before = TRY(PinRetries(client));
  TRY(client.Refuses(kClientPin, TRY(ChangePinRequest(client, "wrong-pin", kNewPin)),
                     {kPinInvalid}));
  TRY(Check(TRY(PinRetries(client)) == before - 1, "a wrong PIN did not cost a retry"));
  return Changes(client);
}

Outcome ChangeEndsTokens(Client& client) {
  const Bytes token = TRY(Token(client, kMc, kRp));
  TRY(client.Ask(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), kNewPin))));
  client.KnowPin(kNewPin);
  TRY(client.Refuses(kMakeCredential, RegistrationWith(client, Registration(client), token),
                     {kPinAuthInvalid}));
  TRY(Register(client));
  return {};
}

Outcome ChangeToTooShort(Client& client) {
  TRY(client.Refuses(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), "abc")),
                     {kPinPolicyViolation}));
  return Changes(client);
}

/// Answers of `count` wrong PINs in a row, each as expected.
Outcome WrongPins(Client& client, int count, const Statuses& last) {
  for (int i = 1; i <= count; ++i) {
    auto protocol = TRY(Agree(client));
    const cbor::Map request = TRY(TokenRequest(protocol, client, "not-it-at-all", kMc, kRp));
    TRY(client.Refuses(kClientPin, request, i == count ? last : Statuses{kPinInvalid}));
  }
  return {};
}

Outcome WrongPinCostsARetry(Client& client) {
  const auto before = TRY(PinRetries(client));
  TRY(WrongPins(client, 1, {kPinInvalid}));
  TRY(Check(TRY(PinRetries(client)) == before - 1, "a wrong PIN did not cost a retry"));
  TRY(Token(client, kMc | kGa, kRp));
  return Check(TRY(PinRetries(client)) == before, "the right PIN did not restore the retries");
}

Outcome WrongParamCostsNoRetry(Client& client) {
  const auto before = TRY(PinRetries(client));
  const cbor::Map request = TRY(ChangePinRequest(client, *client.Pin(), kNewPin));
  TRY(client.Refuses(kClientPin, With(request, 4, Bytes(32, 1)), {kPinAuthInvalid}));
  return Check(TRY(PinRetries(client)) == before, "a wrong pinUvAuthParam cost a retry");
}

Outcome ThreeWrongPinsLatch(Client& client) {
  TRY(WrongPins(client, 3, {kPinAuthBlocked}));
  auto protocol = TRY(Agree(client));
  const cbor::Map right = TRY(TokenRequest(protocol, client, *client.Pin(), kMc | kGa, kRp));
  TRY(client.Refuses(kClientPin, right, {kPinAuthBlocked}));
  TRY(client.PowerCycle());
  TRY(Token(client, kMc | kGa, kRp));
  return {};
}

Outcome LatchShows(Client& client) {
  const cbor::Map request{{2, kGetPinRetries}};
  TRY(Check(At(TRY(client.Ask(kClientPin, request)), 4) != cbor::Value(true),
            "powerCycleState is true without a cause"));
  TRY(WrongPins(client, 3, {kPinAuthBlocked}));
  TRY(Check(At(TRY(client.Ask(kClientPin, request)), 4) == cbor::Value(true),
            "powerCycleState is not true after three wrong PINs"));
  TRY(client.PowerCycle());
  return Check(At(TRY(client.Ask(kClientPin, request)), 4) != cbor::Value(true),
               "powerCycleState is still true after a power cycle");
}

Outcome RetriesOutliveAPowerCycle(Client& client) {
  const auto before = TRY(PinRetries(client));
  TRY(WrongPins(client, 2, {kPinInvalid}));
  TRY(client.PowerCycle());
  return Check(TRY(PinRetries(client)) == before - 2, "a power cycle gave retries back");
}

Outcome BlocksForGood(Client& client) {
  const auto retries = TRY(PinRetries(client));
  for (std::uint64_t left = retries; left > 0; --left) {
    const bool last = left == 1;
    const bool third = (retries - left) % 3 == 2;
    const Statuses expected = last    ? Statuses{kPinBlocked}
                              : third ? Statuses{kPinAuthBlocked}
                                      : Statuses{kPinInvalid};
    TRY(WrongPins(client, 1, expected));
    if (third && !last) TRY(client.PowerCycle());
  }
  TRY(client.PowerCycle());
  TRY(Check(TRY(PinRetries(client)) == 0, "pinRetries is not 0"));
  auto protocol = TRY(Agree(client));
  return client.Refuses(kClientPin,
                        TRY(TokenRequest(protocol, client, *client.Pin(), kMc | kGa, kRp)),
                        {kPinBlocked});
}

Outcome WrongPinRenewsAgreement(Client& client) {
  const auto key = [&]() -> OrStop<cbor::Value> {
    return At(TRY(client.Ask(kClientPin, {{1, client.Protocol()}, {2, kGetKeyAgreement}})), 1);
  };
  const cbor::Value first = TRY(key());
  TRY(Check(TRY(key()) == first, "getKeyAgreement gives another key each time"));
  auto protocol = TRY(PinProtocol::Agree(client.Protocol(), first, client.Random("renewal")));
  const cbor::Map wrong = TRY(TokenRequest(protocol, client, "not-it-at-all", kMc, kRp));
  TRY(client.Refuses(kClientPin, wrong, {kPinInvalid}));
  return Check(TRY(key()) != first, "a wrong PIN did not renew the key agreement");
}

Outcome AgreementKeyIsCose(Client& client) {
  const cbor::Value answer =
      TRY(client.Ask(kClientPin, {{1, client.Protocol()}, {2, kGetKeyAgreement}}));
  const cbor::Value& key = At(answer, 1);
  TRY(Check(key.AsMap() != nullptr && key.AsMap()->size() == 5, "the key has not 5 members"));
  TRY(Check(At(key, 1).AsInt() == 2 && At(key, 3).AsInt() == -25 && At(key, -1).AsInt() == 1,
            "kty, alg or crv is not 2, -25, 1: " + cbor::Diagnose(key)));
  TRY(Agree(client));
  return {};
}

Outcome RetriesNeedNoProtocol(Client& client) {
  const auto retries = TRY(PinRetries(client));
  return Check(retries >= 1 && retries <= 8, fmt::format("pinRetries is {}", retries));
}

std::vector<Case> SetCases() {
  const auto fresh = [](std::string id, std::string shows, std::function<Outcome(Client&)> play,
                        std::vector<std::string> needs = {}) {
    return Case{std::move(id),    kSetPinClause, std::move(shows), std::move(play), Start::kFresh,
                std::move(needs), true};
  };
  return {
      fresh("set_makes_client_pin_true", "a PIN can be set, then gives a token",
            [](Client& client) { return TakesPin(client, kCasePin); }),
      fresh("set_63_bytes", "a PIN of 63 bytes is taken",
            [](Client& client) { return TakesPin(client, Letters(63)); }, {"no member 29"}),
      fresh("set_unicode", "a PIN of other letters is taken",
            [](Client& client) { return TakesPin(client, "Schlüßel-ключ"); }),
      fresh("set_inner_zero", "only zeros at the end fill up a PIN",
            [](Client& client) { return TakesPin(client, std::string("ab\0cd\0efg", 9)); }),
      fresh("set_too_short", "a PIN below minPINLength is PIN_POLICY_VIOLATION", TooShort),
      fresh("set_short_many_bytes", "code points count, not bytes", ShortButManyBytes),
      fresh("set_64_bytes", "a PIN of 64 bytes is PIN_POLICY_VIOLATION",
            [](Client& client) {
              return RefusesPin(client, ToBytes(Letters(64)), {kPinPolicyViolation});
            }),
      fresh("set_empty", "an empty PIN is PIN_POLICY_VIOLATION",
            [](Client& client) { return RefusesPin(client, Padded(""), {kPinPolicyViolation}); }),
      fresh("set_padded_to_48", "newPinEnc holds 64 bytes",
            [](Client& client) {
              Bytes padded = Padded(kCasePin);
              padded.resize(48);
              return RefusesPin(client, padded,
                                {kInvalidParameter, kPinPolicyViolation, kPinAuthInvalid});
            }),
      fresh("set_padded_to_80", "newPinEnc holds no more than 64 bytes",
            [](Client& client) {
              Bytes padded = Padded(kCasePin);
              padded.resize(80);
              return RefusesPin(client, padded,
                                {kInvalidParameter, kPinPolicyViolation, kPinAuthInvalid});
            }),
  };
}

std::vector<Case> OtherCases() {
  const auto with_pin = [](std::string id, const char* clause, std::string shows,
                           std::function<Outcome(Client&)> play) {
    return Case{std::move(id), clause, std::move(shows), std::move(play), Start::kPin,
                {"clientPin"}, true};
  };
  return {
      {"key_agreement_form", "CTAP 2.3 §6.5.5.4", "the key's own key is a COSE key of P-256",
       AgreementKeyIsCose},
      {"retries_need_no_protocol", "CTAP 2.3 §6.5.5.2", "getPINRetries wants nothing else",
       RetriesNeedNoProtocol},
      {"change_without_pin",
       kChangePinClause,
       "without a PIN changePIN is PIN_NOT_SET",
       ChangeNeedsAPin,
       Start::kFresh,
       {"clientPin"},
       true},
      with_pin("set_twice", kSetPinClause, "setPIN is refused where there is a PIN",
               RefusesASecondSetPin),
      with_pin("change", kChangePinClause, "after changePIN only the new PIN counts", Changes),
      with_pin("change_wrong_pin", kChangePinClause, "changePIN needs the old PIN",
               ChangeNeedsTheOldPin),
      with_pin("change_ends_tokens", kChangePinClause, "changePIN ends all tokens",
               ChangeEndsTokens),
      with_pin("change_too_short", kChangePinClause, "a new PIN that is too short is refused",
               ChangeToTooShort),
      with_pin("wrong_pin_costs_retry", kRetriesClause,
               "a wrong PIN costs a retry, the right one restores them", WrongPinCostsARetry),
      with_pin("wrong_param_costs_nothing", kRetriesClause, "a wrong MAC costs no retry",
               WrongParamCostsNoRetry),
      with_pin("three_wrong_pins", kRetriesClause,
               "after three in a row even the right PIN is blocked until power-up",
               ThreeWrongPinsLatch),
      with_pin("power_cycle_state", "CTAP 2.3 §6.5.5.2", "powerCycleState tells of the latch",
               LatchShows),
      with_pin("retries_persist", kRetriesClause, "retries outlive a power cycle",
               RetriesOutliveAPowerCycle),
      with_pin("blocked", kRetriesClause, "without retries the PIN is blocked for good",
               BlocksForGood),
      with_pin("wrong_pin_renews_key", kRetriesClause,
               "a wrong PIN renews the key agreement, asking for it does not",
               WrongPinRenewsAgreement),
  };
}

}  // namespace

std::vector<Case> ClientPinCases(int protocol) {
  std::vector<Case> cases = SetCases();
  AppendTo(cases, Refusals({"set",
                            kClientPin,
                            [](Client& client) { return SetPinRequest(client, kCasePin); },
                            Start::kFresh,
                            {},
                            true},
                           FormRows(kSetPinClause)));
  std::vector<AlteredRequest> change = FormRows(kChangePinClause);
  change.push_back({"without_pin_hash",
                    kChangePinClause,
                    "pinHashEnc (0x06) is required",
                    Drop(6),
                    {kMissingParameter}});
  change.push_back({"pin_hash_is_text",
                    kChangePinClause,
                    "pinHashEnc is a byte string",
                    Put(6, "x"),
                    {kUnexpectedType}});
  AppendTo(
      cases,
      Refusals({"change",
                kClientPin,
                [](Client& client) { return ChangePinRequest(client, *client.Pin(), kNewPin); },
                Start::kPin,
                {},
                true},
               std::move(change)));
  AppendTo(cases, OtherCases());
  for (Case& each : cases) {
    each.id = fmt::format("pin{}_{}", protocol, each.id);
    each.needs.push_back(fmt::format("protocol {}", protocol));
    each.play = [protocol, play = std::move(each.play)](Client& client) {
      client.UseProtocol(protocol);
      return play(client);
    };
  }
  return cases;
}

}  // namespace keyrig::conformance
