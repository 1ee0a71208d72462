#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"

namespace keyrig::webauthn {

/// A credential public key (WebAuthn L3 §6.5.1.1).
struct CredentialPublicKey {
  std::int64_t algorithm = 0;            // COSE number
  std::optional<crypto::PublicKey> key;  // absent where the algorithm is not supported
};

/// The number as a CoseAlgorithm; nothing where it is none, or none that OpenSSL here has.
std::optional<CoseAlgorithm> SupportedAlgorithm(std::int64_t number);

/// Reads a COSE_Key map. The algorithm binds key type and curve (§5.8.5); other than the required
/// parameters there must be none (§6.5.1).
Result<CredentialPublicKey, Error> DecodeCoseKey(const cbor::Value& map);

}  // namespace keyrig::webauthn
