#include "virtual-key/authenticator/wrapped_credentials.h"

#include <algorithm>

#include "harness/base/crypto.h"
#include "virtual-key/authenticator/compact_key.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kNonceSize = 16, kMacSize = 32, kBlockSize = 16;
constexpr std::size_t kHeaderSize = 6;  // algorithm, credProtect, has hmac-secret
constexpr std::size_t kRemembered = 16;

std::size_t PaddedSize(std::size_t size) {
  return (size + kBlockSize - 1) / kBlockSize * kBlockSize;
}

}  // namespace

WrappedCredentials::WrappedCredentials(const ByteArray<32>& wrapping_key)
    : encryption_key_(crypto::HmacSha256(wrapping_key, ViewOf("encryption"))),
      mac_key_(crypto::HmacSha256(wrapping_key, ViewOf("authentication"))),
      secret_key_(crypto::HmacSha256(wrapping_key, ViewOf("hmac-secret"))) {}

std::size_t WrappedCredentials::MaxIdSize(std::span<const CoseAlgorithm> algorithms) {
  std::size_t size = 0;
  for (const CoseAlgorithm algorithm : algorithms) {
    size =
        std::max(size, kNonceSize + PaddedSize(kHeaderSize + CompactKeySize(algorithm)) + kMacSize);
  }
  return size;
}

void WrappedCredentials::Wrap(StoredCredential& credential, RandomStream& stream) const {
  const Bytes nonce = stream.Take(kNonceSize);
  Bytes plain = BigEndian32(static_cast<std::uint32_t>(credential.algorithm));
  plain.push_back(credential.cred_protect);
  plain.push_back(credential.has_hmac_secret ? 1 : 0);
  Append(plain, ToCompactKey(credential.algorithm, credential.key));
  plain.resize(PaddedSize(plain.size()));
  credential.id.bytes = Concat({nonce, *crypto::Aes256CbcEncrypt(encryption_key_, nonce, plain)});
  Append(credential.id.bytes, Mac(credential.rp, credential.id.bytes));
  credential.cred_random_with_uv = Secret(nonce, "with user verification");
  credential.cred_random_without_uv = Secret(nonce, "without user verification");
}

const StoredCredential* WrappedCredentials::Unwrap(ByteView id, const RpId& rp) {
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    if (!Equal(it->id.bytes, id)) continue;
    if (it->rp != rp) return nullptr;
    recent_.splice(recent_.begin(), recent_, it);
    return &recent_.front();
  }
  if (id.size() < kNonceSize + kBlockSize + kMacSize) return nullptr;
  const ByteView sealed = id.first(id.size() - kMacSize);
  if (!crypto::ConstantTimeEqual(Mac(rp, sealed), id.last(kMacSize))) return nullptr;
  const ByteView nonce = sealed.first(kNonceSize);
  const auto plain = crypto::Aes256CbcDecrypt(encryption_key_, nonce, sealed.subspan(kNonceSize));
  if (!plain || plain->size() < kHeaderSize) return nullptr;
  const ByteView fields = *plain;
  StoredCredential credential;
  credential.id.bytes = ToBytes(id);
  credential.rp = rp;
  credential.algorithm = static_cast<CoseAlgorithm>(ReadBigEndian32(fields.first<4>()));
  credential.cred_protect = fields[4];
  credential.has_hmac_secret = fields[5] != 0;
  const std::size_t key_size = CompactKeySize(credential.algorithm);
  if (fields.size() < kHeaderSize + key_size) return nullptr;
  auto key = FromCompactKey(credential.algorithm, fields.subspan(kHeaderSize, key_size));
  if (!key) return nullptr;
  credential.key = std::move(*key);
  credential.cred_random_with_uv = Secret(nonce, "with user verification");
  credential.cred_random_without_uv = Secret(nonce, "without user verification");
  recent_.push_front(std::move(credential));
  if (recent_.size() > kRemembered) recent_.pop_back();
  return &recent_.front();
}

ByteArray<32> WrappedCredentials::Mac(const RpId& rp, ByteView nonce_and_ciphertext) const {
  return crypto::HmacSha256(mac_key_,
                            Concat({crypto::Sha256(ViewOf(rp.text)), nonce_and_ciphertext}));
}

ByteArray<32> WrappedCredentials::Secret(ByteView nonce, std::string_view purpose) const {
  return crypto::HmacSha256(secret_key_, Concat({nonce, ViewOf(purpose)}));
}

}  // namespace keyrig::authenticator
