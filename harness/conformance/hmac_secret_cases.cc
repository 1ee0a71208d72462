// The hmac-secret and hmac-secret-mc extensions (CTAP 2.3 §12.7, §12.8), by both PIN/UV auth
// protocols.
#include <fmt/format.h>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kHmac = "hmac-secret";
constexpr const char* kHmacClause = "CTAP 2.3 §12.7";
constexpr int kGaExtensions = 4;
constexpr int kMcExtensions = 6;

Bytes Salt(std::uint8_t value, std::size_t size = 32) { return Bytes(size, value); }

cbor::Map SaltInput(PinProtocol& protocol, ByteView salts) {
  const Bytes encrypted = protocol.Encrypt(salts);
  return {{1, protocol.Key()},
          {2, encrypted},
          {3, protocol.Authenticate(encrypted)},
          {4, protocol.Number()}};
}

OrStop<Made> RegisterWithSecret(Client& client) {
  const Made made =
      TRY(Register(client, WithExtension(Registration(client), kMcExtensions, kHmac, true)));
  TRY(Check(At(made.data.extensions, kHmac) == cbor::Value(true),
            "makeCredential did not answer hmac-secret: true"));
  return made;
}

/// The output for `salts`, decrypted.
OrStop<Bytes> Secret(Client& client, const Made& made, ByteView salts, bool by_pin = false) {
  auto protocol = TRY(Agree(client));
  cbor::Map request = WithExtension(Allowing(Assertion(), {made.Id()}), kGaExtensions, kHmac,
                                    SaltInput(protocol, salts));
  // A token takes an agreement of its own, which leaves this one as it is.
  if (by_pin || client.KeyInfo().Is("alwaysUv")) request = TRY(AssertionByPin(client, request));
  const Asserted asserted = TRY(Assert(client, request));
  TRY(VerifySignature(made, asserted));
  const Bytes* output = At(asserted.data.extensions, kHmac).AsBytes();
  if (output == nullptr) return Failed("getAssertion answered no hmac-secret");
  return protocol.Decrypt(*output);
}

Outcome OneSalt(Client& client) {
  const Made made = TRY(RegisterWithSecret(client));
  const Bytes once = TRY(Secret(client, made, Salt(1)));
  TRY(Check(once.size() == 32, fmt::format("the output for one salt has {} bytes", once.size())));
  TRY(Check(TRY(Secret(client, made, Salt(1))) == once, "the same salt gave another secret"));
  return Check(TRY(Secret(client, made, Salt(2))) != once, "two salts gave the same secret");
}

Outcome TwoSalts(Client& client) {
  const Made made = TRY(RegisterWithSecret(client));
  const Bytes both = TRY(Secret(client, made, Concat({Salt(1), Salt(2)})));
  TRY(Check(both.size() == 64, fmt::format("the output for two salts has {} bytes", both.size())));
  const Bytes first = TRY(Secret(client, made, Salt(1)));
  const Bytes second = TRY(Secret(client, made, Salt(2)));
  return Check(both == Concat({first, second}), "two salts at once give other secrets than alone");
}

Outcome OfEachCredential(Client& client) {
  const Made one = TRY(RegisterWithSecret(client));
  const Made other = TRY(RegisterWithSecret(client));
  return Check(TRY(Secret(client, one, Salt(1))) != TRY(Secret(client, other, Salt(1))),
               "two credentials gave the same secret");
}

Outcome SurvivesAPowerCycle(Client& client) {
  const Made made = TRY(RegisterWithSecret(client));
  const Bytes before = TRY(Secret(client, made, Salt(1)));
  TRY(client.PowerCycle());
  return Check(TRY(Secret(client, made, Salt(1))) == before, "a power cycle changed the secret");
}

Outcome DependsOnUv(Client& client) {
  const Made made = TRY(RegisterWithSecret(client));
  return Check(
      TRY(Secret(client, made, Salt(1), false)) != TRY(Secret(client, made, Salt(1), true)),
      "with and without user verification the secret is the same");
}

Outcome WithoutRegistration(Client& client) {
  const Made made = TRY(Register(client));
  TRY(Check(At(made.data.extensions, kHmac).IsNull(), "hmac-secret is answered unasked"));
  return {};
}

Outcome FalseIsSilent(Client& client) {
  const Made made =
      TRY(Register(client, WithExtension(Registration(client), kMcExtensions, kHmac, false)));
  return Check(At(made.data.extensions, kHmac) != cbor::Value(true),
               "hmac-secret: false is answered with true");
}

OrStop<cbor::Map> GoodAssertion(Client& client) {
  const Made made = TRY(RegisterWithSecret(client));
  auto protocol = TRY(Agree(client));
  return WithExtension(Allowing(Assertion(), {made.Id()}), kGaExtensions, kHmac,
                       SaltInput(protocol, Salt(1)));
}

Change InInput(const Change& change) {
  return [=](const cbor::Map& request) {
    const cbor::Map input = *At(At(request, kGaExtensions), kHmac).AsMap();
    return WithExtension(request, kGaExtensions, kHmac, change(input));
  };
}

std::vector<AlteredRequest> HmacRows() {
  const Statuses kAnyRefusal = {kMissingParameter, kInvalidCbor, kUnexpectedType,
                                kInvalidParameter};
  return {
      {"without_key", kHmacClause, "keyAgreement is required", InInput(Drop(1)), kAnyRefusal},
      {"without_salt", kHmacClause, "saltEnc is required", InInput(Drop(2)), kAnyRefusal},
      {"without_auth", kHmacClause, "saltAuth is required", InInput(Drop(3)), kAnyRefusal},
      {"wrong_auth",
       kHmacClause,
       "a wrong saltAuth is PIN_AUTH_INVALID",
       InInput(Put(3, Bytes(32, 1))),
       {kPinAuthInvalid}},
      {"short_auth",
       kHmacClause,
       "a saltAuth of another length is PIN_AUTH_INVALID",
       InInput(Put(3, Bytes(4, 1))),
       {kPinAuthInvalid}},
      {"unknown_protocol",
       kHmacClause,
       "an unknown protocol is refused",
       InInput(Put(4, 9)),
       {kInvalidParameter, kPinAuthInvalid}},
      {"key_is_bytes", kHmacClause, "keyAgreement is a map", InInput(Put(1, Bytes{1})),
       kAnyRefusal},
      {"is_true", kHmacClause, "the input of getAssertion is a map",
       [](const cbor::Map& request) { return WithExtension(request, kGaExtensions, kHmac, true); },
       kAnyRefusal},
      {"up_false",
       kHmacClause,
       "up=false is UNSUPPORTED_OPTION",
       PutIn(5, "up", false),
       {kUnsupportedOption}},
  };
}

Outcome RefusesSalts(Client& client, std::size_t size) {
  const Made made = TRY(RegisterWithSecret(client));
  auto protocol = TRY(Agree(client));
  cbor::Map request = WithExtension(Allowing(Assertion(), {made.Id()}), kGaExtensions, kHmac,
                                    SaltInput(protocol, Salt(1, size)));
  if (client.KeyInfo().Is("alwaysUv")) request = TRY(AssertionByPin(client, request));
  TRY(client.Refuses(kGetAssertion, request, {kInvalidParameter, kInvalidLength}));
  TRY(Secret(client, made, Salt(1)));
  return {};
}

Outcome AtRegistration(Client& client) {
  auto protocol = TRY(Agree(client));
  cbor::Map registration = WithExtension(Registration(client), kMcExtensions, kHmac, true);
  registration =
      WithExtension(registration, kMcExtensions, "hmac-secret-mc", SaltInput(protocol, Salt(1)));
  const Made made = TRY(Make(client, registration));
  const Bytes* output = At(made.data.extensions, "hmac-secret-mc").AsBytes();
  if (output == nullptr) return Failed("makeCredential answered no hmac-secret-mc");
  const Bytes secret = TRY(protocol.Decrypt(*output));
  return Check(secret == TRY(Secret(client, made, Salt(1))),
               "getAssertion gives another secret than makeCredential did");
}

Outcome NeedsHmacSecret(Client& client) {
  auto protocol = TRY(Agree(client));
  const cbor::Map registration = WithExtension(Registration(client), kMcExtensions,
                                               "hmac-secret-mc", SaltInput(protocol, Salt(1)));
  TRY(client.Refuses(kMakeCredential, registration, {kMissingParameter}));
  return AtRegistration(client);
}

std::vector<Case> OfProtocol() {
  std::vector<Case> cases = {
      {"one_salt", kHmacClause, "one salt gives 32 bytes, always the same", OneSalt},
      {"two_salts", kHmacClause, "two salts give what each gives alone", TwoSalts},
      {"per_credential", kHmacClause, "each credential has a secret of its own", OfEachCredential},
      {"power_cycle", kHmacClause, "the secret outlives a power cycle", SurvivesAPowerCycle},
      {"uv",
       kHmacClause,
       "with user verification the secret is another one",
       DependsOnUv,
       Start::kPin,
       {"clientPin", "no is alwaysUv"}},
      {"salt_of_16", kHmacClause, "a salt of 16 bytes is refused",
       [](Client& client) { return RefusesSalts(client, 16); }},
      {"salt_of_48", kHmacClause, "salts of 48 bytes are refused",
       [](Client& client) { return RefusesSalts(client, 48); }},
      {"salt_of_96", kHmacClause, "three salts are refused",
       [](Client& client) { return RefusesSalts(client, 96); }},
      {"mc",
       "CTAP 2.3 §12.8",
       "makeCredential gives the secret that getAssertion will give",
       AtRegistration,
       Start::kFresh,
       {"ext hmac-secret-mc", "no is alwaysUv"}},
      {"mc_alone",
       "CTAP 2.3 §12.8",
       "hmac-secret-mc needs hmac-secret beside it",
       NeedsHmacSecret,
       Start::kFresh,
       {"ext hmac-secret-mc", "no is alwaysUv"}},
  };
  AppendTo(cases,
           Refusals({"refuses", kGetAssertion, GoodAssertion, Start::kAny, {"no is alwaysUv"}},
                    HmacRows()));
  return cases;
}

}  // namespace

std::vector<Case> HmacSecretCases() {
  std::vector<Case> cases = {
      {"hmac_unasked",
       kHmacClause,
       "makeCredential answers only where it is asked",
       WithoutRegistration,
       Start::kAny,
       {"ext hmac-secret"}},
      {"hmac_false",
       kHmacClause,
       "hmac-secret: false is not confirmed",
       FalseIsSilent,
       Start::kAny,
       {"ext hmac-secret"}},
  };
  for (const int protocol : {1, 2}) {
    for (Case& each : OfProtocol()) {
      each.id = fmt::format("hmac{}_{}", protocol, each.id);
      each.needs.emplace_back("ext hmac-secret");
      each.needs.push_back(fmt::format("protocol {}", protocol));
      each.play = [protocol, play = std::move(each.play)](Client& client) {
        client.UseProtocol(protocol);
        return play(client);
      };
      cases.push_back(std::move(each));
    }
  }
  return cases;
}

}  // namespace keyrig::conformance
