#include "mock-entra/webauthn/attestation.h"

namespace keyrig::webauthn {

Result<AttestationOutput, Error> VerifyPackedSelf(const AttestationInput& input,
                                                  std::int64_t algorithm, ByteView signature) {
  const CredentialPublicKey& credential =
      input.data.attested_credential_data->credential_public_key;
  // WebAuthn L3 §8.2 verification procedure, step 3: alg is the credential public key's.
  if (algorithm != credential.algorithm) return Fail("alg is not the credential public key's");
  // sig is by the credential private key.
  const auto supported = SupportedAlgorithm(algorithm);
  if (!supported || !credential.key->Verify(*supported, input.SignedBytes(), signature)) {
    return Fail("sig is not the credential's own signature");
  }
  return AttestationOutput{AttestationType::kSelf, {}};
}

}  // namespace keyrig::webauthn
