#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "harness/base/crypto.h"

namespace keyrig::crypto {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>>;

struct CurveRow {
  Curve curve;
  const char* group;
  std::size_t field_size;
};
constexpr std::array kCurves = {
    CurveRow{Curve::kP256, "prime256v1", 32},
    CurveRow{Curve::kP384, "secp384r1", 48},
    CurveRow{Curve::kP521, "secp521r1", 66},
    CurveRow{Curve::kSecp256k1, "secp256k1", 32},
};

struct EdwardsRow {
  EdwardsCurve curve;
  const char* key_type;
  std::size_t key_size;
};
constexpr std::array kEdwardsCurves = {
    EdwardsRow{EdwardsCurve::kEd25519, "ED25519", 32},
    EdwardsRow{EdwardsCurve::kEd448, "ED448", 57},
};

struct MlDsaRow {
  MlDsaSet set;
  const char* key_type;
  std::size_t key_size;
};
constexpr std::array kMlDsaSets = {
    MlDsaRow{MlDsaSet::k44, "ML-DSA-44", 1312},
    MlDsaRow{MlDsaSet::k65, "ML-DSA-65", 1952},
    MlDsaRow{MlDsaSet::k87, "ML-DSA-87", 2592},
};

/// The EVP key type and message digest of a signature algorithm.
struct AlgorithmRow {
  CoseAlgorithm algorithm;
  const char* key_type;
  const char* group;   // EC only
  const char* digest;  // null: the algorithm hashes by itself
};
constexpr std::array kAlgorithms = {
    AlgorithmRow{CoseAlgorithm::kEs256, "EC", "prime256v1", "SHA256"},
    AlgorithmRow{CoseAlgorithm::kEsp256, "EC", "prime256v1", "SHA256"},
    AlgorithmRow{CoseAlgorithm::kEs384, "EC", "secp384r1", "SHA384"},
    AlgorithmRow{CoseAlgorithm::kEsp384, "EC", "secp384r1", "SHA384"},
    AlgorithmRow{CoseAlgorithm::kEs512, "EC", "secp521r1", "SHA512"},
    AlgorithmRow{CoseAlgorithm::kEsp512, "EC", "secp521r1", "SHA512"},
    AlgorithmRow{CoseAlgorithm::kEs256k, "EC", "secp256k1", "SHA256"},
    AlgorithmRow{CoseAlgorithm::kEdDsa, "ED25519", nullptr, nullptr},
    AlgorithmRow{CoseAlgorithm::kEd25519, "ED25519", nullptr, nullptr},
    AlgorithmRow{CoseAlgorithm::kEd448, "ED448", nullptr, nullptr},
    AlgorithmRow{CoseAlgorithm::kRs256, "RSA", nullptr, "SHA256"},
    AlgorithmRow{CoseAlgorithm::kPs256, "RSA", nullptr, "SHA256"},
    AlgorithmRow{CoseAlgorithm::kMlDsa44, "ML-DSA-44", nullptr, nullptr},
    AlgorithmRow{CoseAlgorithm::kMlDsa65, "ML-DSA-65", nullptr, nullptr},
    AlgorithmRow{CoseAlgorithm::kMlDsa87, "ML-DSA-87", nullptr, nullptr},
};

/// What a signature operation is told beyond the digest: PSS with the salt of RFC 8230 §2, where
/// the algorithm is that.
std::array<OSSL_PARAM, 3> SignatureParams(CoseAlgorithm algorithm) {
  // OpenSSL reads these texts only.
  static char padding[] = "pss", salt[] = "digest";
  if (algorithm != CoseAlgorithm::kPs256) return {OSSL_PARAM_construct_end()};
  return {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding, 0),
          OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt, 0),
          OSSL_PARAM_construct_end()};
}

const AlgorithmRow* FindAlgorithm(CoseAlgorithm algorithm) {
  const auto row = std::ranges::find(kAlgorithms, algorithm, &AlgorithmRow::algorithm);
  return row == kAlgorithms.end() ? nullptr : row;
}

std::string GroupOf(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return {};
  return group.data();
}

bool Fits(EVP_PKEY* key, const AlgorithmRow& row) {
  return EVP_PKEY_is_a(key, row.key_type) == 1 &&
         (row.group == nullptr || GroupOf(key) == row.group);
}

/// A refusal of OpenSSL's, told as ours: its error queue is left empty for whoever reads it next on
/// this thread (TLS does).
tl::unexpected<Error> Refused(std::string message) {
  ERR_clear_error();
  return Fail(std::move(message));
}

std::shared_ptr<EVP_PKEY> Share(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

Result<Bytes, Error> Number(EVP_PKEY* key, const char* parameter, std::size_t width) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) {
    return Fail(std::string("the key has no ") + parameter);
  }
  const BigNumber number(raw);
  Bytes bytes(width == 0 ? static_cast<std::size_t>(BN_num_bytes(raw)) : width);
  if (BN_bn2binpad(raw, bytes.data(), static_cast<int>(bytes.size())) < 0) {
    return Fail(std::string("the key's ") + parameter + " is too large");
  }
  return bytes;
}

Result<EVP_PKEY*, Error> FromParams(const char* type, OSSL_PARAM* params) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return Refused(std::string("not a valid public key of type ") + type);
  }
  return key;
}

/// A key of a type that has an encoding of its own.
Result<EVP_PKEY*, Error> FromEncoding(const char* type, ByteView encoded) {
  EVP_PKEY* key =
      EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, encoded.data(), encoded.size());
  if (key == nullptr) return Refused(std::string("not a public key of type ") + type);
  return key;
}

/// The row of the key's type; the end where it is none of them.
template <typename Rows>
auto FindType(const Rows& rows, EVP_PKEY* key) {
  return std::ranges::find_if(
      rows, [key](const auto& row) { return EVP_PKEY_is_a(key, row.key_type) == 1; });
}

Bytes EncodingOf(EVP_PKEY* key, std::size_t size) {
  Bytes encoded(size);
  EVP_PKEY_get_raw_public_key(key, encoded.data(), &size);
  return encoded;
}

}  // namespace

bool IsAvailable(CoseAlgorithm algorithm) {
  if (std::ranges::none_of(kMlDsaSets, [&](const MlDsaRow& row) {
        return std::string_view(FindAlgorithm(algorithm)->key_type) == row.key_type;
      })) {
    return true;
  }
  static const bool has_ml_dsa = [] {
    EVP_SIGNATURE* found = EVP_SIGNATURE_fetch(nullptr, kMlDsaSets.front().key_type, nullptr);
    EVP_SIGNATURE_free(found);
    ERR_clear_error();
    return found != nullptr;
  }();
  return has_ml_dsa;
}

PublicKey PublicKey::Adopt(EVP_PKEY* key) {
  PublicKey made;
  made.key_ = Share(key);
  return made;
}

Result<PublicKey, Error> PublicKey::From(const EcPoint& point) {
  const auto row = std::ranges::find(kCurves, point.curve, &CurveRow::curve);
  if (point.x.size() != row->field_size || point.y.size() != row->field_size) {
    return Fail("a coordinate on " + std::string(row->group) + " has " +
                std::to_string(row->field_size) + " bytes");
  }
  std::string group = row->group;
  Bytes encoded = Concat({ByteArray<1>{0x04}, point.x, point.y});
  std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
      OSSL_PARAM_construct_end()};
  return Adopt(TRY(FromParams("EC", params.data())));
}

Result<PublicKey, Error> PublicKey::From(const EdwardsPoint& point) {
  const auto row = std::ranges::find(kEdwardsCurves, point.curve, &EdwardsRow::curve);
  return Adopt(TRY(FromEncoding(row->key_type, point.x)));
}

Result<PublicKey, Error> PublicKey::From(const MlDsaKey& key) {
  const auto row = std::ranges::find(kMlDsaSets, key.set, &MlDsaRow::set);
  return Adopt(TRY(FromEncoding(row->key_type, key.encoded)));
}

Result<PublicKey, Error> PublicKey::From(const RsaNumbers& numbers) {
  const auto number = [](const Bytes& bytes) {
    return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  };
  const BigNumber n = number(numbers.n);
  const BigNumber e = number(numbers.e);
  if (BN_num_bits(n.get()) < 1024 || BN_is_odd(e.get()) == 0) {
    return Fail("not an RSA public key of at least 1,024 bits with an odd exponent");
  }
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return Adopt(TRY(FromParams("RSA", params.get())));
}

Result<EcPoint, Error> PublicKey::Ec() const {
  const auto row = std::ranges::find(kCurves, GroupOf(key_.get()), &CurveRow::group);
  if (row == kCurves.end()) return Fail("not a key on P-256, P-384, P-521 or secp256k1");
  EcPoint point{row->curve, {}, {}};
  point.x = TRY(Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, row->field_size));
  point.y = TRY(Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, row->field_size));
  return point;
}

Result<EdwardsPoint, Error> PublicKey::Edwards() const {
  const auto row = FindType(kEdwardsCurves, key_.get());
  if (row == kEdwardsCurves.end()) return Fail("not an Edwards key");
  return EdwardsPoint{row->curve, EncodingOf(key_.get(), row->key_size)};
}

Result<MlDsaKey, Error> PublicKey::MlDsa() const {
  const auto row = FindType(kMlDsaSets, key_.get());
  if (row == kMlDsaSets.end()) return Fail("not an ML-DSA key");
  return MlDsaKey{row->set, EncodingOf(key_.get(), row->key_size)};
}

Result<RsaNumbers, Error> PublicKey::Rsa() const {
  if (EVP_PKEY_is_a(key_.get(), "RSA") != 1) return Fail("not an RSA key");
  RsaNumbers numbers;
  numbers.n = TRY(Number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0));
  numbers.e = TRY(Number(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0));
  return numbers;
}

bool PublicKey::Verify(CoseAlgorithm algorithm, ByteView data, ByteView signature) const {
  const AlgorithmRow* row = FindAlgorithm(algorithm);
  if (row == nullptr || key_ == nullptr || !Fits(key_.get(), *row)) return false;
  const DigestContext context(EVP_MD_CTX_new());
  const auto params = SignatureParams(algorithm);
  const bool verified = EVP_DigestVerifyInit_ex(context.get(), nullptr, row->digest, nullptr,
                                                nullptr, key_.get(), params.data()) == 1 &&
                        EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         data.data(), data.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

bool operator==(const PublicKey& a, const PublicKey& b) {
  if (a.key_ == nullptr || b.key_ == nullptr) return a.key_ == b.key_;
  return EVP_PKEY_eq(a.key_.get(), b.key_.get()) == 1;
}

PrivateKey PrivateKey::Generate(CoseAlgorithm algorithm, RandomStream& stream) {
  constexpr std::size_t kRsaBits = 2048;
  const ScopedRandom random(stream);
  const AlgorithmRow& row = *FindAlgorithm(algorithm);
  EVP_PKEY* key = nullptr;
  if (row.group != nullptr) {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, row.key_type, row.group);
  } else if (std::string_view(row.key_type) == "RSA") {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, row.key_type, kRsaBits);
  } else {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, row.key_type);
  }
  if (key == nullptr) std::abort();  // an algorithm that is not available: a defect
  PrivateKey made;
  made.key_ = Share(key);
  return made;
}

Result<PrivateKey, Error> PrivateKey::FromPkcs8(ByteView der) {
  const unsigned char* cursor = der.data();
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  EVP_PKEY* key = info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get());
  if (key == nullptr) return Refused("not a PKCS #8 private key");
  PrivateKey made;
  made.key_ = Share(key);
  return made;
}

Result<PrivateKey, Error> PrivateKey::FromPem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr) return Refused("not a private key in PEM");
  PrivateKey made;
  made.key_ = Share(key);
  return made;
}

Bytes PrivateKey::ToPkcs8() const {
  const Pkcs8 info(EVP_PKEY2PKCS8(key_.get()));
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  Bytes bytes(der, der + std::max(size, 0));
  OPENSSL_clear_free(der, bytes.size());
  return bytes;
}

std::string PrivateKey::ToPem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

PublicKey PrivateKey::Public() const {
  EVP_PKEY_up_ref(key_.get());
  return PublicKey::Adopt(key_.get());
}

bool PrivateKey::Fits(CoseAlgorithm algorithm) const {
  const AlgorithmRow* row = FindAlgorithm(algorithm);
  return row != nullptr && crypto::Fits(key_.get(), *row);
}

Bytes PrivateKey::Sign(CoseAlgorithm algorithm, ByteView data, RandomStream& stream) const {
  const ScopedRandom random(stream);
  const AlgorithmRow& row = *FindAlgorithm(algorithm);
  const DigestContext context(EVP_MD_CTX_new());
  const auto params = SignatureParams(algorithm);
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
  Bytes signature(size);
  if (!crypto::Fits(key_.get(), row) ||
      EVP_DigestSignInit_ex(context.get(), nullptr, row.digest, nullptr, nullptr, key_.get(),
                            params.data()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) {
    std::abort();  // a key used with an algorithm that is not its own: a defect, never input
  }
  signature.resize(size);
  return signature;
}

Result<Bytes, Error> PrivateKey::Ecdh(const PublicKey& peer) const {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  Bytes shared(32);
  std::size_t size = shared.size();
  if (EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.Handle()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &size) != 1 || size != shared.size()) {
    return Refused("the peer's key is not on the curve of this key");
  }
  return shared;
}

}  // namespace keyrig::crypto
