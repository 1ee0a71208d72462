#include "mock-entra/webauthn/cose_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/webauthn/test_authenticator.h"

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

/// A valid key map of one algorithm, whose members a test then changes.
class CoseKeyTest : public testing::Test {
 protected:
  Rng rng{2};
  RandomStream stream = rng.Stream("cose key test");

  cbor::Map Make(CoseAlgorithm algorithm) {
    return CoseKeyOf(crypto::PrivateKey::Generate(algorithm, stream).Public(), algorithm);
  }
  static cbor::Map With(cbor::Map map, std::int64_t label, cbor::Value value) {
    for (auto& [key, member] : map) {
      if (key.AsInt() == label) {
        member = std::move(value);
        return map;
      }
    }
    map.emplace_back(label, std::move(value));
    return map;
  }
  static cbor::Map Without(cbor::Map map, std::int64_t label) {
    std::erase_if(map, [label](const auto& member) { return member.first.AsInt() == label; });
    return map;
  }
  static void ExpectRefused(const cbor::Value& map, const std::string& message) {
    const auto key = DecodeCoseKey(map);
    ASSERT_FALSE(key) << "accepted; expected: " << message;
    EXPECT_THAT(key.error().message, HasSubstr(message));
  }
};

TEST_F(CoseKeyTest, EveryMissingMemberIsRefused) {
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    if (!crypto::IsAvailable(algorithm)) continue;
    const auto map = Make(algorithm);
    ASSERT_TRUE(DecodeCoseKey(map));
    for (const auto& [label, value] : map) {
      ExpectRefused(Without(map, *label.AsInt()), "COSE key");
    }
  }
}

TEST_F(CoseKeyTest, AlgorithmBindsKeyTypeAndCurve) {
  ExpectRefused(With(Make(CoseAlgorithm::kEs256), 3, -8), "label 1 must be 1");
  ExpectRefused(With(Make(CoseAlgorithm::kEs256), 3, -35), "label -1 must be 2");
  ExpectRefused(With(Make(CoseAlgorithm::kEdDsa), 3, -53), "label -1 must be 7");
  ExpectRefused(With(Make(CoseAlgorithm::kRs256), 1, 2), "label 1 must be 3");
}

TEST_F(CoseKeyTest, EveryAlgorithmVerifiesWhatItsKeySigned) {
  const Bytes data = Bytes(69, 0x5A);
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    if (!crypto::IsAvailable(algorithm)) continue;
    const auto key = crypto::PrivateKey::Generate(algorithm, stream);
    Bytes signature = key.Sign(algorithm, data, stream);
    const auto decoded = DecodeCoseKey(CoseKeyOf(key.Public(), algorithm));
    ASSERT_TRUE(decoded) << Name(algorithm) << ": " << decoded.error().message;
    EXPECT_TRUE(decoded->key->Verify(algorithm, data, signature)) << Name(algorithm);
    signature[signature.size() / 2] ^= 1;
    EXPECT_FALSE(decoded->key->Verify(algorithm, data, signature)) << Name(algorithm);
  }
}

TEST_F(CoseKeyTest, Secp256k1IsNotP256) {
  ExpectRefused(With(Make(CoseAlgorithm::kEs256k), 3, -7), "label -1 must be 1");
  ExpectRefused(With(Make(CoseAlgorithm::kEs256), 3, -47), "label -1 must be 8");
  EXPECT_FALSE(DecodeCoseKey(With(With(Make(CoseAlgorithm::kEs256), 3, -47), -1, 8)))
      << "a point of P-256 is not on secp256k1";
}

TEST_F(CoseKeyTest, OtherParametersAreRefused) {
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    if (!crypto::IsAvailable(algorithm)) continue;
    ExpectRefused(With(Make(algorithm), 4, cbor::Array{2}), "other than the required");
  }
}

TEST_F(CoseKeyTest, CoordinatesHaveTheLengthOfTheField) {
  auto map = Make(CoseAlgorithm::kEs256);
  ExpectRefused(With(map, -2, Bytes(31, 1)), "32 bytes");
  ExpectRefused(With(map, -3, Bytes(33, 1)), "32 bytes");
  ExpectRefused(With(map, -3, true), "label -3 is not a byte string");
  ExpectRefused(With(Make(CoseAlgorithm::kEs512), -2, Bytes(65, 1)), "66 bytes");
  ExpectRefused(With(Make(CoseAlgorithm::kEdDsa), -2, Bytes(33, 1)), "32 bytes");
  ExpectRefused(With(Make(CoseAlgorithm::kEd448), -2, Bytes(56, 1)), "57 bytes");
}

TEST_F(CoseKeyTest, ThePointIsOnTheCurve) {
  auto map = Make(CoseAlgorithm::kEs256);
  Bytes x = *cbor::Value(map).Find(-2)->AsBytes();
  x.back() ^= 1;
  EXPECT_FALSE(DecodeCoseKey(With(map, -2, x)));
}

TEST_F(CoseKeyTest, RsaNumbersAreMinimal) {
  auto map = Make(CoseAlgorithm::kRs256);
  ExpectRefused(With(map, -2, Bytes{0x00, 0x01, 0x00, 0x01}), "zero byte");
  ExpectRefused(With(map, -1, Bytes{}), "empty");
}

TEST_F(CoseKeyTest, AnUnknownAlgorithmKeepsItsNumberAndHasNoKey) {
  const auto key = DecodeCoseKey(cbor::Map{{1, 7}, {3, -65535}});
  ASSERT_TRUE(key);
  EXPECT_EQ(key->algorithm, -65535);
  EXPECT_FALSE(key->key);
}

TEST_F(CoseKeyTest, MustBeAMap) { ExpectRefused(cbor::Array{}, "not a map"); }

}  // namespace
}  // namespace keyrig::webauthn
