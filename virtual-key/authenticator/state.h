#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/hmac_secret.h"
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
  std::optional<HmacSecretSalts> hmac_secret;
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

/// The one stateful command that is under way (CTAP 2.1 §6): bound to its channel, dropped by any
/// other command, by 30 s of silence, and when the token that allowed it ends.
struct Sequence {
  std::variant<AssertionSequence, RpSequence, CredentialSequence> of;
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
  /// Whether some user verification method is configured: here, a PIN.
  bool IsProtected() const { return device.pin_hash.has_value(); }
  bool HasCredentialManagement() const { return config.has_resident_keys && HasClientPin(); }
  bool Supports(std::int64_t algorithm) const;

  /// Null for a number that the key does not speak as PIN/UV auth protocol, or for hmac-secret
  /// (which needs no PIN).
  PinUvAuthProtocol* FindProtocol(std::uint64_t number);
  PinUvAuthProtocol* FindHmacSecretProtocol(std::uint64_t number);
  /// The protocol that a request names: MISSING_PARAMETER, INVALID_PARAMETER.
  Outcome<PinUvAuthProtocol*> SelectProtocol(const std::optional<std::uint64_t>& number);

  /// Writes `device` to the store; durable when it returns. A write that fails is OTHER, and so is
  /// the command that it was for, whatever that made of it; `device` is then as the store has it.
  Outcome<void> Save();
  /// Likewise for credentials.
  Outcome<void> Put(const StoredCredential& credential);
  Outcome<void> Replace(const CredentialId& replaced, const StoredCredential& credential);
  Outcome<void> Remove(const CredentialId& id);
  /// Waits for the user. `timed_out` is what the command answers when nobody comes.
  Outcome<void> AwaitTouch(GesturePurpose purpose, const Transaction& transaction,
                           Status timed_out);
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
