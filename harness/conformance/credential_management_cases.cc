// authenticatorCredentialManagement (CTAP 2.3 §6.8).
#include <fmt/format.h>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kCmClause = "CTAP 2.3 §6.8";

Bytes HashOf(const std::string& rp) { return ToBytes(ByteView(crypto::Sha256(ViewOf(rp)))); }

OrStop<cbor::Value> Manage(Client& client, int sub_command, const cbor::Map& parameters,
                           ByteView token) {
  return client.Ask(kCredentialManagement,
                    CredentialManagementRequest(client, sub_command, parameters, token));
}

Outcome ManageRefuses(Client& client, int sub_command, const cbor::Map& parameters, ByteView token,
                      const Statuses& expected) {
  return client.Refuses(kCredentialManagement,
                        CredentialManagementRequest(client, sub_command, parameters, token),
                        expected);
}

OrStop<cbor::Map> Metadata(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  return CredentialManagementRequest(client, kGetCredsMetadata, {}, token);
}

std::vector<AlteredRequest> CmRows() {
  return {
      {"without_subcommand",
       kCmClause,
       "subCommand (0x01) is required",
       Drop(1),
       {kMissingParameter}},
      {"unknown_subcommand",
       "CTAP 2.3 §8.1",
       "an unknown subCommand is refused",
       Put(1, 0x77),
       {kInvalidSubcommand, kInvalidParameter}},
      {"without_param",
       kCmClause,
       "without pinUvAuthParam it is PUAT_REQUIRED",
       Drop(4),
       {kPuatRequired}},
      {"without_protocol",
       kCmClause,
       "pinUvAuthProtocol (0x03) is required",
       Drop(3),
       {kMissingParameter}},
      {"unknown_protocol",
       kCmClause,
       "an unknown protocol is refused",
       Put(3, 9),
       {kInvalidParameter}},
      {"wrong_param",
       kCmClause,
       "a wrong pinUvAuthParam is PIN_AUTH_INVALID",
       Put(4, Bytes(32, 1)),
       {kPinAuthInvalid}},
      {"param_of_other_command",
       kCmClause,
       "pinUvAuthParam is of this subCommand",
       Put(1, kEnumerateRpsBegin),
       {kPinAuthInvalid}},
      {"subcommand_is_text",
       kCmClause,
       "subCommand is an unsigned integer",
       Put(1, "1"),
       {kUnexpectedType}},
      {"param_is_text",
       kCmClause,
       "pinUvAuthParam is a byte string",
       Put(4, "x"),
       {kUnexpectedType}},
      {"params_is_bytes",
       kCmClause,
       "subCommandParams is a map",
       Put(2, Bytes{1}),
       {kUnexpectedType}},
  };
}

Outcome Counts(Client& client) {
  const auto metadata = [&]() -> OrStop<cbor::Value> {
    return Manage(client, kGetCredsMetadata, {}, TRY(Token(client, kCm)));
  };
  const cbor::Value before = TRY(metadata());
  const auto had = At(before, 1).AsUnsigned();
  const auto room = At(before, 2).AsUnsigned();
  TRY(Check(had.has_value() && room.has_value(), "the metadata are " + cbor::Diagnose(before)));
  TRY(RegisterDiscoverable(client, "counted.example"));
  const cbor::Value after = TRY(metadata());
  return Check(
      At(after, 1).AsUnsigned() == *had + 1 && At(after, 2).AsUnsigned() == *room - 1,
      "one more credential turned " + cbor::Diagnose(before) + " into " + cbor::Diagnose(after));
}

Outcome NothingThere(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  TRY(Check(At(TRY(Manage(client, kGetCredsMetadata, {}, token)), 1) == cbor::Value(0),
            "a new key says that it has credentials"));
  return ManageRefuses(client, kEnumerateRpsBegin, {}, token, {kNoCredentials});
}

Outcome ListsRps(Client& client) {
  TRY(RegisterDiscoverable(client, kRp));
  TRY(RegisterDiscoverable(client, kOtherRp));
  const Bytes token = TRY(Token(client, kCm));
  const cbor::Value first = TRY(Manage(client, kEnumerateRpsBegin, {}, token));
  TRY(Check(At(first, 5) == cbor::Value(2), "totalRPs is not 2: " + cbor::Diagnose(first)));
  const cbor::Value second = TRY(client.Ask(kCredentialManagement, {{1, kEnumerateRpsNext}}));
  TRY(Check(At(second, 5).IsNull(), "totalRPs is repeated"));
  for (const cbor::Value* each : {&first, &second}) {
    const std::string* id = At(At(*each, 3), "id").AsText();
    if (id == nullptr) return Failed("rp has no id: " + cbor::Diagnose(*each));
    TRY(Check(At(*each, 4) == cbor::Value(HashOf(*id)), "rpIDHash is not that of rp.id"));
  }
  TRY(Check(At(first, 4) != At(second, 4), "a relying party comes twice"));
  return client.Refuses(kCredentialManagement, {{1, kEnumerateRpsNext}}, {kNotAllowed});
}

Outcome ListsCredentials(Client& client) {
  const Made one = TRY(RegisterDiscoverable(client, kRp, "adele"));
  const Made two = TRY(RegisterDiscoverable(client, kRp, "megan"));
  TRY(RegisterDiscoverable(client, kOtherRp));
  const Bytes token = TRY(Token(client, kCm));
  const cbor::Value first =
      TRY(Manage(client, kEnumerateCredentialsBegin, {{1, HashOf(kRp)}}, token));
  TRY(Check(At(first, 9) == cbor::Value(2), "totalCredentials is not 2: " + cbor::Diagnose(first)));
  const cbor::Value second =
      TRY(client.Ask(kCredentialManagement, {{1, kEnumerateCredentialsNext}}));
  TRY(Check(At(second, 9).IsNull(), "totalCredentials is repeated"));
  for (const cbor::Value* each : {&first, &second}) {
    const Bytes* id = At(At(*each, 7), "id").AsBytes();
    if (id == nullptr) return Failed("credentialID has no id: " + cbor::Diagnose(*each));
    const Made& made = *id == one.Id() ? one : two;
    TRY(Check(*id == made.Id(), "an unknown credential is listed"));
    TRY(Check(At(*each, 8) == made.data.key, "publicKey is not the credential's"));
    TRY(Check(At(At(*each, 6), "name").AsText() != nullptr, "the user's name is missing"));
    TRY(Check(At(*each, 10).AsUnsigned().has_value(), "credProtect (0x0A) is missing"));
  }
  return client.Refuses(kCredentialManagement, {{1, kEnumerateCredentialsNext}}, {kNotAllowed});
}

Outcome NextNeedsBegin(Client& client, int sub_command) {
  TRY(RegisterDiscoverable(client));
  return client.Refuses(kCredentialManagement, {{1, sub_command}}, {kNotAllowed});
}

Outcome UnknownRp(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  TRY(ManageRefuses(client, kEnumerateCredentialsBegin, {{1, HashOf("nobody.example")}}, token,
                    {kNoCredentials}));
  return ListsCredentials(client);
}

Outcome MissingParameters(Client& client, int sub_command) {
  const Bytes token = TRY(Token(client, kCm));
  return ManageRefuses(client, sub_command, {}, token, {kMissingParameter});
}

Outcome Deletes(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  TRY(DeleteCredential(client, made.Id()));
  const cbor::Map request = TRY(AssertionByPin(client, Allowing(Assertion(), {made.Id()})));
  TRY(client.Refuses(kGetAssertion, request, {kNoCredentials}));
  const Bytes token = TRY(Token(client, kCm));
  return ManageRefuses(client, kDeleteCredential, {{2, Descriptor(made.Id())}}, token,
                       {kNoCredentials});
}

Outcome DeleteUnknown(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  TRY(ManageRefuses(client, kDeleteCredential, {{2, Descriptor(Bytes(32, 1))}}, token,
                    {kNoCredentials}));
  return Deletes(client);
}

cbor::Map UpdateOf(const Made& made, cbor::Map user) {
  return {{2, Descriptor(made.Id())}, {3, std::move(user)}};
}

Outcome Updates(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  const Bytes id = ToBytes("handle of adele");
  const Bytes token = TRY(Token(client, kCm));
  TRY(Manage(client, kUpdateUser,
             UpdateOf(made, {{"id", id}, {"name", "renamed"}, {"displayName", ""}}), token));
  const cbor::Value listed =
      TRY(Manage(client, kEnumerateCredentialsBegin, {{1, HashOf(kRp)}}, token));
  const cbor::Value& user = At(listed, 6);
  TRY(Check(At(user, "name") == cbor::Value("renamed"), "the new name is not told"));
  TRY(Check(At(user, "displayName").IsNull(), "an empty displayName does not take it away"));
  const cbor::Map request = TRY(AssertionByPin(client, Assertion()));
  return VerifySignature(made, TRY(Assert(client, request)));
}

Outcome UpdateOfOtherUser(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  const Bytes token = TRY(Token(client, kCm));
  TRY(ManageRefuses(client, kUpdateUser, UpdateOf(made, {{"id", Bytes{9}}, {"name", "x"}}), token,
                    {kInvalidParameter}));
  return Updates(client);
}

Outcome UpdateUnknown(Client& client) {
  const Bytes token = TRY(Token(client, kCm));
  const cbor::Map parameters{{2, Descriptor(Bytes(32, 1))}, {3, cbor::Map{{"id", Bytes{9}}}}};
  TRY(ManageRefuses(client, kUpdateUser, parameters, token, {kNoCredentials}));
  return Updates(client);
}

Outcome NeedsCm(Client& client) {
  const Bytes token = TRY(Token(client, kGa, kRp));
  TRY(ManageRefuses(client, kGetCredsMetadata, {}, token, {kPinAuthInvalid}));
  return Counts(client);
}

Outcome BoundTokenSeesNoOther(Client& client) {
  TRY(RegisterDiscoverable(client, kRp));
  const Made other = TRY(RegisterDiscoverable(client, kOtherRp));
  const Bytes token = TRY(Token(client, kCm, kRp));
  TRY(ManageRefuses(client, kGetCredsMetadata, {}, token, {kPinAuthInvalid}));
  TRY(ManageRefuses(client, kEnumerateRpsBegin, {}, token, {kPinAuthInvalid}));
  TRY(ManageRefuses(client, kEnumerateCredentialsBegin, {{1, HashOf(kOtherRp)}}, token,
                    {kPinAuthInvalid}));
  return ManageRefuses(client, kDeleteCredential, {{2, Descriptor(other.Id())}}, token,
                       {kPinAuthInvalid});
}

Outcome WithoutPin(Client& client) {
  TRY(client.Refuses(kCredentialManagement, {{1, kGetCredsMetadata}}, {kPuatRequired}));
  TRY(SetPin(client));
  return Counts(client);
}

Outcome ReadsByPersistentToken(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  const Bytes token = TRY(Token(client, kPcmr));
  TRY(client.PowerCycle());
  TRY(Manage(client, kGetCredsMetadata, {}, token));
  TRY(Manage(client, kEnumerateRpsBegin, {}, token));
  TRY(Manage(client, kEnumerateCredentialsBegin, {{1, HashOf(kRp)}}, token));
  return ManageRefuses(client, kDeleteCredential, {{2, Descriptor(made.Id())}}, token,
                       {kPinAuthInvalid});
}

Outcome PersistentTokenEndsWithItsPin(Client& client) {
  const Bytes token = TRY(Token(client, kPcmr));
  TRY(Manage(client, kGetCredsMetadata, {}, token));
  TRY(client.Ask(kClientPin, TRY(ChangePinRequest(client, *client.Pin(), "580273"))));
  return ManageRefuses(client, kGetCredsMetadata, {}, token, {kPinAuthInvalid});
}

Outcome NoCommandWithoutOption(Client& client, Command command) {
  return client.Refuses(command, {{1, 1}}, {kInvalidCommand});
}

}  // namespace

std::vector<Case> CredentialManagementCases() {
  std::vector<Case> cases = {
      {"cm_metadata", "CTAP 2.3 §6.8.2", "getCredsMetadata counts credentials and room", Counts},
      {"cm_nothing",
       "CTAP 2.3 §6.8.3",
       "a new key has nothing to list",
       NothingThere,
       Start::kPin,
       {},
       true},
      {"cm_rps",
       "CTAP 2.3 §6.8.3",
       "relying parties are listed, each once",
       ListsRps,
       Start::kPin,
       {},
       true},
      {"cm_credentials",
       "CTAP 2.3 §6.8.4",
       "a relying party's credentials are listed in full",
       ListsCredentials,
       Start::kPin,
       {},
       true},
      {"cm_rps_next_alone", "CTAP 2.3 §6.8.3", "enumerateRPsGetNextRP needs a beginning",
       [](Client& client) { return NextNeedsBegin(client, kEnumerateRpsNext); }},
      {"cm_credentials_next_alone", "CTAP 2.3 §6.8.4",
       "enumerateCredentialsGetNextCredential needs a beginning",
       [](Client& client) { return NextNeedsBegin(client, kEnumerateCredentialsNext); }},
      {"cm_unknown_rp",
       "CTAP 2.3 §6.8.4",
       "an unknown relying party is NO_CREDENTIALS",
       UnknownRp,
       Start::kPin,
       {},
       true},
      {"cm_credentials_without_rp", "CTAP 2.3 §6.8.4", "rpIDHash is required",
       [](Client& client) { return MissingParameters(client, kEnumerateCredentialsBegin); }},
      {"cm_delete", "CTAP 2.3 §6.8.5", "a deleted credential is gone", Deletes},
      {"cm_delete_unknown", "CTAP 2.3 §6.8.5", "an unknown one is NO_CREDENTIALS", DeleteUnknown},
      {"cm_delete_without_id", "CTAP 2.3 §6.8.5", "credentialID is required",
       [](Client& client) { return MissingParameters(client, kDeleteCredential); }},
      {"cm_update", "CTAP 2.3 §6.8.6", "a user is renamed", Updates, Start::kPin, {"2.1"}, true},
      {"cm_update_other_user",
       "CTAP 2.3 §6.8.6",
       "user.id has to be the same",
       UpdateOfOtherUser,
       Start::kPin,
       {"2.1"},
       true},
      {"cm_update_unknown",
       "CTAP 2.3 §6.8.6",
       "an unknown credential is NO_CREDENTIALS",
       UpdateUnknown,
       Start::kPin,
       {"2.1"},
       true},
      {"cm_update_without_params",
       "CTAP 2.3 §6.8.6",
       "credentialID and user are required",
       [](Client& client) { return MissingParameters(client, kUpdateUser); },
       Start::kPin,
       {"2.1"}},
      {"cm_permission",
       kCmClause,
       "the token needs permission cm",
       NeedsCm,
       Start::kPin,
       {"is pinUvAuthToken"}},
      {"cm_bound_token",
       kCmClause,
       "a bound token sees no other relying party",
       BoundTokenSeesNoOther,
       Start::kPin,
       {"is pinUvAuthToken"},
       true},
      {"cm_without_pin",
       kCmClause,
       "without a PIN it is PUAT_REQUIRED",
       WithoutPin,
       Start::kFresh,
       {},
       true},
      {"cm_persistent_token",
       "CTAP 2.3 §6.5.2.1 and §6.8",
       "a persistent token reads, also after a power cycle, and changes nothing",
       ReadsByPersistentToken,
       Start::kPin,
       {"is perCredMgmtRO"}},
      {"cm_persistent_token_ends",
       "CTAP 2.3 §6.5.5.6",
       "changePIN ends the persistent token",
       PersistentTokenEndsWithItsPin,
       Start::kPin,
       {"is perCredMgmtRO"},
       true},
  };
  AppendTo(cases, Refusals({"cm", kCredentialManagement, Metadata}, CmRows()));
  for (Case& each : cases) {
    each.needs.emplace_back("is credMgmt");
    each.needs.emplace_back("clientPin");
    if (each.start == Start::kAny) each.start = Start::kPin;
  }
  cases.push_back(
      {"cm_unsupported",
       "CTAP 2.3 §8.1",
       "a key without the option credMgmt does not know the command",
       [](Client& client) { return NoCommandWithoutOption(client, kCredentialManagement); },
       Start::kAny,
       {"no is credMgmt"}});
  return cases;
}

}  // namespace keyrig::conformance
