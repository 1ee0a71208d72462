// pinUvAuthToken: who gets one, what for, for how long (CTAP 2.3 §6.5.2.1, §6.5.5.7).
#include <fmt/format.h>

#include <chrono>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

using std::chrono::seconds;

constexpr const char* kTokenClause = "CTAP 2.3 §6.5.5.7.2";
constexpr const char* kLegacyClause = "CTAP 2.3 §6.5.5.7.1";
constexpr const char* kStateClause = "CTAP 2.3 §6.5.2.1";

OrStop<cbor::Map> GoodToken(Client& client) {
  auto protocol = TRY(Agree(client));
  return TokenRequest(protocol, client, *client.Pin(), kMc | kGa, kRp);
}

OrStop<cbor::Map> GoodLegacyToken(Client& client) {
  const cbor::Map request = TRY(GoodToken(client));
  return Without(Without(With(request, 2, kGetPinToken), 9), 0x0A);
}

std::vector<AlteredRequest> TokenRows(const char* clause) {
  return {
      {"without_protocol",
       clause,
       "pinUvAuthProtocol (0x01) is required",
       Drop(1),
       {kMissingParameter}},
      {"without_key", clause, "keyAgreement (0x03) is required", Drop(3), {kMissingParameter}},
      {"without_pin_hash", clause, "pinHashEnc (0x06) is required", Drop(6), {kMissingParameter}},
      {"unknown_protocol",
       clause,
       "an unknown protocol is refused",
       Put(1, 9),
       {kInvalidParameter, kPinAuthInvalid}},
      {"key_is_bytes", clause, "keyAgreement is a map", Put(3, Bytes{1}), {kUnexpectedType}},
      {"pin_hash_is_text", clause, "pinHashEnc is a byte string", Put(6, "x"), {kUnexpectedType}},
  };
}

std::vector<AlteredRequest> PermissionRows() {
  return {
      {"without_permissions",
       kTokenClause,
       "permissions (0x09) are required",
       Drop(9),
       {kMissingParameter}},
      {"no_permission",
       kTokenClause,
       "permissions of 0 are refused",
       Put(9, 0),
       {kInvalidParameter}},
      {"permissions_is_text",
       kTokenClause,
       "permissions are an unsigned integer",
       Put(9, "mc"),
       {kUnexpectedType}},
      {"without_rp",
       kTokenClause,
       "permission mc needs an RP ID",
       Drop(0x0A),
       {kMissingParameter, kInvalidParameter}},
      {"rp_is_bytes", kTokenClause, "rpId is a text", Put(0x0A, Bytes{1}), {kUnexpectedType}},
      {"cm_unsupported",
       kTokenClause,
       "permission cm needs credMgmt",
       Put(9, kCm),
       {kUnauthorizedPermission},
       {"no is credMgmt"}},
      {"be_unsupported",
       kTokenClause,
       "permission be needs bioEnroll",
       Put(9, kBe),
       {kUnauthorizedPermission},
       {"no bioEnroll"}},
      {"lbw_unsupported",
       kTokenClause,
       "permission lbw needs largeBlobs",
       Put(9, kLbw),
       {kUnauthorizedPermission},
       {"no is largeBlobs"}},
      {"acfg_unsupported",
       kTokenClause,
       "permission acfg needs authnrCfg",
       Put(9, kAcfg),
       {kUnauthorizedPermission},
       {"no is authnrCfg"}},
      {"pcmr_with_others",
       kTokenClause,
       "permission pcmr stands alone",
       Put(9, kPcmr | kCm),
       {kUnauthorizedPermission},
       {"is perCredMgmtRO"}},
      {"mc_unsupported",
       kTokenClause,
       "noMcGaPermissionsWithClientPin forbids mc",
       Put(9, kMc),
       {kUnauthorizedPermission},
       {"is noMcGaPermissionsWithClientPin"}},
  };
}

Outcome LegacyWantsNoPermissions(Client& client) {
  const cbor::Map request = TRY(GoodLegacyToken(client));
  TRY(client.Refuses(kClientPin, With(request, 9, kMc), {kInvalidParameter}));
  TRY(client.Refuses(kClientPin, With(request, 0x0A, kRp), {kInvalidParameter}));
  TRY(client.Ask(kClientPin, TRY(GoodLegacyToken(client))));
  return {};
}

/// The token of a request, decrypted.
OrStop<Bytes> TokenBy(Client& client, const std::function<cbor::Map(cbor::Map)>& change) {
  auto protocol = TRY(Agree(client));
  const cbor::Map request =
      change(TRY(TokenRequest(protocol, client, *client.Pin(), kMc | kGa, kRp)));
  const cbor::Value answer = TRY(client.Ask(kClientPin, request));
  const Bytes* encrypted = At(answer, 2).AsBytes();
  if (encrypted == nullptr) return Failed("the answer has no pinUvAuthToken");
  return protocol.Decrypt(*encrypted);
}

Outcome LegacyTokenRegisters(Client& client) {
  const Bytes token = TRY(TokenBy(client, [](cbor::Map map) {
    return Without(Without(With(std::move(map), 2, kGetPinToken), 9), 0x0A);
  }));
  TRY(Make(client, RegistrationWith(client, Registration(client), token)));
  return {};
}

Outcome LegacyTokenIsBoundByUse(Client& client) {
  const Made made = TRY(Register(client));
  const Bytes token = TRY(TokenBy(client, [](cbor::Map map) {
    return Without(Without(With(std::move(map), 2, kGetPinToken), 9), 0x0A);
  }));
  const cbor::Map silent =
      AssertionWith(client, WithOption(Allowing(Assertion(), {made.Id()}), 5, "up", false), token);
  TRY(Assert(client, silent));
  return client.Refuses(kMakeCredential,
                        RegistrationWith(client, Registration(client, kOtherRp), token),
                        {kPinAuthInvalid});
}

Outcome IgnoresUndefinedPermissions(Client& client) {
  const Bytes token =
      TRY(TokenBy(client, [](cbor::Map map) { return With(std::move(map), 9, kMc | kGa | 0x80); }));
  TRY(Make(client, RegistrationWith(client, Registration(client), token)));
  return {};
}

Outcome NewTokenEndsOldOne(Client& client) {
  const Bytes first = TRY(Token(client, kMc, kRp));
  const Bytes second = TRY(Token(client, kMc, kRp));
  TRY(Check(first != second, "two tokens are alike"));
  TRY(client.Refuses(kMakeCredential, RegistrationWith(client, Registration(client), first),
                     {kPinAuthInvalid}));
  TRY(Make(client, RegistrationWith(client, Registration(client), second)));
  return {};
}

Outcome TokenWithoutPin(Client& client) {
  auto protocol = TRY(Agree(client));
  TRY(client.Refuses(kClientPin, TRY(TokenRequest(protocol, client, "1234", kMc, kRp)),
                     {kPinNotSet}));
  TRY(SetPin(client));
  TRY(Token(client, kMc, kRp));
  return {};
}

Outcome EndsAtPowerCycle(Client& client) {
  const Bytes token = TRY(Token(client, kMc, kRp));
  TRY(client.PowerCycle());
  TRY(client.Refuses(kMakeCredential, RegistrationWith(client, Registration(client), token),
                     {kPinAuthInvalid}));
  TRY(Register(client));
  return {};
}

/// Unused, a token ends after 30 s; used, after 600 s.
Outcome EndsUnused(Client& client, seconds wait, bool ends) {
  const Bytes token = TRY(Token(client, kMc, kRp));
  TRY(client.Advance(wait));
  const cbor::Map request = RegistrationWith(client, Registration(client), token);
  if (!ends) return client.Refuses(kMakeCredential, request, {kOk});
  TRY(client.Refuses(kMakeCredential, request, {kPinAuthInvalid}));
  TRY(Register(client));
  return {};
}

Outcome EndsInUse(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  const cbor::Map request = CredentialManagementRequest(client, kGetCredsMetadata, {}, token);
  TRY(client.Ask(kCredentialManagement, request));
  TRY(client.Advance(seconds(60)));
  TRY(client.Ask(kCredentialManagement, request));
  TRY(client.Advance(seconds(601)));
  return client.Refuses(kCredentialManagement, request, {kPinAuthInvalid});
}

Outcome BelongsToItsProtocol(Client& client, int other) {
  const Bytes token = TRY(Token(client, kMc, kRp));
  const int own = client.Protocol();
  client.UseProtocol(other);
  const cbor::Map request = RegistrationWith(client, Registration(client), token);
  client.UseProtocol(own);
  TRY(client.Refuses(kMakeCredential, request, {kPinAuthInvalid}));
  TRY(Make(client, RegistrationWith(client, Registration(client), token)));
  return {};
}

Outcome UnknownSubCommand(Client& client, int number) {
  TRY(client.Refuses(kClientPin, {{1, client.Protocol()}, {2, number}},
                     {kInvalidSubcommand, kInvalidParameter}));
  TRY(Agree(client));
  return {};
}

Outcome WithoutSubCommand(Client& client) {
  TRY(client.Refuses(kClientPin, {{1, client.Protocol()}}, {kMissingParameter}));
  TRY(Agree(client));
  return {};
}

Outcome AgreementForm(Client& client, cbor::Map request, const Statuses& expected) {
  TRY(client.Refuses(kClientPin, request, expected));
  TRY(Agree(client));
  return {};
}

std::vector<Case> StateCases(int protocol) {
  const auto token = [](std::string id, const char* clause, std::string shows,
                        std::function<Outcome(Client&)> play,
                        std::vector<std::string> needs = {"is pinUvAuthToken"}) {
    return Case{std::move(id),   clause,      std::move(shows),
                std::move(play), Start::kPin, std::move(needs)};
  };
  return {
      token("legacy_wants_no_permissions", kLegacyClause,
            "getPinToken refuses permissions and rpId", LegacyWantsNoPermissions,
            {"is pinUvAuthToken", "no is noMcGaPermissionsWithClientPin"}),
      token("legacy_registers", kLegacyClause, "getPinToken's token registers",
            LegacyTokenRegisters, {"no is noMcGaPermissionsWithClientPin"}),
      token("legacy_bound_by_use", kStateClause, "the first use binds an unbound token",
            LegacyTokenIsBoundByUse, {"is pinUvAuthToken", "no is noMcGaPermissionsWithClientPin"}),
      token("undefined_permissions", kTokenClause, "undefined permissions are ignored",
            IgnoresUndefinedPermissions),
      token("new_token_ends_old", kStateClause, "a new token ends the one before",
            NewTokenEndsOldOne),
      token("power_cycle", kStateClause, "a power cycle ends a token", EndsAtPowerCycle),
      token("unused_19s", kStateClause, "a token may be first used after 19 s",
            [](Client& client) { return EndsUnused(client, seconds(19), false); },
            {"is pinUvAuthToken", "own"}),
      token("unused_31s", kStateClause, "a token that was not used for 31 s has ended",
            [](Client& client) { return EndsUnused(client, seconds(31), true); },
            {"is pinUvAuthToken", "own"}),
      token("used_600s", kStateClause, "a token in use ends after 600 s", EndsInUse,
            {"is pinUvAuthToken", "own", "is credMgmt"}),
      token("of_one_protocol", "CTAP 2.3 §6.5.6", "a token is of one protocol alone",
            [protocol](Client& client) { return BelongsToItsProtocol(client, 3 - protocol); },
            {"is pinUvAuthToken", fmt::format("protocol {}", 3 - protocol)}),
      {"token_without_pin",
       kTokenClause,
       "without a PIN a token is PIN_NOT_SET",
       TokenWithoutPin,
       Start::kFresh,
       {},
       true},
      {"unknown_subcommand", "CTAP 2.3 §6.5.5 and §8.1", "an unknown subCommand is refused",
       [](Client& client) { return UnknownSubCommand(client, 0x77); }},
      {"subcommand_8", "CTAP 2.3 §6.5.5", "subCommand 8 is unused",
       [](Client& client) { return UnknownSubCommand(client, 0x08); }},
      {"without_subcommand", "CTAP 2.3 §6.5.5", "subCommand (0x02) is required", WithoutSubCommand},
      {"agreement_without_protocol", "CTAP 2.3 §6.5.5.4", "getKeyAgreement needs a protocol",
       [](Client& client) {
         return AgreementForm(client, {{2, kGetKeyAgreement}}, {kMissingParameter});
       }},
      {"agreement_unknown_protocol", "CTAP 2.3 §6.5.5.4",
       "getKeyAgreement refuses an unknown protocol",
       [](Client& client) {
         return AgreementForm(client, {{1, 9}, {2, kGetKeyAgreement}},
                              {kInvalidParameter, kPinAuthInvalid});
       }},
  };
}

}  // namespace

std::vector<Case> TokenCases(int protocol) {
  std::vector<Case> cases =
      Refusals({"token", kClientPin, GoodToken, Start::kPin, {"is pinUvAuthToken"}},
               TokenRows(kTokenClause));
  AppendTo(cases, Refusals({"token",
                            kClientPin,
                            GoodToken,
                            Start::kPin,
                            {"is pinUvAuthToken", "no is noMcGaPermissionsWithClientPin"}},
                           PermissionRows()));
  AppendTo(cases, Refusals({"legacy",
                            kClientPin,
                            GoodLegacyToken,
                            Start::kPin,
                            {"no is noMcGaPermissionsWithClientPin"}},
                           TokenRows(kLegacyClause)));
  AppendTo(cases, StateCases(protocol));
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
