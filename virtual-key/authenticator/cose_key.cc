#include "virtual-key/authenticator/cose_key.h"

namespace keyrig::authenticator {
namespace {

// Labels and values of RFC 9053 and the IANA COSE registry.
constexpr int kKty = 1, kAlg = 3, kCrv = -1, kX = -2, kY = -3, kRsaN = -1, kRsaE = -2;
constexpr int kOkp = 1, kEc2 = 2, kRsa = 3;
constexpr int kCurveP256 = 1, kCurveEd25519 = 6;
constexpr int kEcdhEsHkdf256 = -25;

cbor::Map EcMembers(int algorithm, const crypto::EcPoint& point) {
  return {{kKty, kEc2}, {kAlg, algorithm}, {kCrv, kCurveP256}, {kX, point.x}, {kY, point.y}};
}

}  // namespace

cbor::Value EncodeCoseKey(CoseAlgorithm algorithm, const crypto::PublicKey& key) {
  const int number = static_cast<int>(algorithm);
  if (const auto point = key.Ec()) return EcMembers(number, *point);
  if (const auto point = key.Edwards()) {
    return cbor::Map{{kKty, kOkp}, {kAlg, number}, {kCrv, kCurveEd25519}, {kX, point->x}};
  }
  const auto numbers = key.Rsa();
  return cbor::Map{{kKty, kRsa}, {kAlg, number}, {kRsaN, numbers->n}, {kRsaE, numbers->e}};
}

cbor::Value EncodeKeyAgreement(const crypto::PublicKey& key) {
  return EcMembers(kEcdhEsHkdf256, *key.Ec());
}

std::optional<crypto::PublicKey> DecodeKeyAgreement(const cbor::Value& cose_key) {
  const auto is = [&](int label, int expected) {
    const cbor::Value* member = cose_key.Find(label);
    return member != nullptr && member->AsInt() == expected;
  };
  const auto coordinate = [&](int label) -> const Bytes* {
    const cbor::Value* member = cose_key.Find(label);
    const Bytes* bytes = member == nullptr ? nullptr : member->AsBytes();
    return bytes != nullptr && bytes->size() == 32 ? bytes : nullptr;
  };
  const Bytes* x = coordinate(kX);
  const Bytes* y = coordinate(kY);
  // The algorithm is not looked at: platforms differ in it, and the curve says it all.
  if (!is(kKty, kEc2) || !is(kCrv, kCurveP256) || x == nullptr || y == nullptr) return std::nullopt;
  auto key = crypto::PublicKey::From(crypto::EcPoint{crypto::Curve::kP256, *x, *y});
  if (!key) return std::nullopt;
  return std::move(*key);
}

}  // namespace keyrig::authenticator
