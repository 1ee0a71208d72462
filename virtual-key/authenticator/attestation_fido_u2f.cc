#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/cose_key.h"

namespace keyrig::authenticator {

// WebAuthn L3 §8.6: what U2F's registration signs.
AttestationStatement AttestFidoU2f(const AttestationSource& source) {
  const Bytes signed_data =
      Concat({ByteArray<1>{0x00}, crypto::Sha256(ViewOf(source.credential.rp.text)),
              source.client_data_hash, source.credential.id.bytes,
              EncodePoint(source.credential.key.Public())});
  return {"fido-u2f",
          {{"sig", source.identity->key.Sign(CoseAlgorithm::kEs256, signed_data, source.stream)},
           {"x5c", cbor::Array{source.identity->certificate}}}};
}

}  // namespace keyrig::authenticator
