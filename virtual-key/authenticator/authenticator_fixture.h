#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/cbor.h"
#include "harness/base/clock.h"
#include "harness/base/crypto.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/status.h"

namespace keyrig::authenticator {

void PrintTo(Status status, std::ostream* out);

/// A user who does what `outcome` says and remembers what was asked. Coming too late takes time. A
/// touch lasts as long as `holds`; on a sensor it is by `finger`, or by what stands next in
/// `fingers`.
class ScriptedGesture final : public UserGesture {
 public:
  explicit ScriptedGesture(Clock& clock) : clock_(clock) {}
  GestureOutcome Await(const GesturePrompt& prompt, std::stop_token stop) override;
  FingerPresented AwaitFinger(const GesturePrompt& prompt, std::stop_token stop) override;

  GestureOutcome outcome = GestureOutcome::kTouched;
  std::vector<GesturePurpose> asked;
  Duration holds{0};
  std::string finger = "thumb";
  SampleStatus sample = SampleStatus::kGood;
  std::deque<FingerPresented> fingers;

 private:
  Clock& clock_;
};

/// A memory that tells the order of its writes, and what the PIN retries were at each; or one that
/// takes none.
class WatchedStore final : public CredentialStore {
 public:
  DeviceState Load() const override { return held_.Load(); }
  Result<void, Error> Save(const DeviceState& state) override;
  Result<void, Error> Put(const StoredCredential& credential) override;
  Result<void, Error> Replace(const CredentialId& replaced,
                              const StoredCredential& credential) override;
  Result<void, Error> Remove(const CredentialId& id) override;
  const std::vector<StoredCredential>& Credentials() const override { return held_.Credentials(); }
  const std::vector<StoredCredential>& NamedCredentials() const override {
    return held_.NamedCredentials();
  }
  Result<void, Error> Clear(const DeviceState& fresh) override;

  std::vector<int> pin_retries_saved;
  bool is_full = false;  // every change fails

 private:
  Result<void, Error> CheckRoom() const;

  MemoryStore held_;
};

/// A command under construction: the members of its map, changed one by one.
struct Request {
  std::uint8_t command;
  cbor::Map members;

  Request With(int key, cbor::Value value) const;
  Request Without(int key) const;
  Bytes Message() const;
};

/// What came back: the status and, with OK, the decoded map (null where there is none).
struct Reply {
  Status status;
  cbor::Value body;

  /// The member, or null so that a failing test goes on.
  const cbor::Value& At(int key) const;
};

/// The platform's half of a PIN/UV auth protocol, written from the specification and not over the
/// key's own code: encoder and decoder must not share their mistakes.
class PlatformSecret {
 public:
  PlatformSecret(int protocol, const cbor::Value& authenticator_key, RandomStream& stream);
  const cbor::Value& KeyAgreement() const { return cose_key_; }
  Bytes Encrypt(ByteView data) const;
  Bytes Decrypt(ByteView data) const;
  Bytes Authenticate(ByteView message) const;

 private:
  int protocol_;
  cbor::Value cose_key_;
  Bytes hmac_key_, aes_key_;
};

/// pinUvAuthParam over `message` with a token.
Bytes AuthenticateWithToken(int protocol, ByteView token, ByteView message);

/// The parts of authenticator data.
struct ParsedAuthData {
  Bytes rp_id_hash;
  std::uint8_t flags = 0;
  std::uint32_t counter = 0;
  Bytes aaguid, credential_id;
  cbor::Value public_key, extensions;
};
ParsedAuthData ParseAuthData(const cbor::Value& auth_data);

inline constexpr std::uint8_t kUp = 0x01, kUv = 0x04, kAt = 0x40, kEd = 0x80;

/// Whether `signature` is the COSE key's over `data`, by base's cryptography.
bool VerifiesWith(const cbor::Value& cose_key, ByteView data, const cbor::Value& signature);

/// A key on a desk: frozen clock, seeded chance, a user who touches, an empty memory.
class AuthenticatorTest : public testing::Test {
 protected:
  /// The key, made at first use from `config_`.
  Authenticator& Key();
  /// What `config_` describes, on the memory of the one before.
  void ReplaceKey();

  Reply Send(const Request& request, const Transaction& transaction = {});
  Reply SendRaw(ByteView message, const Transaction& transaction = {});

  /// makeCredential for example.com with ES256, nothing optional.
  Request Register() const;
  Request RegisterDiscoverable(std::string_view rp, std::string_view user) const;
  /// getAssertion at example.com, with an allowList where IDs are given.
  Request SignIn(const std::vector<Bytes>& credential_ids = {}) const;
  Request ClientPin(int sub_command) const;
  Bytes IdOf(const Reply& registered) const;

  PlatformSecret Agree(int protocol);
  Status SetPin(std::string_view pin, int protocol = 2);
  Status SetPaddedPin(ByteView padded, int protocol = 2);
  Status ChangePin(std::string_view from, std::string_view to, int protocol = 2);
  /// getPinUvAuthTokenUsingPinWithPermissions; the token decrypted where the status is OK.
  struct Token {
    Status status;
    int protocol;
    Bytes value;
  };
  Token GetToken(std::string_view pin, int permissions, std::optional<std::string> rp_id,
                 int protocol = 2);
  /// getPinToken, as CTAP 2.0 has it.
  Token GetLegacyToken(std::string_view pin, int protocol = 2);
  /// getPinUvAuthTokenUsingUvWithPermissions.
  Token GetTokenByFinger(int permissions, std::optional<std::string> rp_id, int protocol = 2);
  Request Authorize(const Request& request, const Token& token) const;
  int PinRetries();

  /// credentialManagement with `token`.
  Request Manage(int sub_command, const std::optional<cbor::Map>& params, const Token& token) const;
  /// bioEnrollment with `token`.
  Request Bio(int sub_command, const std::optional<cbor::Map>& params, const Token& token) const;
  /// authenticatorConfig, without and with `token`.
  Request Configure(int sub_command, const std::optional<cbor::Map>& params = {}) const;
  Request Configure(int sub_command, const std::optional<cbor::Map>& params,
                    const Token& token) const;
  /// A key with a sensor, the PIN 1234 and one finger, whose template ID this is.
  Bytes EnrollWithPin(const std::string& finger);

  FrozenClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
  Rng rng_{2026};
  ScriptedGesture user_{clock_};
  WatchedStore store_;
  EventStream events_;
  AuthenticatorConfig config_;
  Bytes client_data_hash_ = Bytes(32, 0xCD);

 private:
  Token Issue(Request request, std::string_view pin, int protocol);

  RandomStream platform_stream_ = rng_.Stream("platform");
  std::unique_ptr<Authenticator> key_;
};

}  // namespace keyrig::authenticator
