#include "virtual-key/authenticator/make_credential_request.h"

#include <algorithm>

#include "virtual-key/authenticator/authenticator_data.h"
#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/cose_key.h"
#include "virtual-key/authenticator/cred_protect.h"
#include "virtual-key/authenticator/pin_uv_auth_check.h"

namespace keyrig::authenticator {
namespace {

/// The first of the wanted algorithms that the key has; every entry is validated.
Outcome<CoseAlgorithm> ChooseAlgorithm(const State& state, ArrayView params) {
  std::optional<CoseAlgorithm> chosen;
  for (const cbor::Value& entry : *params.elements) {
    if (entry.AsMap() == nullptr) return Err(Status::kCborUnexpectedType);
    const auto type = TRY(Required<std::string_view>(entry, "type", Status::kInvalidCbor));
    const cbor::Value* alg = entry.Find("alg");
    if (alg == nullptr) return Err(Status::kInvalidCbor);
    if (!alg->IsInteger()) return Err(Status::kCborUnexpectedType);
    const auto number = alg->AsInt();
    if (!chosen && type == "public-key" && number && state.Supports(*number)) {
      chosen = static_cast<CoseAlgorithm>(*number);
    }
  }
  if (!chosen) return Err(Status::kUnsupportedAlgorithm);
  return *chosen;
}

Outcome<void> CheckOptions(const State& state, const MakeCredentialRequest& request) {
  // A pinUvAuthParam overrides uv; there is no built-in user verification.
  if (!request.pin_uv_auth.param && request.uv.value_or(false)) return Err(Status::kInvalidOption);
  if (request.rk.value_or(false) && !state.config.has_resident_keys) {
    return Err(Status::kUnsupportedOption);
  }
  if (!request.up.value_or(true)) return Err(Status::kInvalidOption);
  return {};
}

bool IsExcluded(State& state, const MakeCredentialRequest& request, bool user_verified) {
  return std::ranges::any_of(request.exclude_list, [&](const CredentialDescriptor& descriptor) {
    if (!descriptor.is_public_key) return false;
    const StoredCredential* held = state.FindCredential(descriptor.id, request.rp);
    return held != nullptr && (held->cred_protect != cred_protect::kRequired || user_verified);
  });
}

/// The discoverable credential of the same relying party and user, which a new one replaces.
std::optional<CredentialId> FindReplaced(const State& state, const MakeCredentialRequest& request) {
  for (const StoredCredential* held : state.DiscoverableOf(request.rp)) {
    if (Equal(held->user_handle.bytes, request.user_id)) return held->id;
  }
  return std::nullopt;
}

/// Steps 16 to 18: a new key under a new ID, kept by the key or by its ID.
Outcome<StoredCredential> CreateCredential(State& state, const MakeCredentialRequest& request,
                                           CoseAlgorithm algorithm) {
  const bool discoverable = request.rk.value_or(false);
  const auto replaced = discoverable ? FindReplaced(state, request) : std::nullopt;
  if (discoverable && !replaced && state.RemainingDiscoverable() == 0) {
    return Err(Status::kKeyStoreFull);
  }
  auto key_stream = state.environment.rng.Stream("authenticator/credential-key");
  auto id_stream = state.environment.rng.Stream("authenticator/credential-id");
  StoredCredential credential;
  credential.rp = request.rp;
  credential.algorithm = algorithm;
  credential.key = crypto::PrivateKey::Generate(algorithm, key_stream);
  credential.has_hmac_secret = state.config.has_hmac_secret;
  credential.cred_protect =
      static_cast<std::uint8_t>(request.cred_protect.value_or(cred_protect::kOptional));
  if (!discoverable) {
    state.wrapped.Wrap(credential, id_stream);
    return credential;
  }
  credential.id.bytes = id_stream.Take(kDiscoverableIdSize);
  id_stream.Fill(credential.cred_random_with_uv);
  id_stream.Fill(credential.cred_random_without_uv);
  credential.rp_name = KeptName(request.rp_name);
  credential.user_handle.bytes = ToBytes(request.user_id);
  credential.user_name = KeptName(request.user_name);
  credential.user_display_name = KeptName(request.user_display_name);
  credential.created = state.device.next_created++;
  TRY(state.Save());
  TRY(replaced ? state.Replace(*replaced, credential) : state.Put(credential));
  return credential;
}

AttestationStatement Attest(State& state, const StoredCredential& credential,
                            ByteView signed_data) {
  auto stream = state.environment.rng.Stream("authenticator/attestation-signature");
  switch (state.config.attestation) {
    case Attestation::kPacked:
      return AttestByCertificate(*state.attestation, signed_data, stream);
    case Attestation::kSelf:
      return AttestBySelf(credential.algorithm, credential.key, signed_data, stream);
    case Attestation::kNone:
      break;
  }
  return AttestByNone();
}

cbor::Map ExtensionOutputs(const MakeCredentialRequest& request) {
  cbor::Map outputs;
  if (request.cred_protect) outputs.emplace_back("credProtect", *request.cred_protect);
  if (request.hmac_secret) outputs.emplace_back("hmac-secret", true);
  return outputs;
}

}  // namespace

Outcome<Bytes> MakeCredential(State& state, ByteView parameters, const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(MakeCredentialRequest::From(state, map));

  // CTAP 2.1 §6.1.2 steps 1 and 2.
  PinUvAuthProtocol* const protocol = TRY(BeginPinUvAuth(state, request.pin_uv_auth, transaction));
  // Step 3.
  const CoseAlgorithm algorithm = TRY(ChooseAlgorithm(state, request.pub_key_cred_params));
  // Steps 4 and 5.
  bool user_verified = false;
  TRY(CheckOptions(state, request));
  // Step 6 (alwaysUv) does not apply. Step 7: makeCredUvNotRqd, but not for discoverable ones.
  if (state.IsProtected() && protocol == nullptr && request.rk.value_or(false)) {
    return Err(Status::kPuatRequired);
  }
  // Step 9: the key has no enterprise attestation.
  if (request.enterprise_attestation) return Err(Status::kInvalidParameter);
  // Steps 10 and 11: a parameter on a key without PIN is ignored.
  if (state.IsProtected() && protocol != nullptr) {
    TRY(AuthorizeWithToken(state, *protocol, request.client_data_hash, *request.pin_uv_auth.param,
                           permission::kMakeCredential, request.rp));
    user_verified = true;
  }
  // Step 12: whatever the user does, the answer is the same; only a cancel is told apart.
  if (IsExcluded(state, request, user_verified)) {
    const auto touch =
        state.AwaitTouch(GesturePurpose::kRegister, transaction, Status::kCredentialExcluded);
    const bool cancelled = !touch && touch.error() == Status::kKeepaliveCancel;
    return Err(cancelled ? Status::kKeepaliveCancel : Status::kCredentialExcluded);
  }
  // Step 14.
  TRY(state.AwaitTouch(GesturePurpose::kRegister, transaction, Status::kOperationDenied));
  state.ClearTokensAfterUserPresence();
  // Steps 15 to 18.
  const StoredCredential credential = TRY(CreateCredential(state, request, algorithm));
  // Steps 19 and 20.
  AuthenticatorData data{
      .rp_id_hash = crypto::Sha256(ViewOf(request.rp.text)),
      .user_present = true,
      .user_verified = user_verified,
      .signature_counter = state.device.signature_counter,
      .attested_credential_data =
          AttestedCredentialData{state.config.aaguid, credential.id,
                                 EncodeCoseKey(algorithm, credential.key.Public())},
      .extensions = ExtensionOutputs(request)};
  Bytes encoded = data.Encode();
  AttestationStatement attestation =
      Attest(state, credential, Concat({encoded, request.client_data_hash}));
  state.Emit("key.credential_made",
             {{"rp_id", credential.rp.text}, {"credential_id", ToHex(credential.id.bytes)}});
  return cbor::Encode(cbor::Map{{0x01, std::string(attestation.format)},
                                {0x02, std::move(encoded)},
                                {0x03, std::move(attestation.statement)}});
}

}  // namespace keyrig::authenticator
