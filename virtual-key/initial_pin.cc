#include "virtual-key/initial_pin.h"

#include <cstdint>

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"
#include "virtual-key/authenticator/status.h"

namespace keyrig::virtual_key {
namespace {

using authenticator::Status;

constexpr std::uint8_t kClientPin = 0x06;
constexpr int kProtocolOne = 1, kProtocolTwo = 2;
constexpr int kGetKeyAgreement = 2;
constexpr int kSetPin = 3;
constexpr std::size_t kPaddedPin = 64;
constexpr std::size_t kLongestPin = 63;

Result<cbor::Value, Status> Call(authenticator::Authenticator& key, cbor::Map request) {
  const Bytes reply = key.Process(
      Concat({ByteArray<1>{kClientPin}, cbor::Encode(cbor::Value(std::move(request)))}));
  if (reply.empty()) return Err(Status::kOther);
  const auto status = static_cast<Status>(reply.front());
  if (status != Status::kOk) return Err(status);
  if (reply.size() == 1) return cbor::Value();
  auto body = cbor::Decode(ByteView(reply).subspan(1));
  if (!body) return Err(Status::kInvalidCbor);
  return *std::move(body);
}

Result<crypto::PublicKey, Error> PeerKey(const cbor::Value& reply) {
  const cbor::Value* key = reply.Find(1);
  const Bytes* x = key ? (key->Find(-2) ? key->Find(-2)->AsBytes() : nullptr) : nullptr;
  const Bytes* y = key ? (key->Find(-3) ? key->Find(-3)->AsBytes() : nullptr) : nullptr;
  if (!x || !y) return Fail("the key's key agreement has no coordinates");
  return crypto::PublicKey::From(crypto::EcPoint{crypto::Curve::kP256, *x, *y});
}

cbor::Value CoseKey(const crypto::EcPoint& point) {
  return cbor::Map{{1, 2}, {3, -25}, {-1, 1}, {-2, point.x}, {-3, point.y}};
}

/// CTAP 2.1 §6.5.6, §6.5.7: one protocol uses a key for both, the other derives one for each use.
struct Secret {
  int protocol;
  Bytes hmac_key, aes_key;

  static Secret From(int protocol, ByteView agreed) {
    if (protocol == kProtocolOne) {
      const Bytes key = ToBytes(crypto::Sha256(agreed));
      return {protocol, key, key};
    }
    const Bytes salt(32);
    return {protocol, crypto::HkdfSha256(agreed, salt, ViewOf("CTAP2 HMAC key"), 32),
            crypto::HkdfSha256(agreed, salt, ViewOf("CTAP2 AES key"), 32)};
  }
  Result<Bytes, Error> Encrypt(ByteView data, RandomStream& stream) const {
    if (protocol == kProtocolOne) return crypto::Aes256CbcEncrypt(aes_key, Bytes(16), data);
    const Bytes iv = stream.Take(16);
    const Bytes encrypted = TRY(crypto::Aes256CbcEncrypt(aes_key, iv, data));
    return Concat({iv, encrypted});
  }
  Bytes Authenticate(ByteView message) const {
    const auto mac = crypto::HmacSha256(hmac_key, message);
    return ToBytes(ByteView(mac).first(protocol == kProtocolOne ? 16 : 32));
  }
};

Error Refusal(Status status) {
  std::string message = "the key refused the initial PIN with " + std::string(Name(status));
  if (status == Status::kPinPolicyViolation) {
    message += "; a PIN has at least 4 characters (or what the key asks for) and at most 63 bytes";
  }
  return Error{message};
}

}  // namespace

Result<void, Error> SetInitialPin(authenticator::Authenticator& key, const std::string& pin,
                                  Rng& rng) {
  if (!IsUtf8(ViewOf(pin))) return Fail("the initial PIN is not UTF-8");
  if (pin.size() > kLongestPin) return Err(Refusal(Status::kPinPolicyViolation));
  RandomStream stream = rng.Stream("initial_pin");

  int protocol = kProtocolTwo;
  auto agreed = Call(key, {{1, protocol}, {2, kGetKeyAgreement}});
  if (!agreed && agreed.error() == Status::kInvalidParameter) {
    protocol = kProtocolOne;
    agreed = Call(key, {{1, protocol}, {2, kGetKeyAgreement}});
  }
  if (!agreed) return Err(Refusal(agreed.error()));
  const crypto::PublicKey peer = TRY(PeerKey(*agreed));
  const auto own = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  const crypto::EcPoint point = TRY(own.Public().Ec());
  const Bytes shared = TRY(own.Ecdh(peer));
  const Secret secret = Secret::From(protocol, shared);
  Bytes padded = ToBytes(pin);
  padded.resize(kPaddedPin);
  const Bytes new_pin_enc = TRY(secret.Encrypt(padded, stream));

  const auto set = Call(key, {{1, protocol},
                              {2, kSetPin},
                              {3, CoseKey(point)},
                              {4, secret.Authenticate(new_pin_enc)},
                              {5, new_pin_enc}});
  if (!set) return Err(Refusal(set.error()));
  return {};
}

Result<void, Error> ExpectPin(const authenticator::DeviceState& memory, const std::string& pin) {
  const auto digest = crypto::Sha256(ViewOf(pin));
  if (memory.pin_hash && crypto::ConstantTimeEqual(ByteView(digest).first(16), *memory.pin_hash)) {
    return {};
  }
  return Fail("the key remembers another PIN; start it with that one, or without a PIN");
}

}  // namespace keyrig::virtual_key
