#include "harness/conformance/pin_protocol.h"

#include <algorithm>

#include "harness/conformance/ctap.h"

namespace keyrig::conformance {
namespace {

constexpr std::size_t kBlock = 16;

}  // namespace

OrStop<PinProtocol> PinProtocol::Agree(int number, const cbor::Value& authenticator_key,
                                       RandomStream stream) {
  const Bytes* x = At(authenticator_key, -2).AsBytes();
  const Bytes* y = At(authenticator_key, -3).AsBytes();
  if (x == nullptr || y == nullptr || x->size() != 32 || y->size() != 32) {
    return Failed("getKeyAgreement: no COSE key with two coordinates of 32 bytes: " +
                  cbor::Diagnose(authenticator_key));
  }
  const auto theirs =
      TRY(FromBench(crypto::PublicKey::From(crypto::EcPoint{crypto::Curve::kP256, *x, *y})));
  PinProtocol protocol(std::move(stream));
  const auto ours = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, protocol.stream_);
  const Bytes z = TRY(FromBench(ours.Ecdh(theirs)));
  const auto point = TRY(FromBench(ours.Public().Ec()));
  protocol.number_ = number;
  protocol.key_ = cbor::Map{{1, 2}, {3, -25}, {-1, 1}, {-2, point.x}, {-3, point.y}};
  if (number == 1) {
    protocol.hmac_key_ = ToBytes(ByteView(crypto::Sha256(z)));
    protocol.aes_key_ = protocol.hmac_key_;
  } else {
    const Bytes salt(32, 0);
    protocol.hmac_key_ = crypto::HkdfSha256(z, salt, ViewOf("CTAP2 HMAC key"), 32);
    protocol.aes_key_ = crypto::HkdfSha256(z, salt, ViewOf("CTAP2 AES key"), 32);
  }
  return protocol;
}

Bytes PinProtocol::Encrypt(ByteView plain) {
  const Bytes iv = number_ == 1 ? Bytes(kBlock, 0) : stream_.Take(kBlock);
  const Bytes cipher = crypto::Aes256CbcEncrypt(aes_key_, iv, plain).value_or(Bytes());
  return number_ == 1 ? cipher : Concat({iv, cipher});
}

OrStop<Bytes> PinProtocol::Decrypt(ByteView cipher) const {
  Bytes iv(kBlock, 0);
  if (number_ != 1) {
    if (cipher.size() < kBlock) return Failed("the key encrypted less than an IV");
    std::ranges::copy(cipher.first(kBlock), iv.begin());
    cipher = cipher.subspan(kBlock);
  }
  return FromBench(crypto::Aes256CbcDecrypt(aes_key_, iv, cipher));
}

Bytes PinProtocol::Authenticate(ByteView data) const {
  return AuthenticateWith(number_, hmac_key_, data);
}

Bytes AuthenticateWith(int number, ByteView token, ByteView data) {
  if (number != 1 && token.size() > 32) token = token.first(32);
  const auto mac = crypto::HmacSha256(token, data);
  return ToBytes(ByteView(mac).first(number == 1 ? 16 : 32));
}

}  // namespace keyrig::conformance
