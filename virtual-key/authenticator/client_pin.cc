#include <algorithm>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/pin.h"

namespace keyrig::authenticator {
namespace {

enum class ClientPinSubCommand : std::uint64_t {
  kGetPinRetries = 0x01,
  kGetKeyAgreement = 0x02,
  kSetPin = 0x03,
  kChangePin = 0x04,
  kGetPinToken = 0x05,
  kGetPinUvAuthTokenUsingPinWithPermissions = 0x09,
};

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
  if (state.IsProtected()) return Err(Status::kPinAuthInvalid);
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
  state.ResetTokens();
  return Bytes();
}

/// What both ways to a token end with: the PIN compared, every token renewed, one begun.
Outcome<Bytes> IssueToken(State& state, const ClientPinRequest& request,
                          PinUvAuthProtocol& protocol, std::uint64_t permissions) {
  TRY(CheckPinUsable(state));
  const SharedSecret secret = TRY(protocol.Decapsulate(*request.key_agreement->value));
  TRY(ComparePin(state, protocol, secret, *request.pin_hash_enc));
  state.ResetTokens();
  PinUvAuthToken& token = protocol.Token();
  const auto rp_id = request.rp_id ? std::optional<std::string>(*request.rp_id) : std::nullopt;
  token.BeginUsing(state.environment.clock.Now(), permissions, rp_id);
  auto stream = state.environment.rng.Stream("authenticator/pin-uv-auth-token-iv");
  return cbor::Encode(cbor::Map{{0x02, secret.Encrypt(token.Value(), stream)}});
}

// §6.5.5.7.1.
Outcome<Bytes> GetPinToken(State& state, const ClientPinRequest& request) {
  if (!request.key_agreement || !request.pin_hash_enc) return Err(Status::kMissingParameter);
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  if (request.permissions || request.rp_id) return Err(Status::kInvalidParameter);
  return IssueToken(state, request, *protocol,
                    permission::kMakeCredential | permission::kGetAssertion);
}

// §6.5.5.7.2.
Outcome<Bytes> GetTokenWithPermissions(State& state, const ClientPinRequest& request) {
  if (!request.key_agreement || !request.pin_hash_enc || !request.permissions) {
    return Err(Status::kMissingParameter);
  }
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.protocol));
  const std::uint64_t wanted = *request.permissions;
  if (wanted == 0) return Err(Status::kInvalidParameter);
  // Bits that CTAP 2.1 does not define are ignored.
  constexpr std::uint64_t kNeedRp = permission::kMakeCredential | permission::kGetAssertion;
  constexpr std::uint64_t kAbsent = permission::kBioEnrollment | permission::kLargeBlobWrite |
                                    permission::kAuthenticatorConfiguration;
  std::uint64_t grantable = kNeedRp;
  if (state.HasCredentialManagement()) grantable |= permission::kCredentialManagement;
  constexpr std::uint64_t kDefined = kNeedRp | permission::kCredentialManagement | kAbsent;
  if ((wanted & kDefined & ~grantable) != 0) return Err(Status::kUnauthorizedPermission);
  if ((wanted & kNeedRp) != 0 && !request.rp_id) return Err(Status::kMissingParameter);
  return IssueToken(state, request, *protocol, wanted & grantable);
}

}  // namespace

Outcome<Bytes> ClientPin(State& state, ByteView parameters) {
  if (!state.HasClientPin()) return Err(Status::kInvalidCommand);
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(ClientPinRequest::From(map));
  switch (static_cast<ClientPinSubCommand>(request.sub_command)) {
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
      return GetTokenWithPermissions(state, request);
  }
  return Err(Status::kInvalidSubcommand);
}

}  // namespace keyrig::authenticator
