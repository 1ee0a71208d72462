#include <algorithm>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/cose_key.h"
#include "virtual-key/authenticator/make_credential_request.h"
#include "virtual-key/authenticator/persistent_token.h"

namespace keyrig::authenticator {
namespace {

enum class CredManSubCommand : std::uint64_t {
  kGetCredsMetadata = 0x01,
  kEnumerateRpsBegin = 0x02,
  kEnumerateRpsGetNext = 0x03,
  kEnumerateCredentialsBegin = 0x04,
  kEnumerateCredentialsGetNext = 0x05,
  kDeleteCredential = 0x06,
  kUpdateUserInformation = 0x07,
};

/// authenticatorCredentialManagement's parameters (CTAP 2.1 §6.8); views into the decoded map.
struct CredManRequest {
  std::uint64_t sub_command;                  // 0x01
  std::optional<MapView> sub_command_params;  // 0x02
  PinUvAuthFields pin_uv_auth;                // 0x03 protocol, 0x04 param

  static Outcome<CredManRequest> From(const cbor::Value& map) {
    CredManRequest request;
    request.sub_command = TRY(Required<std::uint64_t>(map, 0x01));
    request.sub_command_params = TRY(Optional<MapView>(map, 0x02));
    request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x03));
    request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x04));
    return request;
  }

  /// A member of subCommandParams.
  template <typename T>
  Outcome<T> Param(int key) const {
    if (!sub_command_params) return Err(Status::kMissingParameter);
    return Required<T>(*sub_command_params->value, key);
  }
};

/// The command with its token found good.
struct Authorized {
  State& state;
  const CredManRequest& request;
  const Transaction& transaction;
  PinUvAuthProtocol* protocol;  // null where the persistent token allowed it: bound to nothing

  /// Metadata and the list of relying parties are for tokens that belong to none.
  Outcome<void> RequireUnbound() const {
    if (protocol != nullptr && protocol->Token().Rp()) return Err(Status::kPinAuthInvalid);
    return {};
  }
  Outcome<void> RequireRp(const ByteArray<32>& rp_id_hash) const {
    if (protocol == nullptr) return {};
    const auto& bound = protocol->Token().Rp();
    if (bound && crypto::Sha256(ViewOf(*bound)) != rp_id_hash) return Err(Status::kPinAuthInvalid);
    return {};
  }
  void Begin(Sequence next) const {
    if (protocol != nullptr) next.authorized_by = protocol->Number();
    state.Begin(std::move(next), transaction);
  }
};

ByteArray<32> RpIdHash(const StoredCredential& credential) {
  return crypto::Sha256(ViewOf(credential.rp.text));
}

cbor::Map Descriptor(const StoredCredential& credential) {
  return {{"id", credential.id.bytes}, {"type", "public-key"}};
}

cbor::Map RpMembers(const StoredCredential& credential) {
  cbor::Map rp = {{"id", credential.rp.text}};
  if (!credential.rp_name.empty()) rp.emplace_back("name", credential.rp_name);
  return {{0x03, std::move(rp)}, {0x04, ByteView(RpIdHash(credential))}};
}

cbor::Map CredentialMembers(const State& state, const StoredCredential& credential) {
  cbor::Map user = {{"id", credential.user_handle.bytes}};
  if (!credential.user_name.empty()) user.emplace_back("name", credential.user_name);
  if (!credential.user_display_name.empty()) {
    user.emplace_back("displayName", credential.user_display_name);
  }
  cbor::Map members = {{0x06, std::move(user)},
                       {0x07, Descriptor(credential)},
                       {0x08, EncodeCoseKey(credential.algorithm, credential.key.Public())}};
  if (state.config.has_cred_protect) members.emplace_back(0x0A, int{credential.cred_protect});
  if (credential.large_blob_key) members.emplace_back(0x0B, ByteView(*credential.large_blob_key));
  if (state.config.has_third_party_payment) {
    members.emplace_back(0x0C, credential.third_party_payment);
  }
  return members;
}

// §6.8.2.
Outcome<Bytes> GetCredsMetadata(const Authorized& command) {
  TRY(command.RequireUnbound());
  const State& state = command.state;
  const std::uint64_t existing = state.environment.store.Credentials().size();
  return cbor::Encode(cbor::Map{{0x01, existing}, {0x02, state.RemainingDiscoverable()}});
}

// §6.8.3.
Outcome<Bytes> EnumerateRpsBegin(const Authorized& command) {
  TRY(command.RequireUnbound());
  RpSequence rest;
  std::vector<const StoredCredential*> first_of_each;
  for (const StoredCredential& credential : command.state.environment.store.Credentials()) {
    const bool known = std::ranges::any_of(
        first_of_each, [&](const StoredCredential* seen) { return seen->rp == credential.rp; });
    if (known) continue;
    first_of_each.push_back(&credential);
    rest.first_of_each.push_back(credential.id);
  }
  if (first_of_each.empty()) return Err(Status::kNoCredentials);
  cbor::Map reply = RpMembers(*first_of_each.front());
  reply.emplace_back(0x05, static_cast<std::uint64_t>(first_of_each.size()));
  command.Begin({.of = std::move(rest)});
  return cbor::Encode(reply);
}

Outcome<Bytes> EnumerateRpsGetNext(State& state, const Transaction& transaction) {
  auto* const rest = state.Continue<RpSequence>(transaction);
  if (rest == nullptr || rest->next >= rest->first_of_each.size()) {
    state.sequence.reset();
    return Err(Status::kNotAllowed);
  }
  return cbor::Encode(RpMembers(*state.FindDiscoverable(rest->first_of_each[rest->next++])));
}

// §6.8.4.
Outcome<Bytes> EnumerateCredentialsBegin(const Authorized& command, ByteView rp_id_hash) {
  ByteArray<32> hash{};
  if (rp_id_hash.size() != hash.size()) return Err(Status::kInvalidLength);
  std::ranges::copy(rp_id_hash, hash.begin());
  TRY(command.RequireRp(hash));
  CredentialSequence rest;
  const StoredCredential* first = nullptr;
  for (const StoredCredential& credential : command.state.environment.store.Credentials()) {
    if (RpIdHash(credential) != hash) continue;
    if (first == nullptr) first = &credential;
    rest.credentials.push_back(credential.id);
  }
  if (first == nullptr) return Err(Status::kNoCredentials);
  cbor::Map reply = CredentialMembers(command.state, *first);
  reply.emplace_back(0x09, static_cast<std::uint64_t>(rest.credentials.size()));
  command.Begin({.of = std::move(rest)});
  return cbor::Encode(reply);
}

Outcome<Bytes> EnumerateCredentialsGetNext(State& state, const Transaction& transaction) {
  auto* const rest = state.Continue<CredentialSequence>(transaction);
  if (rest == nullptr || rest->next >= rest->credentials.size()) {
    state.sequence.reset();
    return Err(Status::kNotAllowed);
  }
  return cbor::Encode(
      CredentialMembers(state, *state.FindDiscoverable(rest->credentials[rest->next++])));
}

/// The credential that a descriptor names, within what the token may touch.
Outcome<StoredCredential> FindNamed(const Authorized& command, const cbor::Value& descriptor) {
  const CredentialId id{ToBytes(TRY(Required<ByteView>(descriptor, "id")))};
  const StoredCredential* credential = command.state.FindDiscoverable(id);
  if (credential == nullptr) return Err(Status::kNoCredentials);
  TRY(command.RequireRp(RpIdHash(*credential)));
  return *credential;
}

// §6.8.5.
Outcome<Bytes> DeleteCredential(const Authorized& command, const cbor::Value& descriptor) {
  const StoredCredential credential = TRY(FindNamed(command, descriptor));
  command.state.RenewStoreState();
  TRY(command.state.Save());
  TRY(command.state.Remove(credential.id));
  return Bytes();
}

// §6.8.6.
Outcome<Bytes> UpdateUserInformation(const Authorized& command, const cbor::Value& descriptor,
                                     const cbor::Value& user) {
  StoredCredential credential = TRY(FindNamed(command, descriptor));
  const auto user_id = TRY(Required<ByteView>(user, "id"));
  if (!Equal(user_id, credential.user_handle.bytes)) return Err(Status::kInvalidParameter);
  credential.user_name = KeptName(TRY(Optional<std::string_view>(user, "name")).value_or(""));
  credential.user_display_name =
      KeptName(TRY(Optional<std::string_view>(user, "displayName")).value_or(""));
  command.state.RenewStoreState();
  TRY(command.state.Save());
  TRY(command.state.Put(credential));
  return Bytes();
}

bool OnlyReads(CredManSubCommand sub_command) {
  return sub_command == CredManSubCommand::kGetCredsMetadata ||
         sub_command == CredManSubCommand::kEnumerateRpsBegin ||
         sub_command == CredManSubCommand::kEnumerateCredentialsBegin;
}

/// The protocol whose token allows the command; null where the persistent token does.
Outcome<PinUvAuthProtocol*> Authorize(State& state, const CredManRequest& request) {
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.pin_uv_auth.protocol));
  const ByteView param = *request.pin_uv_auth.param;
  // The code is over the bytes received; these are canonical, so encoding gives them back.
  Bytes message = {static_cast<std::uint8_t>(request.sub_command)};
  if (request.sub_command_params) {
    Append(message, cbor::Encode(*request.sub_command_params->value));
  }
  if (OnlyReads(static_cast<CredManSubCommand>(request.sub_command)) &&
      VerifyWithPersistentToken(state, protocol->Number(), message, param)) {
    return nullptr;
  }
  if (!protocol->VerifyWithToken(message, param, state.environment.clock.Now()) ||
      !protocol->Token().Allows(permission::kCredentialManagement)) {
    return Err(Status::kPinAuthInvalid);
  }
  return protocol;
}

/// The subcommands that a token has to allow. What each needs is asked for before the token is
/// judged.
Outcome<Bytes> RunAuthorized(State& state, const CredManRequest& request,
                             const Transaction& transaction) {
  if (!request.pin_uv_auth.param) return Err(Status::kPuatRequired);
  const auto sub_command = static_cast<CredManSubCommand>(request.sub_command);
  std::optional<ByteView> rp_id_hash;
  std::optional<MapView> descriptor, user;
  if (sub_command == CredManSubCommand::kEnumerateCredentialsBegin) {
    rp_id_hash = TRY(request.Param<ByteView>(0x01));
  }
  if (sub_command == CredManSubCommand::kDeleteCredential ||
      sub_command == CredManSubCommand::kUpdateUserInformation) {
    descriptor = TRY(request.Param<MapView>(0x02));
  }
  if (sub_command == CredManSubCommand::kUpdateUserInformation)
    user = TRY(request.Param<MapView>(0x03));

  const Authorized command{state, request, transaction, TRY(Authorize(state, request))};
  switch (sub_command) {
    case CredManSubCommand::kGetCredsMetadata:
      return GetCredsMetadata(command);
    case CredManSubCommand::kEnumerateRpsBegin:
      return EnumerateRpsBegin(command);
    case CredManSubCommand::kEnumerateCredentialsBegin:
      return EnumerateCredentialsBegin(command, *rp_id_hash);
    case CredManSubCommand::kDeleteCredential:
      return DeleteCredential(command, *descriptor->value);
    case CredManSubCommand::kUpdateUserInformation:
      return UpdateUserInformation(command, *descriptor->value, *user->value);
    case CredManSubCommand::kEnumerateRpsGetNext:
    case CredManSubCommand::kEnumerateCredentialsGetNext:
      break;
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace

Outcome<Bytes> CredentialManagement(State& state, ByteView parameters,
                                    const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(CredManRequest::From(map));
  switch (static_cast<CredManSubCommand>(request.sub_command)) {
    case CredManSubCommand::kEnumerateRpsGetNext:
      return EnumerateRpsGetNext(state, transaction);
    case CredManSubCommand::kEnumerateCredentialsGetNext:
      return EnumerateCredentialsGetNext(state, transaction);
    case CredManSubCommand::kGetCredsMetadata:
    case CredManSubCommand::kEnumerateRpsBegin:
    case CredManSubCommand::kEnumerateCredentialsBegin:
    case CredManSubCommand::kDeleteCredential:
    case CredManSubCommand::kUpdateUserInformation:
      state.sequence.reset();
      return RunAuthorized(state, request, transaction);
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace keyrig::authenticator
