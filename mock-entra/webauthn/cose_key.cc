#include "mock-entra/webauthn/cose_key.h"

#include <string>

namespace keyrig::webauthn {
namespace {

// Labels and values of the IANA COSE registry.
constexpr std::int64_t kKeyType = 1;
constexpr std::int64_t kAlgorithm = 3;
constexpr std::int64_t kCurve = -1;     // EC2, OKP
constexpr std::int64_t kX = -2;         // EC2, OKP
constexpr std::int64_t kY = -3;         // EC2
constexpr std::int64_t kModulus = -1;   // RSA
constexpr std::int64_t kExponent = -2;  // RSA
constexpr std::int64_t kPublic = -1;    // AKP

constexpr std::int64_t kOkp = 1;
constexpr std::int64_t kEc2 = 2;
constexpr std::int64_t kRsa = 3;
constexpr std::int64_t kAkp = 7;

Result<std::int64_t, Error> Number(const cbor::Value& map, std::int64_t label) {
  const cbor::Value* member = map.Find(label);
  const auto number = member != nullptr ? member->AsInt() : std::nullopt;
  if (!number) return Fail("COSE key: label " + std::to_string(label) + " is not an integer");
  return *number;
}

Result<Bytes, Error> ByteString(const cbor::Value& map, std::int64_t label) {
  const cbor::Value* member = map.Find(label);
  const Bytes* bytes = member != nullptr ? member->AsBytes() : nullptr;
  if (bytes == nullptr) {
    return Fail("COSE key: label " + std::to_string(label) + " is not a byte string");
  }
  return *bytes;
}

Result<void, Error> Expect(const cbor::Value& map, std::int64_t label, std::int64_t expected) {
  if (TRY(Number(map, label)) == expected) return {};
  return Fail("COSE key: label " + std::to_string(label) + " must be " + std::to_string(expected) +
              " for this algorithm");
}

Result<void, Error> ExpectMembers(const cbor::Value& map, std::size_t count) {
  if (map.AsMap()->size() == count) return {};
  return Fail("COSE key: has parameters other than the required ones");
}

Result<crypto::PublicKey, Error> DecodeEc2(const cbor::Value& map, crypto::Curve curve,
                                           std::int64_t curve_number) {
  TRY(Expect(map, kKeyType, kEc2));
  TRY(Expect(map, kCurve, curve_number));
  TRY(ExpectMembers(map, 5));
  crypto::EcPoint point{curve, {}, {}};
  point.x = TRY(ByteString(map, kX));
  point.y = TRY(ByteString(map, kY));
  return crypto::PublicKey::From(point);  // checks the coordinates' lengths, too
}

Result<crypto::PublicKey, Error> DecodeOkp(const cbor::Value& map, crypto::EdwardsCurve curve,
                                           std::int64_t curve_number, std::size_t size) {
  TRY(Expect(map, kKeyType, kOkp));
  TRY(Expect(map, kCurve, curve_number));
  TRY(ExpectMembers(map, 4));
  crypto::EdwardsPoint point{curve, {}};
  point.x = TRY(ByteString(map, kX));
  if (point.x.size() != size) {
    return Fail("COSE key: x must have " + std::to_string(size) + " bytes");
  }
  return crypto::PublicKey::From(point);
}

Result<crypto::PublicKey, Error> DecodeRsa(const cbor::Value& map) {
  TRY(Expect(map, kKeyType, kRsa));
  TRY(ExpectMembers(map, 4));
  crypto::RsaNumbers numbers;
  numbers.n = TRY(ByteString(map, kModulus));
  numbers.e = TRY(ByteString(map, kExponent));
  // RFC 8230 §4: neither number may start with a zero byte.
  for (const Bytes* number : {&numbers.n, &numbers.e}) {
    if (number->empty() || number->front() == 0) {
      return Fail("COSE key: an RSA number is empty or starts with a zero byte");
    }
  }
  return crypto::PublicKey::From(numbers);
}

/// An ML-DSA key (RFC 9964 §3: an "algorithm key pair", whose algorithm says all but the key).
Result<crypto::PublicKey, Error> DecodeMlDsa(const cbor::Value& map, crypto::MlDsaSet set,
                                             std::size_t size) {
  TRY(Expect(map, kKeyType, kAkp));
  TRY(ExpectMembers(map, 3));
  crypto::MlDsaKey key{set, TRY(ByteString(map, kPublic))};
  if (key.encoded.size() != size) {
    return Fail("COSE key: pub must have " + std::to_string(size) + " bytes");
  }
  return crypto::PublicKey::From(key);
}

Result<crypto::PublicKey, Error> DecodeAs(CoseAlgorithm algorithm, const cbor::Value& map) {
  switch (algorithm) {
    case CoseAlgorithm::kEs256:
    case CoseAlgorithm::kEsp256:
      return DecodeEc2(map, crypto::Curve::kP256, 1);
    case CoseAlgorithm::kEs384:
    case CoseAlgorithm::kEsp384:
      return DecodeEc2(map, crypto::Curve::kP384, 2);
    case CoseAlgorithm::kEs512:
    case CoseAlgorithm::kEsp512:
      return DecodeEc2(map, crypto::Curve::kP521, 3);
    case CoseAlgorithm::kEs256k:
      return DecodeEc2(map, crypto::Curve::kSecp256k1, 8);
    case CoseAlgorithm::kEdDsa:
    case CoseAlgorithm::kEd25519:
      return DecodeOkp(map, crypto::EdwardsCurve::kEd25519, 6, 32);
    case CoseAlgorithm::kEd448:
      return DecodeOkp(map, crypto::EdwardsCurve::kEd448, 7, 57);
    case CoseAlgorithm::kRs256:
    case CoseAlgorithm::kPs256:
      return DecodeRsa(map);
    case CoseAlgorithm::kMlDsa44:
      return DecodeMlDsa(map, crypto::MlDsaSet::k44, 1312);
    case CoseAlgorithm::kMlDsa65:
      return DecodeMlDsa(map, crypto::MlDsaSet::k65, 1952);
    case CoseAlgorithm::kMlDsa87:
      return DecodeMlDsa(map, crypto::MlDsaSet::k87, 2592);
  }
  return Fail("COSE key: no such algorithm");
}

}  // namespace

std::optional<CoseAlgorithm> SupportedAlgorithm(std::int64_t number) {
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    if (!crypto::IsAvailable(algorithm)) continue;
    if (static_cast<std::int64_t>(algorithm) == number) return algorithm;
  }
  return std::nullopt;
}

Result<CredentialPublicKey, Error> DecodeCoseKey(const cbor::Value& map) {
  if (map.AsMap() == nullptr) return Fail("COSE key: not a map");
  CredentialPublicKey decoded;
  decoded.algorithm = TRY(Number(map, kAlgorithm));
  if (const auto algorithm = SupportedAlgorithm(decoded.algorithm)) {
    decoded.key = TRY(DecodeAs(*algorithm, map));
  }
  return decoded;
}

}  // namespace keyrig::webauthn
