#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"
#include "harness/base/ids.h"
#include "harness/base/result.h"

namespace keyrig::authenticator {

/// A credential as the key remembers it.
struct StoredCredential {
  CredentialId id;
  RpId rp;
  std::string rp_name;
  UserHandle user_handle;
  std::string user_name;
  std::string user_display_name;
  CoseAlgorithm algorithm = CoseAlgorithm::kEs256;
  crypto::PrivateKey key;
  ByteArray<32> cred_random_with_uv{};  // hmac-secret (CTAP 2.1 §12.5)
  ByteArray<32> cred_random_without_uv{};
  bool has_hmac_secret = false;
  std::uint8_t cred_protect = 1;                // 1, 2 or 3 (CTAP 2.1 §12.1)
  std::optional<Bytes> cred_blob;               // CTAP 2.3 §12.2
  std::optional<ByteArray<32>> large_blob_key;  // CTAP 2.3 §12.3
  bool third_party_payment = false;             // CTAP 2.3 §12.9
  bool backup_eligible = false;
  bool backed_up = false;
  std::uint64_t created = 0;  // grows with each credential; newest first is by this
  bool discoverable = true;   // else it signs only where it is named; such ones come from outside
};

/// An enrolled finger (CTAP 2.3 §6.7).
struct FingerTemplate {
  Bytes id;
  std::string name;    // as the platform calls it; may be empty
  std::string finger;  // whose finger it is to the scripted user
};

/// What survives a power cycle apart from credentials.
struct DeviceState {
  std::optional<ByteArray<16>> pin_hash;  // LEFT(SHA-256(PIN), 16)
  std::uint32_t pin_code_points = 0;
  std::uint8_t pin_retries = 8;
  std::uint32_t signature_counter = 0;
  std::uint64_t next_created = 1;
  ByteArray<32> wrapping_key{};  // of non-discoverable credential IDs; renewed by reset
  ByteArray<16> identifier{};    // of encIdentifier; renewed by reset
  ByteArray<16> store_state{};   // of encCredStoreState; renewed by each change of a credential
  // What the key is, which no reset changes; the model's AAGUID, and what its attestation keys are
  // derived from.
  std::optional<Aaguid> aaguid;
  std::optional<ByteArray<32>> attestation_seed;
  std::optional<ByteArray<32>> persistent_token;  // pcmr (CTAP 2.3 §6.5.2.4)
  std::uint8_t uv_retries = 3;
  std::uint32_t uv_count_since_pin = 0;  // built-in verifications, failed ones too
  std::vector<FingerTemplate> fingers;
  std::optional<std::uint32_t> min_pin_length;  // where setMinPINLength raised it
  std::vector<std::string> min_pin_length_rp_ids;
  bool force_pin_change = false;
  bool pin_complexity_policy = false;  // enforced by a platform
  std::optional<bool> always_uv;       // where toggleAlwaysUv changed it
  bool enterprise_attestation = false;
  bool long_touch_for_reset = false;
  Bytes large_blobs;         // the serialized array with its hash (CTAP 2.3 §6.10); empty: initial
  bool initialized = false;  // whether the random members have been drawn
};

/// What a key remembers. A change that succeeds is durable when it returns; one that fails, with
/// the reason in words, has changed nothing.
class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual DeviceState Load() const = 0;
  virtual Result<void, Error> Save(const DeviceState& state) = 0;
  /// Replaces the one with the same id, else adds.
  virtual Result<void, Error> Put(const StoredCredential& credential) = 0;
  /// Puts `credential` and forgets `replaced`, in one step.
  virtual Result<void, Error> Replace(const CredentialId& replaced,
                                      const StoredCredential& credential) = 0;
  virtual Result<void, Error> Remove(const CredentialId& id) = 0;
  /// The discoverable ones, in order of creation.
  virtual const std::vector<StoredCredential>& Credentials() const = 0;
  /// The others.
  virtual const std::vector<StoredCredential>& NamedCredentials() const = 0;
  /// Forgets every credential and begins anew with `fresh`, in one step (CTAP 2.1 §6.6).
  virtual Result<void, Error> Clear(const DeviceState& fresh) = 0;
};

/// A memory that lasts as long as the object.
class MemoryStore final : public CredentialStore {
 public:
  DeviceState Load() const override { return state_; }
  Result<void, Error> Save(const DeviceState& state) override;
  Result<void, Error> Put(const StoredCredential& credential) override;
  Result<void, Error> Replace(const CredentialId& replaced,
                              const StoredCredential& credential) override;
  Result<void, Error> Remove(const CredentialId& id) override;
  const std::vector<StoredCredential>& Credentials() const override { return credentials_; }
  const std::vector<StoredCredential>& NamedCredentials() const override { return named_; }
  Result<void, Error> Clear(const DeviceState& fresh) override;

 private:
  DeviceState state_;
  std::vector<StoredCredential> credentials_;
  std::vector<StoredCredential> named_;
};

}  // namespace keyrig::authenticator
