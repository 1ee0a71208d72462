#include "virtual-key/authenticator/wrapped_credentials.h"

#include <algorithm>

#include "harness/base/crypto.h"
#include "virtual-key/authenticator/compact_key.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kNonceSize = 16, kMacSize = 32, kBlockSize = 16;
constexpr std::size_t kHeaderSize = 6;  // algorithm, credProtect, flags

/// What a credential has, one bit each.
constexpr std::uint8_t kHmacSecretFlag = 0x01, kPaymentFlag = 0x02;
constexpr std::uint8_t kBackupEligibleFlag = 0x04, kBackedUpFlag = 0x08;

std::uint8_t FlagsOf(const StoredCredential& credential) {
  unsigned flags = 0;
  if (credential.has_hmac_secret) flags |= kHmacSecretFlag;
  if (credential.third_party_payment) flags |= kPaymentFlag;
  if (credential.backup_eligible) flags |= kBackupEligibleFlag;
  if (credential.backed_up) flags |= kBackedUpFlag;
  return static_cast<std::uint8_t>(flags);
}
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
    if (!crypto::IsAvailable(algorithm)) continue;
    size =
        std::max(size, kNonceSize + PaddedSize(kHeaderSize + CompactKeySize(algorithm)) + kMacSize);
  }
  return size;
}

void WrappedCredentials::Wrap(StoredCredential& credential, const ByteArray<32>& rp_id_hash,
                              RandomStream& stream) const {
  const Bytes nonce = stream.Take(kNonceSize);
  Bytes plain = BigEndian32(static_cast<std::uint32_t>(credential.algorithm));
  plain.push_back(credential.cred_protect);
  plain.push_back(FlagsOf(credential));
  Append(plain, ToCompactKey(credential.algorithm, credential.key));
  plain.resize(PaddedSize(plain.size()));
  credential.id.bytes = Concat({nonce, *crypto::Aes256CbcEncrypt(encryption_key_, nonce, plain)});
  Append(credential.id.bytes, Mac(rp_id_hash, credential.id.bytes));
  credential.cred_random_with_uv = Secret(nonce, "with user verification");
  credential.cred_random_without_uv = Secret(nonce, "without user verification");
}

const StoredCredential* WrappedCredentials::Unwrap(ByteView id, const ByteArray<32>& rp_id_hash) {
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    if (!Equal(it->credential.id.bytes, id)) continue;
    if (it->rp_id_hash != rp_id_hash) return nullptr;
    recent_.splice(recent_.begin(), recent_, it);
    return &recent_.front().credential;
  }
  if (id.size() < kNonceSize + kBlockSize + kMacSize) return nullptr;
  const ByteView sealed = id.first(id.size() - kMacSize);
  if (!crypto::ConstantTimeEqual(Mac(rp_id_hash, sealed), id.last(kMacSize))) return nullptr;
  const ByteView nonce = sealed.first(kNonceSize);
  const auto plain = crypto::Aes256CbcDecrypt(encryption_key_, nonce, sealed.subspan(kNonceSize));
  if (!plain || plain->size() < kHeaderSize) return nullptr;
  const ByteView fields = *plain;
  StoredCredential credential;
  credential.id.bytes = ToBytes(id);
  credential.algorithm = static_cast<CoseAlgorithm>(ReadBigEndian32(fields.first<4>()));
  credential.cred_protect = fields[4];
  const auto has = [&](std::uint8_t flag) { return (fields[5] & flag) != 0; };
  credential.has_hmac_secret = has(kHmacSecretFlag);
  credential.third_party_payment = has(kPaymentFlag);
  credential.backup_eligible = has(kBackupEligibleFlag);
  credential.backed_up = has(kBackedUpFlag);
  const std::size_t key_size = CompactKeySize(credential.algorithm);
  if (fields.size() < kHeaderSize + key_size) return nullptr;
  auto key = FromCompactKey(credential.algorithm, fields.subspan(kHeaderSize, key_size));
  if (!key) return nullptr;
  credential.key = std::move(*key);
  credential.cred_random_with_uv = Secret(nonce, "with user verification");
  credential.cred_random_without_uv = Secret(nonce, "without user verification");
  recent_.push_front({rp_id_hash, std::move(credential)});
  if (recent_.size() > kRemembered) recent_.pop_back();
  return &recent_.front().credential;
}

ByteArray<32> WrappedCredentials::Mac(const ByteArray<32>& rp_id_hash,
                                      ByteView nonce_and_ciphertext) const {
  return crypto::HmacSha256(mac_key_, Concat({rp_id_hash, nonce_and_ciphertext}));
}

ByteArray<32> WrappedCredentials::Secret(ByteView nonce, std::string_view purpose) const {
  return crypto::HmacSha256(secret_key_, Concat({nonce, ViewOf(purpose)}));
}

}  // namespace keyrig::authenticator
