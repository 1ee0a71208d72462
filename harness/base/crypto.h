#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/rng.h"

/// Cryptography over OpenSSL. Key generation and signing take their randomness from a stream, so
/// that a seeded run repeats to the byte.
namespace keyrig::crypto {

ByteArray<20> Sha1(ByteView data);  // thumbprints only
ByteArray<32> Sha256(ByteView data);
ByteArray<32> HmacSha256(ByteView key, ByteView data);
/// RFC 5869 extract and expand.
Bytes HkdfSha256(ByteView ikm, ByteView salt, ByteView info, std::size_t length);
/// AES-CBC without padding; an error unless `data` is a multiple of 16 bytes.
Result<Bytes, Error> Aes128CbcEncrypt(ByteView key, ByteView iv, ByteView data);
Result<Bytes, Error> Aes256CbcEncrypt(ByteView key, ByteView iv, ByteView data);
Result<Bytes, Error> Aes256CbcDecrypt(ByteView key, ByteView iv, ByteView data);
bool ConstantTimeEqual(ByteView a, ByteView b);

/// While alive, this thread's OpenSSL draws (through any context) and arc4random_buf of libfido2
/// come from `stream`. Nests; the previous source returns at the end.
class ScopedRandom {
 public:
  explicit ScopedRandom(RandomStream& stream);
  ~ScopedRandom();
  ScopedRandom(const ScopedRandom&) = delete;
  ScopedRandom& operator=(const ScopedRandom&) = delete;
  /// This thread's stream, or null.
  static RandomStream* Current();

 private:
  RandomStream* previous_;
};

enum class Curve { kP256, kP384, kP521, kSecp256k1 };
enum class EdwardsCurve { kEd25519, kEd448 };
enum class MlDsaSet { k44, k65, k87 };  // FIPS 204 §4

struct EcPoint {
  Curve curve;
  Bytes x, y;  // big-endian, as long as the field: 32, 48, 66 or 32 bytes
};
struct EdwardsPoint {
  EdwardsCurve curve;
  Bytes x;
};
struct RsaNumbers {
  Bytes n, e;  // big-endian, minimal
};
struct MlDsaKey {
  MlDsaSet set;
  Bytes encoded;  // 1312, 1952 or 2592 bytes
};

/// Whether the OpenSSL in use can sign by the algorithm: ML-DSA came with 3.5. The others always.
bool IsAvailable(CoseAlgorithm algorithm);

class PublicKey {
 public:
  /// An error where the point is not on its curve.
  static Result<PublicKey, Error> From(const EcPoint& point);
  static Result<PublicKey, Error> From(const EdwardsPoint& point);
  static Result<PublicKey, Error> From(const RsaNumbers& numbers);
  static Result<PublicKey, Error> From(const MlDsaKey& key);
  /// Takes over one reference.
  static PublicKey Adopt(EVP_PKEY* key);

  Result<EcPoint, Error> Ec() const;
  Result<EdwardsPoint, Error> Edwards() const;
  Result<RsaNumbers, Error> Rsa() const;
  Result<MlDsaKey, Error> MlDsa() const;

  /// Whether `signature` (ECDSA: DER; EdDSA and ML-DSA: raw; RSA: PKCS #1
  /// v1.5, or PSS with a salt as long as the hash) is this key's over `data`.
  /// False also where the algorithm does not fit the key.
  bool Verify(CoseAlgorithm algorithm, ByteView data, ByteView signature) const;
  EVP_PKEY* Handle() const { return key_.get(); }
  friend bool operator==(const PublicKey& a, const PublicKey& b);

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

class PrivateKey {
 public:
  /// RSA keys have 2048 bits. The algorithm has to be available.
  static PrivateKey Generate(CoseAlgorithm algorithm, RandomStream& stream);
  static Result<PrivateKey, Error> FromPkcs8(ByteView der);
  static Result<PrivateKey, Error> FromPem(std::string_view pem);
  Bytes ToPkcs8() const;
  std::string ToPem() const;
  PublicKey Public() const;
  /// Whether it is a key for the algorithm.
  bool Fits(CoseAlgorithm algorithm) const;
  Bytes Sign(CoseAlgorithm algorithm, ByteView data, RandomStream& stream) const;
  /// The x coordinate of the shared point, 32 bytes; P-256 only.
  Result<Bytes, Error> Ecdh(const PublicKey& peer) const;
  EVP_PKEY* Handle() const { return key_.get(); }

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace keyrig::crypto
