#pragma once

#include <list>
#include <span>

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/ids.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/store.h"

namespace keyrig::authenticator {

/// Non-discoverable credentials: the ID itself carries the credential, encrypted and bound to its
/// relying party, so that the key need not remember it.
///
///   ID = nonce (16) || AES-256-CBC(credential) || HMAC-SHA-256(SHA-256(rp ID) || nonce || …)
///   credential = algorithm (4, big-endian) || credProtect || has hmac-secret || compact key || 00…
///
/// The two secrets of hmac-secret are derived from the nonce.
class WrappedCredentials {
 public:
  explicit WrappedCredentials(const ByteArray<32>& wrapping_key);

  /// The ID for a credential, with fresh chance; sets `id` and the two secrets of `credential`.
  void Wrap(StoredCredential& credential, RandomStream& stream) const;
  /// The credential that an ID carries; null where the ID is not this key's for `rp`. Valid until
  /// the next call.
  const StoredCredential* Unwrap(ByteView id, const RpId& rp);
  /// Bytes of the longest ID among these algorithms.
  static std::size_t MaxIdSize(std::span<const CoseAlgorithm> algorithms);

 private:
  ByteArray<32> Mac(const RpId& rp, ByteView nonce_and_ciphertext) const;
  ByteArray<32> Secret(ByteView nonce, std::string_view purpose) const;

  ByteArray<32> encryption_key_;
  ByteArray<32> mac_key_;
  ByteArray<32> secret_key_;
  std::list<StoredCredential> recent_;  // parsed before, the latest first
};

}  // namespace keyrig::authenticator
