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
  // A pinUvAuthParam overrides uv.
  const bool wants_built_in_uv = !request.pin_uv_auth.param && request.uv.value_or(false);
  if (wants_built_in_uv && !state.IsUvConfigured()) return Err(Status::kInvalidOption);
  if (request.rk.value_or(false) && !state.config.has_resident_keys) {
    return Err(Status::kUnsupportedOption);
  }
  if (!request.up.value_or(true)) return Err(Status::kInvalidOption);
  return {};
}

/// Steps 6 to 8: whether the key verifies the user itself. PUAT_REQUIRED or OPERATION_DENIED where
/// nobody verifies a user who has to be.
Outcome<bool> DecideBuiltInUv(const State& state, const MakeCredentialRequest& request) {
  if (request.pin_uv_auth.param) {
    if (state.AlwaysUv() && !state.IsProtected()) return Err(state.MissingUserVerification());
    return false;
  }
  if (request.uv.value_or(false)) return true;
  if (state.AlwaysUv()) {
    if (state.IsUvConfigured()) return true;
    return Err(state.MissingUserVerification());
  }
  const bool uv_required =
      request.rk.value_or(false) || !state.config.make_credential_uv_not_required;
  if (state.IsProtected() && uv_required) return Err(state.MissingUserVerification());
  return false;
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
                                           CoseAlgorithm algorithm, const Ceremony& ceremony) {
  const bool discoverable = ceremony.discoverable;
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
  credential.backup_eligible = state.config.backup_eligible;
  credential.backed_up = state.config.backed_up;
  request.extensions.Shape(ceremony, credential);
  if (!discoverable) {
    state.wrapped.Wrap(credential, crypto::Sha256(ViewOf(request.rp.text)), id_stream);
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
  state.RenewStoreState();
  TRY(state.Save());
  TRY(replaced ? state.Replace(*replaced, credential) : state.Put(credential));
  return credential;
}

/// Step 9: whether the credential gets enterprise attestation. Not granted is not refused.
Outcome<bool> DecideEnterprise(const State& state, const MakeCredentialRequest& request) {
  constexpr std::uint64_t kVendorFacilitated = 1, kPlatformManaged = 2;
  if (!request.enterprise_attestation) return false;
  const auto& enterprise = state.config.enterprise_attestation;
  if (!enterprise || !state.device.enterprise_attestation) return Err(Status::kInvalidParameter);
  switch (*request.enterprise_attestation) {
    case kVendorFacilitated:
      return std::ranges::find(enterprise->rp_ids, request.rp.text) != enterprise->rp_ids.end();
    case kPlatformManaged:
      return true;
    default:
      return Err(Status::kInvalidOption);
  }
}

/// A statement's member that holds its signature (WebAuthn L3 §8.2 to §8.6).
bool IsSignature(const cbor::Value& name) {
  return name.AsText() != nullptr && *name.AsText() == "sig";
}

/// Steps 19 and 20.
Bytes EncodeReply(State& state, const MakeCredentialRequest& request,
                  const StoredCredential& credential, bool user_verified, bool is_enterprise,
                  ExtensionOutputs outputs) {
  const Attestation attestation = ChooseAttestation(
      state.config, credential.algorithm,
      request.attestation_formats ? request.attestation_formats->elements : nullptr);
  // WebAuthn L3 §8.6: a key of U2F has no AAGUID.
  const bool is_u2f = attestation == Attestation::kFidoU2f && !is_enterprise;
  AuthenticatorData data{
      .rp_id_hash = crypto::Sha256(ViewOf(request.rp.text)),
      .user_present = true,
      .user_verified = user_verified,
      .backup_eligible = credential.backup_eligible,
      .backed_up = credential.backed_up,
      .signature_counter = state.device.signature_counter,
      .attested_credential_data =
          AttestedCredentialData{is_u2f ? Aaguid() : state.config.aaguid, credential.id,
                                 EncodeCoseKey(credential.algorithm, credential.key.Public())},
      .extensions = std::move(outputs.authenticated)};
  Distort(state, data);
  const auto misleading = MisleadingIdentity(state);
  Bytes encoded = data.Encode();
  auto stream = state.environment.rng.Stream("authenticator/attestation-signature");
  const AttestationSource source{.config = state.config,
                                 .identity = misleading          ? &*misleading
                                             : state.attestation ? &*state.attestation
                                                                 : nullptr,
                                 .credential = credential,
                                 .authenticator_data = encoded,
                                 .client_data_hash = request.client_data_hash,
                                 .stream = stream};
  AttestationStatement statement =
      is_enterprise ? AttestEnterprise(source) : Attest(attestation, source);
  for (auto& [name, value] : statement.statement) {
    if (!IsSignature(name)) continue;
    Bytes signature = *value.AsBytes();
    DistortSignature(state, signature);
    value = std::move(signature);
  }
  cbor::Map reply = {{0x01, std::string(statement.format)},
                     {0x02, encoded},
                     {0x03, std::move(statement.statement)}};
  if (is_enterprise) reply.emplace_back(0x04, true);
  if (outputs.large_blob_key) reply.emplace_back(0x05, ByteView(*outputs.large_blob_key));
  return cbor::Encode(reply);
}

}  // namespace

Outcome<Bytes> MakeCredential(State& state, ByteView parameters, const Transaction& transaction) {
  const cbor::Value map = TRY(DecodeParameters(parameters));
  auto request = TRY(MakeCredentialRequest::From(state, map));

  // CTAP 2.1 §6.1.2 steps 1 and 2.
  PinUvAuthProtocol* const protocol = TRY(BeginPinUvAuth(state, request.pin_uv_auth, transaction));
  // Step 3.
  const CoseAlgorithm algorithm = TRY(ChooseAlgorithm(state, request.pub_key_cred_params));
  // Steps 4 and 5.
  TRY(CheckOptions(state, request));
  // Steps 6 to 8.
  const bool wants_built_in_uv = TRY(DecideBuiltInUv(state, request));
  // Step 9.
  const bool is_enterprise = TRY(DecideEnterprise(state, request));
  // Steps 10 and 11.
  const auto [user_verified, user_present, by_finger] = TRY(
      CheckUser(state, protocol, request.pin_uv_auth, wants_built_in_uv, request.client_data_hash,
                permission::kMakeCredential, request.rp, transaction));
  // Step 12: whatever the user does, the answer is the same; only a cancel is told apart.
  if (IsExcluded(state, request, user_verified)) {
    if (user_present) return Err(Status::kCredentialExcluded);
    const auto touch =
        state.AwaitTouch(GesturePurpose::kRegister, transaction, Status::kCredentialExcluded);
    const bool cancelled = !touch && touch.error() == Status::kKeepaliveCancel;
    return Err(cancelled ? Status::kKeepaliveCancel : Status::kCredentialExcluded);
  }
  // Steps 13 and 14.
  if (!user_present) {
    TRY(state.AwaitTouch(GesturePurpose::kRegister, transaction, Status::kOperationDenied));
  }
  state.ClearTokensAfterUserPresence();
  // Steps 15 to 18.
  const Ceremony ceremony{.state = state,
                          .rp = request.rp,
                          .discoverable = request.rk.value_or(false),
                          .user_verified = user_verified,
                          .verified_by_finger = by_finger};
  TRY(request.extensions.Check(ceremony));
  const StoredCredential credential = TRY(CreateCredential(state, request, algorithm, ceremony));
  ExtensionOutputs outputs = request.extensions.Answer(ceremony, credential);
  // Steps 19 and 20.
  state.Emit("key.credential_made",
             {{"rp_id", credential.rp.text}, {"credential_id", ToHex(credential.id.bytes)}});
  return EncodeReply(state, request, credential, user_verified, is_enterprise, std::move(outputs));
}

}  // namespace keyrig::authenticator
