#pragma once

#include <string_view>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "harness/base/crypto.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"

namespace keyrig::authenticator {

/// The certificate and key that vouch for a model of key (WebAuthn L3 §8.2.1), under a root of
/// their own.
struct AttestationIdentity {
  crypto::PrivateKey key;
  Bytes certificate;  // DER
  Bytes root;         // DER
};

/// Makes the chain root → leaf; seeded chance makes the same one again.
AttestationIdentity MakeAttestationIdentity(const AuthenticatorConfig& config, Rng& rng);

/// An attestation statement and the name of its format (WebAuthn L3 §6.5).
struct AttestationStatement {
  std::string_view format;
  cbor::Map statement;
};

/// "packed" signed by the attestation key, with x5c holding the leaf alone.
AttestationStatement AttestByCertificate(const AttestationIdentity& identity, ByteView signed_data,
                                         RandomStream& stream);
/// "packed" signed by the credential's own key.
AttestationStatement AttestBySelf(CoseAlgorithm algorithm, const crypto::PrivateKey& key,
                                  ByteView signed_data, RandomStream& stream);
AttestationStatement AttestByNone();

}  // namespace keyrig::authenticator
