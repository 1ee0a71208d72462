#include "virtual-key/authenticator/compact_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

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

// PKCS #8 up to the private key itself; OpenSSL computes the public key that is left out.
constexpr ByteArray<35> kP256Prefix = {0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07,
                                       0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08,
                                       0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04,
                                       0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20};
constexpr ByteArray<16> kEd25519Prefix = {0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                          0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

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
  const Key key(raw);
  const Pkcs8 info(EVP_PKEY2PKCS8(key.get()));
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  if (size <= 0) return Fail("an RSA key that PKCS #8 cannot hold");
  const std::size_t length = static_cast<std::size_t>(size);
  auto made = crypto::PrivateKey::FromPkcs8({der, length});
  OPENSSL_clear_free(der, length);
  return made;
}

}  // namespace

std::size_t CompactKeySize(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::kEs256:
    case CoseAlgorithm::kEdDsa:
      return 32;
    case CoseAlgorithm::kRs256:
      return 2 * kPrimeSize;
    case CoseAlgorithm::kEs384:
    case CoseAlgorithm::kEs512:
    case CoseAlgorithm::kEd448:
      break;
  }
  return 0;
}

Bytes ToCompactKey(CoseAlgorithm algorithm, const crypto::PrivateKey& key) {
  if (algorithm == CoseAlgorithm::kRs256) {
    return Concat({NumberOf(key.Handle(), OSSL_PKEY_PARAM_RSA_FACTOR1, kPrimeSize),
                   NumberOf(key.Handle(), OSSL_PKEY_PARAM_RSA_FACTOR2, kPrimeSize)});
  }
  if (algorithm == CoseAlgorithm::kEs256) {
    return NumberOf(key.Handle(), OSSL_PKEY_PARAM_PRIV_KEY, 32);
  }
  std::size_t size = 32;
  Bytes seed(size);
  EVP_PKEY_get_raw_private_key(key.Handle(), seed.data(), &size);
  return seed;
}

Result<crypto::PrivateKey, Error> FromCompactKey(CoseAlgorithm algorithm, ByteView compact) {
  if (compact.size() != CompactKeySize(algorithm)) {
    return Fail("a compact " + std::string(Name(algorithm)) + " key has another size");
  }
  if (algorithm == CoseAlgorithm::kRs256) return RsaFromPrimes(compact);
  if (algorithm == CoseAlgorithm::kEs256) {
    return crypto::PrivateKey::FromPkcs8(Concat({kP256Prefix, compact}));
  }
  if (algorithm == CoseAlgorithm::kEdDsa) {
    return crypto::PrivateKey::FromPkcs8(Concat({kEd25519Prefix, compact}));
  }
  return Fail("no compact form of " + std::string(Name(algorithm)));
}

}  // namespace keyrig::authenticator
