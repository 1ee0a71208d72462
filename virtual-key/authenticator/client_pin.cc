#include <algorithm>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/pin.h"
#include "virtual-key/authenticator/user_verification.h"

namespace keyrig::authenticator {
namespace {

enum class ClientPinSubCommand : std::uint64_t {
  kGetPinRetries = 0x01,
  kGetKeyAgreement = 0x02,
  kSetPin = 0x03,
  kChangePin = 0x04,
  kGetPinToken = 0x05,
  kGetPinUvAuthTokenUsingUvWithPermissions = 0x06,
  kGetUvRetries = 0x07,
  kGetPinUvAuthTokenUsingPinWithPermissions = 0x09,
};

/// A key may have fingers and no PIN.
bool NeedsPin(ClientPinSubCommand sub_command) {
  switch (sub_command) {
    case ClientPinSubCommand::kGetKeyAgreement:
    case ClientPinSubCommand::kGetPinUvAuthTokenUsingUvWithPermissions:
    case ClientPinSubCommand::kGetUvRetries:
      return false;
    default:
      return true;
  }
}

/// authenticatorClientPIN's parameters (CTAP 2.1 §6.5); views into the decoded map.
struct ClientPinRequest {
  std::optional<std::uint64_t> protocol;     // 0x01
  std::uint64_t sub_command;                 // 0x02
  std::optional<MapView> key_agreement;      // 0x03
  std::optional<ByteView> param;             // 0x04
  std::optional<ByteView> new_pin_enc;       // 0x05
  std::optional<ByteView> pin_hash_enc;      // 0x06
  std::optional<std::uint64_t> permissions;  // 0x09
  std::optional<std::string_view> rp_id;     // 0x0A

  static Outcome<ClientPinRequest> From(const cbor::Value& map) {
    ClientPinRequest request;
    request.protocol = TRY(Optional<std::uint64_t>(map, 0x01));
    request.sub_command = TRY(Required<std::uint64_t>(map, 0x02));
    request.key_agreement = TRY(Optional<MapView>(map, 0x03));
    request.param = TRY(Optional<ByteView>(map, 0x04));
    request.new_pin_enc = TRY(Optional<ByteView>(map, 0x05));
    request.pin_hash_enc = TRY(Optional<ByteView>(map, 0x06));
    request.permissions = TRY(Optional<std::uint64_t>(map, 0x09));
    request.rp_id = TRY(Optional<std::string_view>(map, 0x0A));
    return request;
  }
};

// §6.5.5.2.
Outcome<Bytes> GetPinRetries(const State& state) {
  cbor::Map reply = {{0x03, int{state.device.pin_retries}}};
  if (IsPinLatched(state)) reply.emplace_back(0x04, true);  // powerCycleState
  return cbor::Encode(reply);
}

// §6.5.5.3.
Outcome<Bytes> GetUvRetries(const State& state) {
  if (!state.HasBuiltInUv()) return Err(Status::kInvalidSubcommand);
  return cbor::Encode(cbor::Map{{0x05, int{state.device.uv_retries}}});
}

// §6.5.5.4.
Outcome<Bytes> GetKeyAgreement(State& state, const ClientPinRequest& request) {
  const PinUvAuthProtocol* protocol = TRY(state.SelectProtocol(request.protocol));
  return cbor::Encode(cbor::Map{{0x01, protocol->PublicKey()}});
}

// §6.5.5.5.
Outcome<Bytes> SetPin(State& state, const ClientPinRequest& request) {
  if (!request.key_agreement || !request.param || !request.new_pin_enc) {
    return Err(Status::kMissingParameter);
  }
  const PinUvAuthProtocol* protocol = TRY(state.SelectProtocol(request.protocol));
  if (state.HasPin()) return Err(Status::kPinAuthInvalid);
  const SharedSecret secret = TRY(protocol->Decapsulate(*request.key_agreement->value));
  if (!secret.Verify(*request.new_pin_enc, *request.param)) return Err(Status::kPinAuthInvalid);
  TRY(StoreNewPin(state, secret, *request.new_pin_enc));
  return Bytes();
}

// §6.5.5.6.
Outcome<Bytes> ChangePin(State& state, const ClientPinRequest& request) {
  if (!request.key_agreement || !request.param || !request.new_pin_enc || !request.pin_hash_enc) {
    return Err(Status::kMissingParameter);
  }
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  TRY(CheckPinUsable(state));
  const SharedSecret secret = TRY(protocol->Decapsulate(*request.key_agreement->value));
  const Bytes message = Concat({*request.new_pin_enc, *request.pin_hash_enc});
  if (!secret.Verify(message, *request.param)) return Err(Status::kPinAuthInvalid);
  TRY(ComparePin(state, *protocol, secret, *request.pin_hash_enc));
  TRY(StoreNewPin(state, secret, *request.new_pin_enc));
  state.RenewPersistentToken();
  TRY(state.Save());
  state.ResetTokens();
  return Bytes();
}

constexpr std::uint64_t kDefinedPermissions = 0x7F;
constexpr std::uint64_t kForRp = permission::kMakeCredential | permission::kGetAssertion;

/// What a PIN gives, or a finger. bioEnroll and authnrCfg stand for both: uvBioEnroll and uvAcfg
/// are true where they are.
std::uint64_t GrantablePermissions(const State& state, bool by_finger) {
  const bool for_rp = by_finger || !state.config.no_mc_ga_permissions_with_client_pin;
  std::uint64_t grantable = for_rp ? kForRp : 0;
  if (state.HasBuiltInUv()) grantable |= permission::kBioEnrollment;
  if (state.HasConfig()) grantable |= permission::kAuthenticatorConfiguration;
  if (state.HasCredentialManagement() || state.HasCredentialManagementPreview()) {
    grantable |= permission::kCredentialManagement;
  }
  if (state.config.max_large_blob_array) grantable |= permission::kLargeBlobWrite;
  if (state.HasPersistentToken()) {
    grantable |= permission::kPersistentCredentialManagementReadOnly;
  }
  return grantable;
}

Bytes TokenReply(State& state, const SharedSecret& secret, ByteView token) {
  auto stream = state.environment.rng.Stream("authenticator/pin-uv-auth-token-iv");
  return cbor::Encode(cbor::Map{{0x02, secret.Encrypt(token, stream)}});
}

/// What every way to a token ends with: all are renewed, one is begun. The persistent token is just
/// told.
Bytes IssueToken(State& state, const ClientPinRequest& request, PinUvAuthProtocol& protocol,
                 const SharedSecret& secret, std::uint64_t permissions, bool user_present) {
  if (permissions == permission::kPersistentCredentialManagementReadOnly) {
    return TokenReply(state, secret, *state.device.persistent_token);
  }
  state.ResetTokens();
  PinUvAuthToken& token = protocol.Token();
  const auto rp_id = request.rp_id ? std::optional<std::string>(*request.rp_id) : std::nullopt;
  token.BeginUsing(state.environment.clock.Now(), permissions, rp_id, user_present);
  return TokenReply(state, secret, token.Value());
}

/// The PIN compared. `change_forced` is the answer where it has to be changed first.
Outcome<SharedSecret> EnterPin(State& state, const ClientPinRequest& request,
                               PinUvAuthProtocol& protocol, Status change_forced) {
  TRY(CheckPinUsable(state));
  SharedSecret secret = TRY(protocol.Decapsulate(*request.key_agreement->value));
  TRY(ComparePin(state, protocol, secret, *request.pin_hash_enc));
  if (state.device.force_pin_change) return Err(change_forced);
  return secret;
}

/// Preview commands have no permissions of their own: the pinToken opens them.
std::uint64_t PinTokenPermissions(const State& state) {
  std::uint64_t permissions = GrantablePermissions(state, /*by_finger=*/false) & kForRp;
  if (state.HasCredentialManagementPreview()) permissions |= permission::kCredentialManagement;
  if (state.HasBioEnrollmentPreview()) permissions |= permission::kBioEnrollment;
  return permissions;
}

// §6.5.5.7.1.
Outcome<Bytes> GetPinToken(State& state, const ClientPinRequest& request) {
  if (!request.key_agreement || !request.pin_hash_enc) return Err(Status::kMissingParameter);
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  if (request.permissions || request.rp_id) return Err(Status::kInvalidParameter);
  const SharedSecret secret = TRY(EnterPin(state, request, *protocol, Status::kPinInvalid));
  if (!state.config.has_pin_uv_auth_token) {
    state.ResetTokens();
    protocol->Token().BeginUnlimited(state.environment.clock.Now());
    return TokenReply(state, secret, protocol->Token().Value());
  }
  return IssueToken(state, request, *protocol, secret, PinTokenPermissions(state),
                    /*user_present=*/false);
}

/// The permissions asked for, without bits that are not defined. pcmr goes with no other.
Outcome<std::uint64_t> WantedPermissions(const ClientPinRequest& request, std::uint64_t grantable) {
  if (*request.permissions == 0) return Err(Status::kInvalidParameter);
  const std::uint64_t wanted = *request.permissions & kDefinedPermissions;
  constexpr std::uint64_t kPcmr = permission::kPersistentCredentialManagementReadOnly;
  if ((wanted & ~grantable) != 0 || ((wanted & kPcmr) != 0 && wanted != kPcmr)) {
    return Err(Status::kUnauthorizedPermission);
  }
  if ((wanted & kForRp) != 0 && !request.rp_id) return Err(Status::kMissingParameter);
  return wanted;
}

// §6.5.5.7.2.
Outcome<Bytes> GetTokenUsingPin(State& state, const ClientPinRequest& request) {
  if (!state.config.has_pin_uv_auth_token) return Err(Status::kInvalidSubcommand);
  if (!request.key_agreement || !request.pin_hash_enc || !request.permissions) {
    return Err(Status::kMissingParameter);
  }
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  const std::uint64_t permissions =
      TRY(WantedPermissions(request, GrantablePermissions(state, /*by_finger=*/false)));
  const SharedSecret secret = TRY(EnterPin(state, request, *protocol, Status::kPinPolicyViolation));
  return IssueToken(state, request, *protocol, secret, permissions, /*user_present=*/false);
}

// §6.5.5.7.3.
Outcome<Bytes> GetTokenUsingUv(State& state, const ClientPinRequest& request,
                               const Transaction& transaction) {
  if (!state.HasBuiltInUv() || !state.config.has_pin_uv_auth_token) {
    return Err(Status::kInvalidSubcommand);
  }
  if (!request.key_agreement || !request.permissions) return Err(Status::kMissingParameter);
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  const std::uint64_t permissions =
      TRY(WantedPermissions(request, GrantablePermissions(state, /*by_finger=*/true)));
  if (!state.IsUvConfigured()) return Err(Status::kNotAllowed);
  if (state.device.uv_retries == 0) return Err(Status::kUvBlocked);
  const SharedSecret secret = TRY(protocol->Decapsulate(*request.key_agreement->value));
  // The platform asks again where it may.
  const bool internal_retry = state.config.fingerprint->preferred_platform_uv_attempts == 1;
  const auto verified = PerformBuiltInUv(state, internal_retry, transaction);
  if (!verified) {
    const bool blocked = verified.error() == Status::kUvInvalid && state.device.uv_retries == 0;
    return Err(blocked ? Status::kUvBlocked : verified.error());
  }
  return IssueToken(state, request, *protocol, secret, permissions, /*user_present=*/true);
}

}  // namespace

Outcome<Bytes> ClientPin(State& state, ByteView parameters, const Transaction& transaction) {
  if (!state.HasUserVerification()) return Err(Status::kInvalidCommand);
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(ClientPinRequest::From(map));
  const auto sub_command = static_cast<ClientPinSubCommand>(request.sub_command);
  if (!state.HasClientPin() && NeedsPin(sub_command)) return Err(Status::kInvalidSubcommand);
  switch (sub_command) {
    case ClientPinSubCommand::kGetPinRetries:
      return GetPinRetries(state);
    case ClientPinSubCommand::kGetKeyAgreement:
      return GetKeyAgreement(state, request);
    case ClientPinSubCommand::kSetPin:
      return SetPin(state, request);
    case ClientPinSubCommand::kChangePin:
      return ChangePin(state, request);
    case ClientPinSubCommand::kGetPinToken:
      return GetPinToken(state, request);
    case ClientPinSubCommand::kGetPinUvAuthTokenUsingPinWithPermissions:
      return GetTokenUsingPin(state, request);
    case ClientPinSubCommand::kGetPinUvAuthTokenUsingUvWithPermissions:
      return GetTokenUsingUv(state, request, transaction);
    case ClientPinSubCommand::kGetUvRetries:
      return GetUvRetries(state);
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace keyrig::authenticator
