// Every option of makeCredential and getAssertion × the state of PIN and token × user verification,
// against what the algorithms of CTAP 2.3 §6.1.2 and §6.2.2 come to.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

using Flag = std::optional<bool>;
constexpr std::array<Flag, 3> kFlagValues = {std::nullopt, true, false};

/// What goes with the request.
enum class Proof { kNone, kToken, kWithoutPermission, kOfOtherRp, kMadeUp };

struct Combination {
  Flag rk, up, uv;
  Proof proof;
};

struct Expected {
  Statuses statuses;
  std::uint8_t flags = 0;  // UP and UV of an answer that is OK
};

Expected Refused(std::uint8_t status) { return {{status}}; }

std::uint8_t MissingVerification(const Info& info, bool pin_has_to_be_set) {
  const auto pin = info.Option("clientPin");
  const bool by_pin = pin_has_to_be_set ? pin == true : pin.has_value();
  return by_pin && !info.Is("noMcGaPermissionsWithClientPin") ? kPuatRequired : kOperationDenied;
}

/// How the part that both commands share ends: an error, or the UV bit.
Expected Verified(const Info& info, Proof proof, bool uv, std::uint8_t up_flag) {
  if (!info.IsProtected()) return {{kOk}, up_flag};
  if (proof == Proof::kToken) return {{kOk}, static_cast<std::uint8_t>(up_flag | kFlagUv)};
  if (proof != Proof::kNone) return Refused(kPinAuthInvalid);
  return {{kOk}, static_cast<std::uint8_t>(up_flag | (uv ? kFlagUv : 0))};
}

/// CTAP 2.3 §6.1.2 steps 5 to 14.
Expected MakeCredentialOracle(const Info& info, const Combination& asked) {
  const bool has_param = asked.proof != Proof::kNone;
  const bool rk = asked.rk.value_or(false);
  bool uv = !has_param && asked.uv.value_or(false);
  // Step 5.
  if (uv && !info.Is("uv")) return Refused(kInvalidOption);
  if (rk && !info.Is("rk")) return Refused(kUnsupportedOption);
  if (asked.up == false) return Refused(kInvalidOption);
  // Step 6.
  if (info.Is("alwaysUv")) {
    if (!info.IsProtected()) return Refused(MissingVerification(info, false));
    if (!has_param && info.Is("uv")) uv = true;
    if (!has_param && !uv) return Refused(MissingVerification(info, false));
  } else if (info.IsProtected() && !has_param && !uv) {
    // Steps 7 and 8.
    if (!info.Is("makeCredUvNotRqd") || rk) return Refused(MissingVerification(info, true));
  }
  return Verified(info, asked.proof, uv, kFlagUp);
}

/// CTAP 2.3 §6.2.2 steps 4 to 9.
Expected GetAssertionOracle(const Info& info, const Combination& asked) {
  const bool has_param = asked.proof != Proof::kNone;
  const bool up = asked.up.value_or(true);
  bool uv = !has_param && asked.uv.value_or(false);
  // Step 4; the order within it cannot be seen from outside.
  Statuses wrong;
  if (uv && !info.Is("uv")) wrong.push_back(kInvalidOption);
  if (asked.rk) wrong.push_back(kUnsupportedOption);
  if (!wrong.empty()) return {wrong};
  // Step 5.
  if (info.Is("alwaysUv") && up) {
    if (!info.IsProtected()) return Refused(MissingVerification(info, false));
    if (!has_param && info.Is("uv")) uv = true;
    if (!has_param && !uv) return Refused(MissingVerification(info, false));
  }
  return Verified(info, asked.proof, uv, up ? kFlagUp : 0);
}

const char* Shown(const Flag& flag) { return !flag ? "absent" : *flag ? "true" : "false"; }

OrStop<cbor::Map> WithProof(Client& client, cbor::Map request, Proof proof, bool make) {
  const int permission = make ? kMc : kGa;
  Bytes token(32, 0x5A);
  switch (proof) {
    case Proof::kNone:
      return request;
    case Proof::kToken:
      token = TRY(Token(client, permission, kRp));
      break;
    case Proof::kWithoutPermission:
      token = TRY(Token(client, make ? kGa : kMc, kRp));
      break;
    case Proof::kOfOtherRp:
      token = TRY(Token(client, permission, kOtherRp));
      break;
    case Proof::kMadeUp:
      break;
  }
  return make ? RegistrationWith(client, std::move(request), token)
              : AssertionWith(client, std::move(request), token);
}

Outcome PlayOne(Client& client, const Combination& asked, const cbor::Map& plain, bool make) {
  const int options = make ? 7 : 5;
  cbor::Map request = plain;
  if (asked.rk) request = WithOption(std::move(request), options, "rk", *asked.rk);
  if (asked.up) request = WithOption(std::move(request), options, "up", *asked.up);
  if (asked.uv) request = WithOption(std::move(request), options, "uv", *asked.uv);
  request = TRY(WithProof(client, std::move(request), asked.proof, make));
  const Expected expected = make ? MakeCredentialOracle(client.KeyInfo(), asked)
                                 : GetAssertionOracle(client.KeyInfo(), asked);
  const Reply reply = TRY(client.Send(make ? kMakeCredential : kGetAssertion, request));
  const std::string what =
      fmt::format("rk {}, up {}, uv {}: ", Shown(asked.rk), Shown(asked.up), Shown(asked.uv));
  if (std::ranges::find(expected.statuses, reply.status) == expected.statuses.end()) {
    return Failed(what + "the key answered " + Text(reply.status) + " instead of " +
                  Text(expected.statuses));
  }
  if (reply.status != kOk) return {};
  const auto data = TRY(ReadAuthenticatorData(At(reply.body, 2)));
  const auto flags = static_cast<std::uint8_t>(data.flags & (kFlagUp | kFlagUv));
  if (flags == expected.flags) return {};
  return Failed(fmt::format("{}the flags UP and UV are 0x{:02x} instead of 0x{:02x}", what, flags,
                            expected.flags));
}

/// All failures of a sweep in one message: which combinations is what tells the cause.
Outcome Sweep(Client& client, Proof proof, bool make) {
  cbor::Map plain = Registration(client);
  if (!make) {
    const cbor::Map with_proof =
        client.KeyInfo().Is("alwaysUv") && !client.Pin() ? cbor::Map() : TRY(ByPin(client, plain));
    // Under alwaysUv without any user verification there is no credential to be had.
    const Bytes id = with_proof.empty() ? Bytes(32, 1) : TRY(Make(client, with_proof)).Id();
    plain = Allowing(Assertion(), {id});
    if (with_proof.empty()) return NotApplicable("a key like this makes no credential");
  }
  std::string failures;
  for (const Flag& rk : kFlagValues) {
    for (const Flag& up : kFlagValues) {
      for (const Flag& uv : kFlagValues) {
        const auto played = PlayOne(client, {rk, up, uv, proof}, plain, make);
        if (!played) failures += "\n    " + played.error().message;
      }
    }
  }
  return Check(failures.empty(), "of 27 combinations these went wrong:" + failures);
}

struct SweepState {
  const char* id;
  const char* shows;
  Start start;
  std::vector<std::string> needs;
  Proof proof;
  bool always_uv = false;
};

std::vector<SweepState> States() {
  return {
      {"no_pin", "without any user verification", Start::kFresh, {"no is alwaysUv"}, Proof::kNone},
      {"no_pin_param",
       "without any user verification, with a pinUvAuthParam",
       Start::kFresh,
       {"clientPin", "no is alwaysUv"},
       Proof::kMadeUp},
      {"pin",
       "with a PIN, without a token",
       Start::kPin,
       {"clientPin", "no is alwaysUv"},
       Proof::kNone},
      {"pin_token",
       "with a PIN and its token",
       Start::kPin,
       {"clientPin", "is pinUvAuthToken", "no is alwaysUv"},
       Proof::kToken},
      {"pin_permission",
       "with a token of another permission",
       Start::kPin,
       {"clientPin", "is pinUvAuthToken", "no is alwaysUv"},
       Proof::kWithoutPermission},
      {"pin_other_rp",
       "with a token of another relying party",
       Start::kPin,
       {"clientPin", "is pinUvAuthToken", "no is alwaysUv"},
       Proof::kOfOtherRp},
      {"pin_made_up",
       "with a pinUvAuthParam of no token",
       Start::kPin,
       {"clientPin", "no is alwaysUv"},
       Proof::kMadeUp},
      {"finger",
       "with a finger enrolled, without a token",
       Start::kFinger,
       {"bioEnroll", "no is alwaysUv"},
       Proof::kNone},
      {"finger_token",
       "with a finger enrolled and a token",
       Start::kFinger,
       {"bioEnroll", "no is alwaysUv"},
       Proof::kToken},
      {"finger_made_up",
       "with a finger enrolled and a pinUvAuthParam of no token",
       Start::kFinger,
       {"bioEnroll", "no is alwaysUv"},
       Proof::kMadeUp},
      {"always",
       "under alwaysUv, without any user verification",
       Start::kFresh,
       {"alwaysUv"},
       Proof::kNone,
       true},
      {"always_pin",
       "under alwaysUv with a PIN, without a token",
       Start::kPin,
       {"alwaysUv"},
       Proof::kNone,
       true},
      {"always_pin_token",
       "under alwaysUv with a PIN and its token",
       Start::kPin,
       {"alwaysUv"},
       Proof::kToken,
       true},
      {"always_finger",
       "under alwaysUv with a finger enrolled, without a token",
       Start::kFinger,
       {"alwaysUv", "bioEnroll"},
       Proof::kNone,
       true},
  };
}

}  // namespace

std::vector<Case> OptionSweepCases() {
  std::vector<Case> cases;
  for (const bool make : {true, false}) {
    for (const SweepState& state : States()) {
      Case each;
      each.id = fmt::format("sweep_{}_{}", make ? "mc" : "ga", state.id);
      each.clause = make ? "CTAP 2.3 §6.1.2 steps 5 to 14" : "CTAP 2.3 §6.2.2 steps 4 to 9";
      each.shows = fmt::format("rk, up and uv, each absent, true and false, {}", state.shows);
      each.start = state.start;
      each.needs = state.needs;
      each.needs.emplace_back("2.1");
      each.spoils = state.always_uv;
      each.play = [state, make](Client& client) -> Outcome {
        if (state.always_uv && !client.KeyInfo().Is("alwaysUv")) {
          if (!client.KeyInfo().Is("authnrCfg")) {
            return NotApplicable("alwaysUv cannot be turned on");
          }
          TRY(Configure(client, kToggleAlwaysUv));
        }
        return Sweep(client, state.proof, make);
      };
      cases.push_back(std::move(each));
    }
  }
  return cases;
}

}  // namespace keyrig::conformance
