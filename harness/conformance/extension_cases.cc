// credProtect, credBlob, largeBlobKey, minPinLength, pinComplexityPolicy, thirdPartyPayment, uvm
// (CTAP 2.3 §12, WebAuthn L2 §10.3).
#include <fmt/format.h>

#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr int kMcInputs = 6;
constexpr int kGaInputs = 4;

cbor::Map Asking(cbor::Map registration, const char* name, cbor::Value value) {
  return WithExtension(std::move(registration), kMcInputs, name, std::move(value));
}

const cbor::Value& Output(const Made& made, const char* name) {
  return At(made.data.extensions, name);
}

// --- credProtect

Outcome Protects(Client& client, int level) {
  const Made made = TRY(Register(client, Asking(Registration(client), "credProtect", level)));
  return Check(Output(made, "credProtect").AsInt() == level,
               "credProtect is answered with " + cbor::Diagnose(Output(made, "credProtect")));
}

Outcome ProtectsUnasked(Client& client) {
  const Made made = TRY(Register(client));
  return Check(Output(made, "credProtect").IsNull(), "credProtect is answered unasked");
}

/// Whether a discoverable credential of this level is found: with a list, with UV.
Outcome IsFound(Client& client, int level, bool listed, bool verified, bool found) {
  const Made made =
      TRY(Register(client, Asking(Discoverable(Registration(client)), "credProtect", level)));
  cbor::Map request = Assertion();
  if (listed) request = Allowing(request, {made.Id()});
  if (verified) request = TRY(AssertionByPin(client, request));
  const Reply reply = TRY(client.Send(kGetAssertion, request));
  const std::uint8_t expected = found ? kOk : kNoCredentials;
  return Check(reply.status == expected,
               "the key answered " + Text(reply.status) + " instead of " + Text(expected));
}

Outcome HidesFromExcludeList(Client& client) {
  const Made made = TRY(Register(client, Asking(Registration(client), "credProtect", 3)));
  const cbor::Map listing = With(Registration(client), 5, cbor::Array{made.Descriptor()});
  // Unverified, the credential does not show.
  if (client.KeyInfo().Is("makeCredUvNotRqd")) TRY(Make(client, listing));
  return client.Refuses(kMakeCredential, TRY(ByPin(client, listing)), {kCredentialExcluded});
}

std::vector<Case> CredProtectCases() {
  constexpr const char* kClause = "CTAP 2.3 §12.1";
  std::vector<Case> cases = {
      {"cred_protect_unasked",
       kClause,
       "no level is told unasked",
       ProtectsUnasked,
       Start::kAny,
       {"ext credProtect"}},
      {"cred_protect_exclude",
       "CTAP 2.3 §6.1.2 step 12",
       "level 3 excludes only a user who is verified",
       HidesFromExcludeList,
       Start::kPin,
       {"ext credProtect", "2.1", "no is alwaysUv"}},
  };
  for (const int level : {1, 2, 3}) {
    cases.push_back({fmt::format("cred_protect_{}", level),
                     kClause,
                     "the level is confirmed",
                     [level](Client& client) { return Protects(client, level); },
                     Start::kAny,
                     {"ext credProtect"}});
    for (const bool listed : {false, true}) {
      for (const bool verified : {false, true}) {
        const bool found = verified || level == 1 || (level == 2 && listed);
        cases.push_back(
            {fmt::format("cred_protect_{}{}{}", level, listed ? "_listed" : "_discovered",
                         verified ? "_verified" : ""),
             "CTAP 2.3 §6.2.2 step 7 and §12.1",
             fmt::format("level {} is {}found {}, {} user verification", level, found ? "" : "not ",
                         listed ? "in an allowList" : "without an allowList",
                         verified ? "with" : "without"),
             [=](Client& client) { return IsFound(client, level, listed, verified, found); },
             Start::kPin,
             {"ext credProtect", "is rk", "clientPin", "2.1", "no is alwaysUv"}});
      }
    }
  }
  return cases;
}

// --- credBlob

OrStop<Asserted> AssertAsking(Client& client, const Made& made, const char* name,
                              cbor::Value value) {
  const cbor::Map plain =
      WithExtension(Allowing(Assertion(), {made.Id()}), kGaInputs, name, std::move(value));
  return Assert(client, TRY(AssertionByPin(client, plain)));
}

Outcome KeepsABlob(Client& client, std::uint64_t size, bool fits) {
  const Bytes blob(size, 0x42);
  const Made made =
      TRY(Register(client, Asking(Discoverable(Registration(client)), "credBlob", blob)));
  TRY(Check(Output(made, "credBlob") == cbor::Value(fits),
            "makeCredential answered credBlob: " + cbor::Diagnose(Output(made, "credBlob"))));
  const Asserted asserted = TRY(AssertAsking(client, made, "credBlob", true));
  const cbor::Value& kept = At(asserted.data.extensions, "credBlob");
  return Check(kept == cbor::Value(fits ? blob : Bytes()),
               "getAssertion answered credBlob: " + cbor::Diagnose(kept));
}

Outcome KeepsNoBlobOfOther(Client& client) {
  const Made made = TRY(Register(client, Asking(Registration(client), "credBlob", Bytes(8, 1))));
  return Check(Output(made, "credBlob") == cbor::Value(false),
               "credBlob of a non-discoverable credential is not false");
}

Outcome BlobOnlyWhereAsked(Client& client) {
  const Made made =
      TRY(Register(client, Asking(Discoverable(Registration(client)), "credBlob", Bytes(8, 1))));
  const Asserted asserted = TRY(AssertAsking(client, made, "credBlob", false));
  return Check((asserted.data.flags & kFlagEd) == 0, "credBlob: false got an output");
}

// --- largeBlobKey

Outcome HasALargeBlobKey(Client& client) {
  const Made made =
      TRY(Register(client, Asking(Discoverable(Registration(client)), "largeBlobKey", true)));
  const Bytes* key = At(made.answer, 5).AsBytes();
  TRY(Check(key != nullptr && key->size() == 32,
            "makeCredential answered no key of 32 bytes (0x05)"));
  TRY(Check((made.data.flags & kFlagEd) == 0, "largeBlobKey is not for authData"));
  const Asserted asserted = TRY(AssertAsking(client, made, "largeBlobKey", true));
  return Check(At(asserted.answer, 7) == cbor::Value(*key),
               "getAssertion answered another largeBlobKey (0x07)");
}

Outcome HasNoLargeBlobKey(Client& client) {
  const Made made = TRY(Register(client, Discoverable(Registration(client))));
  TRY(Check(At(made.answer, 5).IsNull(), "a largeBlobKey comes unasked"));
  const Asserted asserted = TRY(AssertAsking(client, made, "largeBlobKey", true));
  return Check(At(asserted.answer, 7).IsNull(), "a credential without largeBlobKey gives one");
}

Outcome RefusesLargeBlobKey(Client& client, bool discoverable, cbor::Value value,
                            const Statuses& expected) {
  const cbor::Map plain = Registration(client);
  const cbor::Map registration =
      Asking(discoverable ? Discoverable(plain) : plain, "largeBlobKey", std::move(value));
  TRY(client.Refuses(kMakeCredential, TRY(ByPin(client, registration)), expected));
  return HasALargeBlobKey(client);
}

Outcome RefusesLargeBlobKeyOfAssertion(Client& client, cbor::Value value,
                                       const Statuses& expected) {
  const Made made =
      TRY(Register(client, Asking(Discoverable(Registration(client)), "largeBlobKey", true)));
  const cbor::Map request = WithExtension(Allowing(Assertion(), {made.Id()}), kGaInputs,
                                          "largeBlobKey", std::move(value));
  TRY(client.Refuses(kGetAssertion, TRY(AssertionByPin(client, request)), expected));
  return HasALargeBlobKey(client);
}

std::vector<Case> BlobCases() {
  constexpr const char* kBlob = "CTAP 2.3 §12.2";
  constexpr const char* kKey = "CTAP 2.3 §12.3";
  const std::vector<std::string> blob{"ext credBlob", "is rk"};
  const std::vector<std::string> key{"ext largeBlobKey"};
  const auto limit = [](Client& client) { return client.KeyInfo().Number(0x0F).value_or(32); };
  return {
      {"cred_blob", kBlob, "a blob is kept with the credential",
       [](Client& client) { return KeepsABlob(client, 20, true); }, Start::kAny, blob},
      {"cred_blob_limit", kBlob, "a blob of maxCredBlobLength fits",
       [limit](Client& client) { return KeepsABlob(client, limit(client), true); }, Start::kAny,
       blob},
      {"cred_blob_too_long", kBlob, "a longer one is not kept, and that is no error",
       [limit](Client& client) { return KeepsABlob(client, limit(client) + 1, false); },
       Start::kAny, blob},
      {"cred_blob_rk_false", kBlob, "a non-discoverable credential keeps none", KeepsNoBlobOfOther,
       Start::kAny, blob},
      {"cred_blob_false", kBlob, "getAssertion tells it only where asked", BlobOnlyWhereAsked,
       Start::kAny, blob},
      {"large_blob_key", kKey, "a credential gets a key, outside authData", HasALargeBlobKey,
       Start::kAny, key},
      {"large_blob_key_unasked", kKey, "it gets none unasked", HasNoLargeBlobKey, Start::kAny, key},
      {"large_blob_key_false", kKey, "largeBlobKey: false is INVALID_OPTION",
       [](Client& client) { return RefusesLargeBlobKey(client, true, false, {kInvalidOption}); },
       Start::kAny, key},
      {"large_blob_key_rk_false", kKey, "it is for discoverable credentials alone",
       [](Client& client) { return RefusesLargeBlobKey(client, false, true, {kInvalidOption}); },
       Start::kAny, key},
      {"large_blob_key_type", kKey, "its input is a boolean",
       [](Client& client) { return RefusesLargeBlobKey(client, true, "yes", {kUnexpectedType}); },
       Start::kAny, key},
      {"large_blob_key_ga_false", kKey, "getAssertion refuses largeBlobKey: false",
       [](Client& client) {
         return RefusesLargeBlobKeyOfAssertion(client, false, {kInvalidOption});
       },
       Start::kAny, key},
      {"large_blob_key_ga_type", kKey, "its input of getAssertion is a boolean",
       [](Client& client) {
         return RefusesLargeBlobKeyOfAssertion(client, "yes", {kUnexpectedType});
       },
       Start::kAny, key},
  };
}

// --- what relying parties may learn of the PIN's rules

Outcome TellsPinRule(Client& client, const char* name, bool listed) {
  if (listed) {
    TRY(Configure(client, kSetMinPinLength, {{2, cbor::Array{kRp}}}));
  }
  const Made made = TRY(Register(client, Asking(Registration(client), name, true)));
  const cbor::Value& output = Output(made, name);
  if (!listed) return Check(output.IsNull(), std::string(name) + " is told to any relying party");
  const bool is_right = std::string_view(name) == "minPinLength"
                            ? output.AsUnsigned() == client.KeyInfo().Number(0x0D)
                            : output.AsBool() != nullptr;
  return Check(is_right, std::string(name) + " is answered with " + cbor::Diagnose(output));
}

// --- thirdPartyPayment, uvm

Outcome IsForPayment(Client& client, bool asked) {
  const cbor::Map plain = Registration(client);
  const Made made = TRY(Register(client, asked ? Asking(plain, "thirdPartyPayment", true) : plain));
  const Asserted asserted = TRY(AssertAsking(client, made, "thirdPartyPayment", true));
  return Check(At(asserted.data.extensions, "thirdPartyPayment") == cbor::Value(asked),
               "getAssertion answered thirdPartyPayment: " +
                   cbor::Diagnose(At(asserted.data.extensions, "thirdPartyPayment")));
}

Outcome TellsHowVerified(Client& client) {
  const Made made = TRY(Register(client));
  const Asserted asserted = TRY(AssertAsking(client, made, "uvm", true));
  const cbor::Array* methods = At(asserted.data.extensions, "uvm").AsArray();
  TRY(Check(methods != nullptr && !methods->empty() && methods->size() <= 3,
            "uvm is no list of one to three: " + cbor::Diagnose(asserted.data.extensions)));
  for (const cbor::Value& each : *methods) {
    TRY(Check(each.AsArray() != nullptr && each.AsArray()->size() == 3,
              "a method is no list of three numbers: " + cbor::Diagnose(each)));
  }
  return {};
}

}  // namespace

std::vector<Case> ExtensionCases() {
  std::vector<Case> cases = CredProtectCases();
  for (Case& each : BlobCases()) cases.push_back(std::move(each));
  const std::pair<const char*, const char*> rules[] = {{"minPinLength", "CTAP 2.3 §12.5"},
                                                       {"pinComplexityPolicy", "CTAP 2.3 §12.6"}};
  for (const auto& [name, clause] : rules) {
    const std::string id =
        std::string_view(name) == "minPinLength" ? "min_pin_length" : "pin_policy";
    const std::vector<std::string> needs{fmt::format("ext {}", name), "is setMinPINLength"};
    cases.push_back({id + "_listed", clause, "a relying party on the list learns it",
                     [rule = name](Client& client) { return TellsPinRule(client, rule, true); },
                     Start::kPin, needs, true});
    cases.push_back({id + "_unlisted", clause, "another one does not",
                     [rule = name](Client& client) { return TellsPinRule(client, rule, false); },
                     Start::kPin, needs});
  }
  cases.push_back({"payment",
                   "CTAP 2.3 §12.9",
                   "a credential for payment says so",
                   [](Client& client) { return IsForPayment(client, true); },
                   Start::kAny,
                   {"ext thirdPartyPayment"}});
  cases.push_back({"payment_unasked",
                   "CTAP 2.3 §12.9",
                   "another one says false",
                   [](Client& client) { return IsForPayment(client, false); },
                   Start::kAny,
                   {"ext thirdPartyPayment"}});
  cases.push_back({"uvm",
                   "WebAuthn L2 §10.3",
                   "uvm lists how the user was verified",
                   TellsHowVerified,
                   Start::kPin,
                   {"ext uvm"}});
  return cases;
}

}  // namespace keyrig::conformance
