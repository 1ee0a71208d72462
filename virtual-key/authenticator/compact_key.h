#pragma once

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"

/// Private keys in as few bytes as they need, so that credential IDs that carry them stay short.
namespace keyrig::authenticator {

/// Of a curve's scalar, an Edwards or ML-DSA seed, or two RSA primes: 32 to 66 bytes, 256 for RSA.
std::size_t CompactKeySize(CoseAlgorithm algorithm);

Bytes ToCompactKey(CoseAlgorithm algorithm, const crypto::PrivateKey& key);

/// `compact` as ToCompactKey made it.
Result<crypto::PrivateKey, Error> FromCompactKey(CoseAlgorithm algorithm, ByteView compact);

}  // namespace keyrig::authenticator
