#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/lies.h"
#include "virtual-key/authenticator/pin_uv_auth_protocol.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/status.h"
#include "virtual-key/authenticator/wrapped_credentials.h"

namespace keyrig::authenticator {

/// Bytes of a discoverable credential's ID, which is random.
inline constexpr std::size_t kDiscoverableIdSize = 32;

/// What every assertion of one request has in common; getNextAssertion goes on with it.
struct AssertionTerms {
  RpId rp;
  ByteArray<32> rp_id_hash{};
  Bytes client_data_hash;
  bool user_present = false;
  bool user_verified = false;
  bool verified_by_finger = false;
  ExtensionInputs extensions;
};

/// Credentials that getNextAssertion still has to answer for.
struct AssertionSequence {
  AssertionTerms terms;
  std::vector<CredentialId> credentials;  // all of them, newest first
  std::size_t next = 1;
};

/// enumerateRPs and what it has still to name.
struct RpSequence {
  std::vector<CredentialId> first_of_each;
  std::size_t next = 1;
};

/// enumerateCredentials and what it has still to name.
struct CredentialSequence {
  std::vector<CredentialId> credentials;
  std::size_t next = 1;
};

/// A serialized large-blob array that is being written (CTAP 2.3 §6.10.2).
struct LargeBlobWrite {
  std::size_t expected_size = 0;
  Bytes written;
};

/// A finger that is being enrolled.
struct Enrollment {
  FingerTemplate finger;
  std::uint32_t remaining_samples = 0;
};

/// The one stateful command that is under way (CTAP 2.1 §6): bound to its channel, dropped by any
/// other command, by 30 s of silence, and when the token that allowed it ends.
struct Sequence {
  std::variant<AssertionSequence, RpSequence, CredentialSequence, LargeBlobWrite, Enrollment> of;
  std::uint32_t channel = 0;
  Instant last_step{};
  std::optional<PinUvAuthProtocolNumber> authorized_by{};
};

/// Everything that a key holds between two commands, and the few steps that all commands share.
struct State {
  State(AuthenticatorConfig key_config, Environment environment);

  /// What power brings: new key agreement and tokens, no latch, no sequence, a new reset window.
  void PowerUp();
  /// As fresh from the factory (CTAP 2.1 §6.6); the reset window is not opened again.
  Outcome<void> Reset();
  /// Draws and saves what a new key has; does nothing for one that has it.
  Outcome<void> EnsureInitialized();

  bool HasClientPin() const { return config.has_client_pin; }
  bool HasPin() const { return device.pin_hash.has_value(); }
  bool HasBuiltInUv() const { return config.fingerprint.has_value(); }
  /// Command 0x40 of FIDO_2_1_PRE.
  bool HasBioEnrollmentPreview() const { return HasBuiltInUv() && config.fingerprint->has_preview; }
  /// Whether a finger is enrolled.
  bool IsUvConfigured() const { return HasBuiltInUv() && !device.fingers.empty(); }
  /// Whether the key has some user verification method, configured or not.
  bool HasUserVerification() const { return HasClientPin() || HasBuiltInUv(); }
  /// Whether some user verification method is configured: a PIN or a finger.
  bool IsProtected() const { return HasPin() || IsUvConfigured(); }
  bool HasCredentialManagement() const {
    return config.has_resident_keys && config.has_credential_management && HasUserVerification();
  }
  bool HasCredentialManagementPreview() const {
    return config.has_resident_keys && config.has_credential_management_preview &&
           HasUserVerification();
  }
  /// perCredMgmtRO: whether a platform can get a token for reading credential management.
  bool HasPersistentToken() const {
    return config.has_persistent_token && HasCredentialManagement() && device.persistent_token;
  }
  /// authenticatorConfig (CTAP 2.3 §6.11) with at least one subcommand.
  bool HasConfig() const { return config.config_commands || config.enterprise_attestation; }
  bool HasSetMinPinLength() const {
    return config.config_commands && config.config_commands->set_min_pin_length && HasClientPin();
  }
  bool AlwaysUv() const { return device.always_uv.value_or(config.always_uv); }
  /// In code points; a platform may have raised it.
  std::uint32_t MinPinLength() const {
    return device.min_pin_length.value_or(config.pin.min_length);
  }
  /// Whether a policy beyond the PIN's length is enforced or can be.
  bool HasPinComplexityPolicy() const {
    return config.pin.has_complexity_policy ||
           (HasSetMinPinLength() && config.config_commands->pin_complexity_policy);
  }
  /// CTAP 2.3 §7.2.4: U2F cannot verify the user by a PIN.
  bool IsU2fBarred() const { return AlwaysUv() && !IsUvConfigured(); }
  bool Speaks(Version version) const {
    return std::ranges::find(config.versions, version) != config.versions.end();
  }
  bool EnforcesPinComplexity() const {
    return config.pin.has_complexity_policy || device.pin_complexity_policy;
  }
  /// PUAT_REQUIRED where a PIN can give a token for makeCredential and getAssertion, else
  /// OPERATION_DENIED.
  Status MissingUserVerification() const {
    return HasClientPin() && !config.no_mc_ga_permissions_with_client_pin
               ? Status::kPuatRequired
               : Status::kOperationDenied;
  }
  bool Supports(std::int64_t algorithm) const;

  /// Null for a number that the key does not speak as PIN/UV auth protocol, or for hmac-secret
  /// (which needs no PIN).
  PinUvAuthProtocol* FindProtocol(std::uint64_t number);
  PinUvAuthProtocol* FindHmacSecretProtocol(std::uint64_t number);
  /// The protocol that a request names: MISSING_PARAMETER, INVALID_PARAMETER.
  Outcome<PinUvAuthProtocol*> SelectProtocol(const std::optional<std::uint64_t>& number);

  /// Whether the relying party is one of those that setMinPINLength named.
  bool MayLearnPinRules(const RpId& rp) const;
  /// A new state of the credential store (encCredStoreState); the caller saves.
  void RenewStoreState();
  /// A new persistent token; the caller saves.
  void RenewPersistentToken();

  /// Writes `device` to the store; durable when it returns. A write that fails is OTHER, and so is
  /// the command that it was for, whatever that made of it; `device` is then as the store has it.
  Outcome<void> Save();
  /// Likewise for credentials.
  Outcome<void> Put(const StoredCredential& credential);
  Outcome<void> Replace(const CredentialId& replaced, const StoredCredential& credential);
  Outcome<void> Remove(const CredentialId& id);
  /// Waits for the user. `timed_out` is what the command answers when nobody comes.
  Outcome<void> AwaitTouch(GesturePurpose purpose, const Transaction& transaction, Status timed_out,
                           Duration hold = Duration{0});
  /// Waits for a finger on the sensor, `timeout` at most: what came, or that none did in time.
  /// OPERATION_DENIED, KEEPALIVE_CANCEL.
  Outcome<FingerPresented> AwaitFinger(GesturePurpose purpose, Duration timeout,
                                       const Transaction& transaction);
  /// The platform asks with an empty pinUvAuthParam which key the user means; never succeeds.
  Outcome<void> Probe(const Transaction& transaction);
  /// Every token loses what a user presence test takes from it.
  void ClearTokensAfterUserPresence();
  void ResetTokens();

  /// This key's credential with the ID, for the relying party; null otherwise.
  const StoredCredential* FindCredential(ByteView id, const RpId& rp);
  const StoredCredential* FindDiscoverable(const CredentialId& id) const;
  /// Discoverable credentials of the relying party, newest first.
  std::vector<const StoredCredential*> DiscoverableOf(const RpId& rp) const;

  std::uint32_t RemainingDiscoverable() const;

  void Begin(Sequence next, const Transaction& transaction);
  /// The sequence of the wanted kind that this transaction may go on with; null where there is
  /// none.
  template <typename Kind>
  Kind* Continue(const Transaction& transaction) {
    if (!MayContinue(transaction)) return nullptr;
    return std::get_if<Kind>(&sequence->of);
  }

  bool Tells(Lie lie) { return environment.liar != nullptr && environment.liar->Tells(lie); }

  void Emit(std::string_view kind, std::vector<EventField> fields);

  const AuthenticatorConfig config;
  Environment environment;
  DeviceState device;  // as the store has it
  std::optional<AttestationIdentity> attestation;
  WrappedCredentials wrapped;
  std::vector<PinUvAuthProtocol> protocols;  // in order of preference
  int pin_mismatches_in_a_row = 0;
  Instant powered_up{};
  std::optional<Sequence> sequence;
  bool write_failed = false;  // in the command that is under way

 private:
  DeviceState Fresh();
  Outcome<void> Written(const Result<void, Error>& result);
  bool MayContinue(const Transaction& transaction);
};

}  // namespace keyrig::authenticator
