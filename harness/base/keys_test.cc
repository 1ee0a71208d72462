#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <algorithm>
#include <iterator>

#include "harness/base/crypto.h"
#include "harness/base/test_hex.h"

/// As scoped_random.cc provides it to libfido2; newer C libraries declare it, too.
extern "C" void arc4random_buf(void* out, std::size_t count) noexcept;

namespace keyrig::crypto {
namespace {

/// A P-256 private key from its scalar (RFC 5915 inside RFC 5958).
PrivateKey P256(std::string_view scalar) {
  const Bytes prefix =
      Hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
  return PrivateKey::FromPkcs8(Concat({prefix, Hex(scalar)})).value();
}

/// An Ed25519 private key from its seed (RFC 8410).
PrivateKey Ed25519(std::string_view seed) {
  return PrivateKey::FromPkcs8(Concat({Hex("302e020100300506032b657004220420"), Hex(seed)}))
      .value();
}

// NIST CAVP, KAS_ECC_CDH_PrimitiveTest.txt, P-256, COUNT = 0.
TEST(EcdhTest, P256) {
  const auto key = P256("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534");
  const auto own = key.Public().Ec().value();
  EXPECT_EQ(ToHex(own.x), "ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230");
  EXPECT_EQ(ToHex(own.y), "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141");
  const auto peer = PublicKey::From(
      EcPoint{Curve::kP256, Hex("700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"),
              Hex("db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac")});
  EXPECT_EQ(ToHex(key.Ecdh(peer.value()).value()),
            "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
}

TEST(EcdhTest, ThePeerIsOnTheSameCurve) {
  Rng rng(1);
  auto stream = rng.Stream("peer");
  const auto key = PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  EXPECT_FALSE(key.Ecdh(PrivateKey::Generate(CoseAlgorithm::kEs384, stream).Public()));
  EXPECT_FALSE(key.Ecdh(PrivateKey::Generate(CoseAlgorithm::kEdDsa, stream).Public()));
}

struct Ed25519Row {
  const char *seed, *public_key, *message, *signature;
};

// RFC 8032 §7.1, tests 1 and 2.
constexpr Ed25519Row kEd25519Rows[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"}};

TEST(SignTest, Ed25519) {
  Rng rng(1);
  auto stream = rng.Stream("not drawn from");
  for (const auto& [seed, public_key, message, signature] : kEd25519Rows) {
    const auto key = Ed25519(seed);
    EXPECT_EQ(ToHex(key.Public().Edwards()->x), public_key);
    EXPECT_EQ(ToHex(key.Sign(CoseAlgorithm::kEdDsa, Hex(message), stream)), signature);
    EXPECT_TRUE(key.Public().Verify(CoseAlgorithm::kEdDsa, Hex(message), Hex(signature)));
    EXPECT_FALSE(key.Public().Verify(CoseAlgorithm::kEdDsa, Hex("00"), Hex(signature)));
  }
}

/// Whether the two differ in their number alone (RFC 9864).
bool IsSameSignature(CoseAlgorithm a, CoseAlgorithm b) {
  using enum CoseAlgorithm;
  constexpr std::pair<CoseAlgorithm, CoseAlgorithm> kTwins[] = {
      {kEs256, kEsp256}, {kEs384, kEsp384}, {kEs512, kEsp512}, {kEdDsa, kEd25519}};
  return a == b || std::ranges::any_of(kTwins, [&](const auto& twins) {
           return twins == std::pair(a, b) || twins == std::pair(b, a);
         });
}

class EveryAlgorithmTest : public testing::TestWithParam<CoseAlgorithm> {
 protected:
  Rng rng{7};
  RandomStream stream = rng.Stream("key");
  PrivateKey key = PrivateKey::Generate(GetParam(), stream);
};

TEST_P(EveryAlgorithmTest, SignsWhatItsPublicKeyVerifies) {
  const Bytes data = ToBytes("what is signed");
  Bytes signature = key.Sign(GetParam(), data, stream);
  EXPECT_TRUE(key.Public().Verify(GetParam(), data, signature));
  EXPECT_FALSE(key.Public().Verify(GetParam(), ViewOf("what was not"), signature));
  signature.back() ^= 1;
  EXPECT_FALSE(key.Public().Verify(GetParam(), data, signature));
  EXPECT_FALSE(key.Public().Verify(GetParam(), data, {}));
}

TEST_P(EveryAlgorithmTest, VerifiesByNoOtherAlgorithm) {
  const Bytes data = ToBytes("what is signed");
  const Bytes signature = key.Sign(GetParam(), data, stream);
  for (const CoseAlgorithm other : kCoseAlgorithms) {
    EXPECT_EQ(key.Public().Verify(other, data, signature), IsSameSignature(other, GetParam()))
        << Name(other);
  }
}

TEST_P(EveryAlgorithmTest, ASeededRunRepeatsToTheByte) {
  const Bytes data = ToBytes("what is signed");
  const Bytes signature = key.Sign(GetParam(), data, stream);
  Rng again(7);
  auto again_stream = again.Stream("key");
  const auto again_key = PrivateKey::Generate(GetParam(), again_stream);
  EXPECT_EQ(again_key.ToPkcs8(), key.ToPkcs8());
  EXPECT_EQ(again_key.Sign(GetParam(), data, again_stream), signature);
}

TEST_P(EveryAlgorithmTest, AnotherSeedMakesAnotherKey) {
  Rng other(8);
  auto other_stream = other.Stream("key");
  EXPECT_NE(PrivateKey::Generate(GetParam(), other_stream).ToPkcs8(), key.ToPkcs8());
}

TEST_P(EveryAlgorithmTest, SurvivesItsEncodings) {
  EXPECT_EQ(PrivateKey::FromPkcs8(key.ToPkcs8())->Public(), key.Public());
  EXPECT_EQ(PrivateKey::FromPem(key.ToPem())->Public(), key.Public());
  const PublicKey from_numbers = [&] {
    if (const auto point = key.Public().Ec()) return PublicKey::From(*point).value();
    if (const auto point = key.Public().Edwards()) return PublicKey::From(*point).value();
    if (const auto encoded = key.Public().MlDsa()) return PublicKey::From(*encoded).value();
    return PublicKey::From(key.Public().Rsa().value()).value();
  }();
  EXPECT_EQ(from_numbers, key.Public());
}

std::vector<CoseAlgorithm> Available() {
  std::vector<CoseAlgorithm> available;
  std::ranges::copy_if(kCoseAlgorithms, std::back_inserter(available), IsAvailable);
  return available;
}

INSTANTIATE_TEST_SUITE_P(Algorithms, EveryAlgorithmTest, testing::ValuesIn(Available()),
                         [](const auto& row) {
                           std::string name(Name(row.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(IsAvailableTest, OnlyMlDsaDependsOnOpenSsl) {
  const bool has_ml_dsa = OpenSSL_version_num() >= 0x30500000L;
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    const bool is_ml_dsa = Name(algorithm).starts_with("ML-DSA");
    EXPECT_EQ(IsAvailable(algorithm), has_ml_dsa || !is_ml_dsa) << Name(algorithm);
  }
}

TEST(PublicKeyTest, RefusesWhatIsNoKey) {
  EXPECT_FALSE(PublicKey::From(EcPoint{Curve::kP256, Bytes(32, 1), Bytes(32, 1)}));
  EXPECT_FALSE(PublicKey::From(EcPoint{Curve::kP256, Bytes(31, 1), Bytes(32, 1)}));
  EXPECT_FALSE(PublicKey::From(EdwardsPoint{EdwardsCurve::kEd25519, Bytes(31, 1)}));
  EXPECT_FALSE(PublicKey::From(MlDsaKey{MlDsaSet::k44, Bytes(1311, 1)}));
  EXPECT_FALSE(PublicKey::From(RsaNumbers{Bytes(64, 0xFF), Bytes{1, 0, 1}}));
  EXPECT_FALSE(PublicKey::From(RsaNumbers{Bytes(256, 0xFF), Bytes{1, 0, 0}}));
  EXPECT_FALSE(PrivateKey::FromPkcs8(Bytes{0x30, 0x00}));
  EXPECT_FALSE(PrivateKey::FromPem("not PEM"));
}

TEST(PublicKeyTest, ARefusalLeavesNoErrorForTlsToFind) {
  Rng rng(1);
  auto stream = rng.Stream("key");
  const auto key = PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  ERR_clear_error();
  EXPECT_FALSE(key.Public().Verify(CoseAlgorithm::kEs256, Bytes(8), Bytes(8)));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(PublicKey::From(EcPoint{Curve::kP256, Bytes(32, 1), Bytes(32, 1)}));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(PublicKey::From(EdwardsPoint{EdwardsCurve::kEd25519, Bytes(31, 1)}));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(PrivateKey::FromPem("not PEM"));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(PrivateKey::FromPkcs8(Bytes{0x30, 0x00}));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(key.Ecdh(PrivateKey::Generate(CoseAlgorithm::kEdDsa, stream).Public()));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(ScopedRandomTest, NestsAndReturnsThePreviousStream) {
  Rng rng(3);
  auto outer = rng.Stream("outer");
  auto inner = rng.Stream("inner");
  EXPECT_EQ(ScopedRandom::Current(), nullptr);
  {
    const ScopedRandom first(outer);
    {
      const ScopedRandom second(inner);
      EXPECT_EQ(ScopedRandom::Current(), &inner);
    }
    EXPECT_EQ(ScopedRandom::Current(), &outer);
  }
  EXPECT_EQ(ScopedRandom::Current(), nullptr);
}

TEST(ScopedRandomTest, FeedsLibfido2sSource) {
  const auto draw = [] {
    Rng rng(4);
    auto stream = rng.Stream("nonce");
    const ScopedRandom random(stream);
    Bytes bytes(24);
    arc4random_buf(bytes.data(), bytes.size());
    return bytes;
  };
  EXPECT_EQ(draw(), draw());
  Rng rng(4);
  EXPECT_EQ(draw(), rng.Stream("nonce").Take(24));
  Bytes unseeded(24);
  arc4random_buf(unseeded.data(), unseeded.size());
  EXPECT_NE(unseeded, draw());
}

}  // namespace
}  // namespace keyrig::crypto
