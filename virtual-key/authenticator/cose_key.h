#pragma once

#include "harness/base/cbor.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"

namespace keyrig::authenticator {

/// A credential public key as a COSE_Key with its algorithm and no other optional member
/// (WebAuthn L3 §5.8.5, RFC 9052 §7).
cbor::Value EncodeCoseKey(CoseAlgorithm algorithm, const crypto::PublicKey& key);

/// A P-256 key as pinUvAuthProtocol's key agreement has it: algorithm -25 (CTAP 2.1 §6.5.6).
cbor::Value EncodeKeyAgreement(const crypto::PublicKey& key);

/// A P-256 key as U2F has it: 04, x, y (ANSI X9.62 §4.3.6).
Bytes EncodePoint(const crypto::PublicKey& key);

/// The platform's key agreement key; nothing where it is not a point of P-256.
std::optional<crypto::PublicKey> DecodeKeyAgreement(const cbor::Value& cose_key);

}  // namespace keyrig::authenticator
