#include "virtual-key/authenticator/compact_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "virtual-key/authenticator/der.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kPrimeSize = 128;  // of RSA with 2048 bits

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Deleter<BN_clear_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, Deleter<BN_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>>;

/// How a curve's private key is written in PKCS #8.
struct CurveRow {
  CoseAlgorithm algorithm;
  ByteArray<10> oid;  // DER
  std::size_t oid_size;
  std::size_t scalar_size;
};
constexpr ByteArray<10> kP256Oid = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr ByteArray<10> kP384Oid = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};
constexpr ByteArray<10> kP521Oid = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23};
constexpr ByteArray<10> kSecp256k1Oid = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A};
constexpr std::array kCurveRows = {
    CurveRow{CoseAlgorithm::kEs256, kP256Oid, 10, 32},
    CurveRow{CoseAlgorithm::kEsp256, kP256Oid, 10, 32},
    CurveRow{CoseAlgorithm::kEs384, kP384Oid, 7, 48},
    CurveRow{CoseAlgorithm::kEsp384, kP384Oid, 7, 48},
    CurveRow{CoseAlgorithm::kEs512, kP521Oid, 7, 66},
    CurveRow{CoseAlgorithm::kEsp512, kP521Oid, 7, 66},
    CurveRow{CoseAlgorithm::kEs256k, kSecp256k1Oid, 7, 32},
};

const CurveRow* FindCurve(CoseAlgorithm algorithm) {
  const auto row = std::ranges::find(kCurveRows, algorithm, &CurveRow::algorithm);
  return row == kCurveRows.end() ? nullptr : row;
}

// PKCS #8 up to the seed.
constexpr ByteArray<16> kEd25519Prefix = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                          0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr ByteArray<16> kEd448Prefix = {0x30, 0x47, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                        0x03, 0x2B, 0x65, 0x71, 0x04, 0x3B, 0x04, 0x39};
// OpenSSL's name for the 32 bytes that an ML-DSA key is made from (FIPS 204 §5.1); older headers
// lack the macro.
constexpr const char* kMlDsaSeed = "seed";
constexpr std::size_t kMlDsaSeedSize = 32;

bool IsMlDsa(CoseAlgorithm algorithm) {
  return algorithm == CoseAlgorithm::kMlDsa44 || algorithm == CoseAlgorithm::kMlDsa65 ||
         algorithm == CoseAlgorithm::kMlDsa87;
}

bool IsRsa(CoseAlgorithm algorithm) {
  return algorithm == CoseAlgorithm::kRs256 || algorithm == CoseAlgorithm::kPs256;
}

/// PKCS #8 with the scalar alone (RFC 5915 in RFC 5958): OpenSSL computes the public key.
Bytes EcPkcs8(const CurveRow& row, ByteView scalar) {
  constexpr ByteArray<9> kEcPublicKey = {0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
  constexpr ByteArray<3> kVersion0 = {0x02, 0x01, 0x00}, kVersion1 = {0x02, 0x01, 0x01};
  using der::Element, der::kSequence, der::kOctetString;
  const Bytes key = Element(kSequence, {kVersion1, Element(kOctetString, {scalar})});
  const Bytes algorithm = Element(kSequence, {kEcPublicKey, ByteView(row.oid).first(row.oid_size)});
  return Element(kSequence, {kVersion0, algorithm, Element(kOctetString, {key})});
}

Bytes NumberOf(EVP_PKEY* key, const char* parameter, std::size_t width) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, parameter, &raw);
  const BigNumber number(raw);
  Bytes bytes(width);
  BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(width));
  return bytes;
}

BigNumber NewNumber() { return BigNumber(BN_secure_new()); }

BigNumber NumberFrom(ByteView bytes) {
  return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

/// OpenSSL's key as ours.
Result<crypto::PrivateKey, Error> ByPkcs8(const Key& key) {
  const Pkcs8 info(EVP_PKEY2PKCS8(key.get()));
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  if (size <= 0) return Fail("a key that PKCS #8 cannot hold");
  const std::size_t length = static_cast<std::size_t>(size);
  auto made = crypto::PrivateKey::FromPkcs8({der, length});
  OPENSSL_clear_free(der, length);
  return made;
}

/// The RSA key that has these primes and the exponent 65537 (RFC 8017 §3.2).
Result<crypto::PrivateKey, Error> RsaFromPrimes(ByteView primes) {
  const BigNumberContext context(BN_CTX_new());
  BN_CTX* scratch = context.get();
  const BigNumber p = NumberFrom(primes.first(kPrimeSize));
  const BigNumber q = NumberFrom(primes.subspan(kPrimeSize));
  const BigNumber e = NewNumber();
  const BigNumber n = NewNumber();
  const BigNumber p_less_one = NewNumber();
  const BigNumber q_less_one = NewNumber();
  const BigNumber order = NewNumber();
  const BigNumber d = NewNumber();
  const BigNumber d_mod_p = NewNumber();
  const BigNumber d_mod_q = NewNumber();
  const BigNumber q_inverse = NewNumber();
  const bool computed = BN_set_word(e.get(), 65537) == 1 &&
                        BN_mul(n.get(), p.get(), q.get(), scratch) == 1 &&
                        BN_sub(p_less_one.get(), p.get(), BN_value_one()) == 1 &&
                        BN_sub(q_less_one.get(), q.get(), BN_value_one()) == 1 &&
                        BN_mul(order.get(), p_less_one.get(), q_less_one.get(), scratch) == 1 &&
                        BN_mod_inverse(d.get(), e.get(), order.get(), scratch) != nullptr &&
                        BN_mod(d_mod_p.get(), d.get(), p_less_one.get(), scratch) == 1 &&
                        BN_mod(d_mod_q.get(), d.get(), q_less_one.get(), scratch) == 1 &&
                        BN_mod_inverse(q_inverse.get(), q.get(), p.get(), scratch) != nullptr;
  if (!computed) return Fail("not the primes of an RSA key");
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  const std::pair<const char*, BIGNUM*> members[] = {
      {OSSL_PKEY_PARAM_RSA_N, n.get()},
      {OSSL_PKEY_PARAM_RSA_E, e.get()},
      {OSSL_PKEY_PARAM_RSA_D, d.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, d_mod_p.get()},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, d_mod_q.get()},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, q_inverse.get()},
  };
  for (const auto& [name, number] : members) OSSL_PARAM_BLD_push_BN(builder.get(), name, number);
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext key_context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  if (EVP_PKEY_fromdata_init(key_context.get()) != 1 ||
      EVP_PKEY_fromdata(key_context.get(), &raw, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return Fail("not the primes of an RSA key");
  }
  return ByPkcs8(Key(raw));
}

Result<crypto::PrivateKey, Error> MlDsaFromSeed(CoseAlgorithm algorithm, ByteView seed) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), kMlDsaSeed, seed.data(), seed.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(
      EVP_PKEY_CTX_new_from_name(nullptr, std::string(Name(algorithm)).c_str(), nullptr));
  EVP_PKEY* raw = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return Fail("this OpenSSL makes no " + std::string(Name(algorithm)) + " key from a seed");
  }
  return ByPkcs8(Key(raw));
}

}  // namespace

std::size_t CompactKeySize(CoseAlgorithm algorithm) {
  if (const CurveRow* curve = FindCurve(algorithm)) return curve->scalar_size;
  if (IsRsa(algorithm)) return 2 * kPrimeSize;
  if (IsMlDsa(algorithm)) return kMlDsaSeedSize;
  return algorithm == CoseAlgorithm::kEd448 ? 57 : 32;
}

Bytes ToCompactKey(CoseAlgorithm algorithm, const crypto::PrivateKey& key) {
  if (IsRsa(algorithm)) {
    return Concat({NumberOf(key.Handle(), OSSL_PKEY_PARAM_RSA_FACTOR1, kPrimeSize),
                   NumberOf(key.Handle(), OSSL_PKEY_PARAM_RSA_FACTOR2, kPrimeSize)});
  }
  std::size_t size = CompactKeySize(algorithm);
  if (FindCurve(algorithm) != nullptr) {
    return NumberOf(key.Handle(), OSSL_PKEY_PARAM_PRIV_KEY, size);
  }
  Bytes seed(size);
  if (IsMlDsa(algorithm)) {
    EVP_PKEY_get_octet_string_param(key.Handle(), kMlDsaSeed, seed.data(), size, &size);
  } else {
    EVP_PKEY_get_raw_private_key(key.Handle(), seed.data(), &size);
  }
  return seed;
}

Result<crypto::PrivateKey, Error> FromCompactKey(CoseAlgorithm algorithm, ByteView compact) {
  if (compact.size() != CompactKeySize(algorithm)) {
    return Fail("a compact " + std::string(Name(algorithm)) + " key has another size");
  }
  if (IsRsa(algorithm)) return RsaFromPrimes(compact);
  if (IsMlDsa(algorithm)) return MlDsaFromSeed(algorithm, compact);
  if (const CurveRow* curve = FindCurve(algorithm)) {
    return crypto::PrivateKey::FromPkcs8(EcPkcs8(*curve, compact));
  }
  const auto& prefix = algorithm == CoseAlgorithm::kEd448 ? kEd448Prefix : kEd25519Prefix;
  return crypto::PrivateKey::FromPkcs8(Concat({prefix, compact}));
}

}  // namespace keyrig::authenticator
