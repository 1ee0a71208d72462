#include "virtual-key/authenticator/cose_key.h"

namespace keyrig::authenticator {
namespace {

// Labels and values of RFC 9053 and the IANA COSE registry.
constexpr int kKty = 1, kAlg = 3, kCrv = -1, kX = -2, kY = -3, kRsaN = -1, kRsaE = -2,
              kAkpPublic = -1;
constexpr int kOkp = 1, kEc2 = 2, kRsa = 3, kAkp = 7;
constexpr int kCurveP256 = 1, kCurveEd25519 = 6, kCurveEd448 = 7;
constexpr int kEcdhEsHkdf256 = -25;

int CurveNumber(crypto::Curve curve) {
  switch (curve) {
    case crypto::Curve::kP256:
      return kCurveP256;
    case crypto::Curve::kP384:
      return 2;
    case crypto::Curve::kP521:
      return 3;
    case crypto::Curve::kSecp256k1:
      return 8;
  }
  return 0;
}

cbor::Map EcMembers(int algorithm, const crypto::EcPoint& point) {
  const int curve = CurveNumber(point.curve);
  return {{kKty, kEc2}, {kAlg, algorithm}, {kCrv, curve}, {kX, point.x}, {kY, point.y}};
}

}  // namespace

cbor::Value EncodeCoseKey(CoseAlgorithm algorithm, const crypto::PublicKey& key) {
  const int number = static_cast<int>(algorithm);
  if (const auto point = key.Ec()) return EcMembers(number, *point);
  if (const auto point = key.Edwards()) {
    const bool is_25519 = point->curve == crypto::EdwardsCurve::kEd25519;
    const int curve = is_25519 ? kCurveEd25519 : kCurveEd448;
    return cbor::Map{{kKty, kOkp}, {kAlg, number}, {kCrv, curve}, {kX, point->x}};
  }
  if (const auto lattice = key.MlDsa()) {
    return cbor::Map{{kKty, kAkp}, {kAlg, number}, {kAkpPublic, lattice->encoded}};
  }
  const auto numbers = key.Rsa();
  return cbor::Map{{kKty, kRsa}, {kAlg, number}, {kRsaN, numbers->n}, {kRsaE, numbers->e}};
}

cbor::Value EncodeKeyAgreement(const crypto::PublicKey& key) {
  return EcMembers(kEcdhEsHkdf256, *key.Ec());
}

Bytes EncodePoint(const crypto::PublicKey& key) {
  const auto point = key.Ec();
  return Concat({ByteArray<1>{0x04}, point->x, point->y});
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
