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
///   credential = algorithm (4, big-endian) || credProtect || flags || compact key || 00…
///
/// The two secrets of hmac-secret are derived from the nonce.
class WrappedCredentials {
 public:
  explicit WrappedCredentials(const ByteArray<32>& wrapping_key);

  /// The ID for a credential of the relying party whose ID has this hash (to U2F: its application
  /// parameter), with fresh chance; sets `id` and the two secrets of `credential`.
  void Wrap(StoredCredential& credential, const ByteArray<32>& rp_id_hash,
            RandomStream& stream) const;
  /// The credential that an ID carries, without the names of its relying party; null where the ID
  /// is not this key's for that one. Valid until the next call.
  const StoredCredential* Unwrap(ByteView id, const ByteArray<32>& rp_id_hash);
  /// Bytes of the longest ID among these algorithms.
  static std::size_t MaxIdSize(std::span<const CoseAlgorithm> algorithms);

 private:
  struct Opened {
    ByteArray<32> rp_id_hash;
    StoredCredential credential;
  };

  ByteArray<32> Mac(const ByteArray<32>& rp_id_hash, ByteView nonce_and_ciphertext) const;
  ByteArray<32> Secret(ByteView nonce, std::string_view purpose) const;

  ByteArray<32> encryption_key_;
  ByteArray<32> mac_key_;
  ByteArray<32> secret_key_;
  std::list<Opened> recent_;  // parsed before, the latest first
};

}  // namespace keyrig::authenticator
