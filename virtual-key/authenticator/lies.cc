#include "virtual-key/authenticator/lies.h"

#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::January;
using std::chrono::sys_days;

/// The key's certificate again, but for what `change` does to it.
template <typename Change>
AttestationIdentity Reissued(State& state, Change change) {
  AttestationIdentity identity = *state.attestation;
  auto stream = state.environment.rng.Stream("authenticator/misleading-attestation");
  crypto::CertificateRequest request;
  request.subject =
      AttestationSubject(state.config, state.config.attestation_organization + " key");
  request.issuer = crypto::Certificate::FromDer(identity.root)->Subject();
  request.key = identity.key.Public();
  request.not_before = sys_days(January / 1 / 2020);
  request.not_after = sys_days(January / 1 / 2050);
  request.extensions = {AaguidExtension(state.config.aaguid)};
  change(request);
  identity.certificate = crypto::IssueCertificate(request, identity.root_key, stream).Der();
  return identity;
}

}  // namespace

void Distort(State& state, AuthenticatorData& data) {
  if (state.Tells(Lie::kWrongRpIdHash)) data.rp_id_hash[0] ^= 0x01;
  if (state.Tells(Lie::kUserPresenceOff)) data.user_present = false;
  if (state.Tells(Lie::kUserVerificationOff)) data.user_verified = false;
  if (data.signature_counter > 0 && state.Tells(Lie::kCounterStuck)) --data.signature_counter;
  if (state.Tells(Lie::kCounterBack)) data.signature_counter = 1;
  if (auto& attested = data.attested_credential_data) {
    if (state.Tells(Lie::kZeroAaguid)) attested->aaguid = Aaguid();
    if (state.Tells(Lie::kWrongCredentialId)) attested->credential_id.bytes[0] ^= 0x01;
  }
}

void DistortSignature(State& state, Bytes& signature) {
  // The last byte is part of a number in every algorithm, so that the encoding stays right.
  if (!signature.empty() && state.Tells(Lie::kBadSignature)) signature.back() ^= 0x01;
}

std::optional<AttestationIdentity> MisleadingIdentity(State& state) {
  if (!state.attestation) return std::nullopt;
  if (state.Tells(Lie::kUntrustedAttestation)) {
    ByteArray<32> seed;
    state.environment.rng.Stream("authenticator/another-maker").Fill(seed);
    Rng of_another_maker(seed);
    return MakeAttestationIdentity(state.config, of_another_maker);
  }
  if (state.Tells(Lie::kExpiredAttestation)) {
    return Reissued(state, [](crypto::CertificateRequest& request) {
      request.not_after = sys_days(January / 1 / 2021);
    });
  }
  if (state.Tells(Lie::kAaguidMismatch)) {
    return Reissued(state, [&](crypto::CertificateRequest& request) {
      Aaguid other = state.config.aaguid;
      other.bytes[0] ^= 0x01;
      request.extensions = {AaguidExtension(other)};
    });
  }
  return std::nullopt;
}

}  // namespace keyrig::authenticator
