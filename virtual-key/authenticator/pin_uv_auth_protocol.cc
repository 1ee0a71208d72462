#include "virtual-key/authenticator/pin_uv_auth_protocol.h"

#include <algorithm>

#include "virtual-key/authenticator/cose_key.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kBlockSize = 16;
constexpr ByteArray<kBlockSize> kZeroIv{};
constexpr ByteArray<32> kZeroSalt{};

ByteArray<32> Expand(ByteView agreed_x, std::string_view info) {
  ByteArray<32> key;
  std::ranges::copy(crypto::HkdfSha256(agreed_x, kZeroSalt, ViewOf(info), key.size()), key.begin());
  return key;
}

PinUvAuthToken NewToken(Rng& rng) {
  ByteArray<32> value;
  rng.Stream("authenticator/pin-uv-auth-token").Fill(value);
  return PinUvAuthToken(value);
}

crypto::PrivateKey NewKeyAgreementKey(Rng& rng) {
  auto stream = rng.Stream("authenticator/key-agreement");
  return crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
}

}  // namespace

bool VerifyMac(PinUvAuthProtocolNumber protocol, ByteView key, ByteView message, ByteView mac) {
  const auto expected = crypto::HmacSha256(key, message);
  const std::size_t size = protocol == PinUvAuthProtocolNumber::kOne ? 16 : 32;
  return crypto::ConstantTimeEqual(ByteView(expected).first(size), mac);
}

SharedSecret::SharedSecret(PinUvAuthProtocolNumber protocol, ByteView agreed_x)
    : protocol_(protocol) {
  if (protocol == PinUvAuthProtocolNumber::kOne) {
    hmac_key_ = aes_key_ = crypto::Sha256(agreed_x);
  } else {
    hmac_key_ = Expand(agreed_x, "CTAP2 HMAC key");
    aes_key_ = Expand(agreed_x, "CTAP2 AES key");
  }
}

Bytes SharedSecret::Encrypt(ByteView data, RandomStream& stream) const {
  if (protocol_ == PinUvAuthProtocolNumber::kOne) {
    return *crypto::Aes256CbcEncrypt(aes_key_, kZeroIv, data);
  }
  const Bytes iv = stream.Take(kBlockSize);
  return Concat({iv, *crypto::Aes256CbcEncrypt(aes_key_, iv, data)});
}

Result<Bytes, Error> SharedSecret::Decrypt(ByteView data) const {
  ByteView iv = kZeroIv;
  if (protocol_ == PinUvAuthProtocolNumber::kTwo) {
    if (data.size() < kBlockSize) return Fail("the ciphertext has no room for its IV");
    iv = data.first(kBlockSize);
    data = data.subspan(kBlockSize);
  }
  if (data.empty()) return Fail("the ciphertext is empty");
  return crypto::Aes256CbcDecrypt(aes_key_, iv, data);
}

bool SharedSecret::Verify(ByteView message, ByteView mac) const {
  return VerifyMac(protocol_, hmac_key_, message, mac);
}

PinUvAuthProtocol::PinUvAuthProtocol(PinUvAuthProtocolNumber number, Rng& rng)
    : number_(number), key_(NewKeyAgreementKey(rng)), token_(NewToken(rng)) {}

void PinUvAuthProtocol::Regenerate(Rng& rng) { key_ = NewKeyAgreementKey(rng); }

cbor::Value PinUvAuthProtocol::PublicKey() const { return EncodeKeyAgreement(key_.Public()); }

Outcome<SharedSecret> PinUvAuthProtocol::Decapsulate(const cbor::Value& platform_key) const {
  const auto peer = DecodeKeyAgreement(platform_key);
  if (!peer) return Err(Status::kInvalidParameter);
  const auto agreed = key_.Ecdh(*peer);
  if (!agreed) return Err(Status::kInvalidParameter);
  return SharedSecret(number_, *agreed);
}

void PinUvAuthProtocol::ResetToken(Rng& rng) { token_ = NewToken(rng); }

bool PinUvAuthProtocol::VerifyWithToken(ByteView message, ByteView mac, Instant now) {
  if (!token_.IsInUse(now) || !VerifyMac(number_, token_.Value(), message, mac)) return false;
  token_.MarkUsed();
  return true;
}

}  // namespace keyrig::authenticator
