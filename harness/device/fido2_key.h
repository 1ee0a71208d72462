#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/event.h"
#include "harness/base/hid.h"
#include "harness/base/ids.h"
#include "harness/base/rng.h"
#include "harness/device/apdu_port.h"
#include "harness/device/device_spec.h"

namespace keyrig::device {

/// A CTAP status that the key answered with, or what libfido2 made of it.
struct KeyError {
  int code = 0;      // libfido2's FIDO_ERR_*: the CTAP status byte, or a negative client error
  std::string name;  // "PIN_INVALID", "CREDENTIAL_EXCLUDED", "RX"
};

/// What getInfo says (CTAP 2.1 §6.4), as far as a platform needs it.
struct Capabilities {
  std::vector<std::string> versions;
  std::vector<std::string> extensions;
  std::vector<CoseAlgorithm> algorithms;
  Aaguid aaguid;
  std::uint64_t max_message_size = 0;
  bool resident_keys = false;
  std::optional<bool> client_pin;  // absent: not supported; false: not set
  std::optional<bool> user_verification;
  bool credential_management = false;
  std::optional<std::uint64_t> remaining_credentials;  // discoverable ones that still fit in
  /// The words that a scenario's `requires` may use: "clientPin", "rk", "hmac-secret", "uv", …
  bool Has(std::string_view requirement) const;
};

struct MakeCredentialRequest {
  ByteArray<32> client_data_hash{};
  RpId rp;
  std::string rp_name;
  UserHandle user_handle;
  std::string user_name;
  std::string user_display_name;
  std::vector<CoseAlgorithm> algorithms;  // in order of preference
  std::vector<CredentialId> exclude;
  bool resident_key = true;
  bool hmac_secret = false;
  int cred_protect = 0;  // 0: not asked; 1 to 3
  std::optional<std::string> pin;
};

struct MadeCredential {
  CredentialId id;
  std::string format;
  Bytes authenticator_data;     // raw
  Bytes attestation_statement;  // CBOR map
  Aaguid aaguid;
  /// {fmt, attStmt, authData} with WebAuthn's text keys, canonical CBOR.
  Bytes AttestationObject() const;
};

struct GetAssertionRequest {
  ByteArray<32> client_data_hash{};
  RpId rp;
  std::vector<CredentialId> allow;  // empty: discoverable
  std::optional<std::string> pin;
  bool user_verification = true;
  bool user_presence = true;  // false: a silent probe, without touch and without PIN
};

struct MadeAssertion {
  CredentialId id;
  Bytes authenticator_data;  // raw
  Bytes signature;
  std::optional<UserHandle> user_handle;
  std::string user_name;  // empty where the key does not tell
};

/// Any FIDO2 key, virtual or physical, spoken to through libfido2. Each call blocks; a waiting one
/// ends with KEEPALIVE_CANCEL once Cancel is called from another thread. Emits ctap.transaction
/// events, decoded from the reports that pass.
class Fido2Key {
 public:
  /// A hidraw node.
  static Result<Fido2Key, Error> OpenNode(const std::string& path, Rng& rng, EventSink& events,
                                          std::string event_source);
  /// A port of this process (custom I/O).
  static Result<Fido2Key, Error> OpenPort(std::unique_ptr<HidPort> port, Rng& rng,
                                          EventSink& events, std::string event_source);
  /// A card in a reader of PC/SC.
  static Result<Fido2Key, Error> OpenReader(const std::string& reader, Rng& rng, EventSink& events,
                                            std::string event_source);
  /// A card of this process.
  static Result<Fido2Key, Error> OpenApduPort(std::unique_ptr<ApduPort> port, Rng& rng,
                                              EventSink& events, std::string event_source);
  /// A device that is there by itself: hid:/dev/hidrawN or nfc:READER.
  static Result<Fido2Key, Error> Open(const DeviceSpec& spec, Rng& rng, EventSink& events,
                                      std::string event_source);
  Fido2Key(Fido2Key&&) noexcept;
  Fido2Key& operator=(Fido2Key&&) noexcept;
  ~Fido2Key();

  Result<Capabilities, KeyError> GetInfo();
  Result<void, KeyError> SetPin(const std::string& pin);
  Result<int, KeyError> PinRetries();
  Result<MadeCredential, KeyError> MakeCredential(const MakeCredentialRequest& request);
  /// One assertion per matching discoverable credential, newest first.
  Result<std::vector<MadeAssertion>, KeyError> GetAssertion(const GetAssertionRequest& request);
  /// authenticatorCredentialManagement.
  Result<std::vector<CredentialId>, KeyError> DiscoverableCredentials(const RpId& rp,
                                                                      const std::string& pin);
  Result<int, KeyError> DiscoverableCredentialCount(const std::string& pin);
  Result<void, KeyError> DeleteCredential(const CredentialId& id, const std::string& pin);
  void Cancel();
  /// Once `stop` is requested, a waiting call ends as if cancelled, and so does every later one.
  void EndOn(std::stop_token stop);
  /// How long a call waits for a key that fell silent; 2 minutes if not said.
  void SetPatience(std::chrono::milliseconds patience);

  class State;

 private:
  explicit Fido2Key(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace keyrig::device
