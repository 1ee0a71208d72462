#pragma once

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"

/// Private keys in as few bytes as they need, so that credential IDs that carry them stay short.
namespace keyrig::authenticator {

/// 32 bytes for ES256 and EdDSA, the two primes (256 bytes) for RS256; 0 for algorithms that have
/// no compact form here.
std::size_t CompactKeySize(CoseAlgorithm algorithm);

Bytes ToCompactKey(CoseAlgorithm algorithm, const crypto::PrivateKey& key);

/// `compact` as ToCompactKey made it.
Result<crypto::PrivateKey, Error> FromCompactKey(CoseAlgorithm algorithm, ByteView compact);

}  // namespace keyrig::authenticator
