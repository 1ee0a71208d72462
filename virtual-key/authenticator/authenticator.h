#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"
#include "virtual-key/authenticator/gesture.h"
#include "virtual-key/authenticator/store.h"
#include "virtual-key/authenticator/u2f_operations.h"

namespace keyrig::authenticator {

struct State;
class Liar;

/// What an authenticator needs of the world; all outlive it.
struct Environment {
  Clock& clock;
  Rng& rng;
  UserGesture& gesture;
  CredentialStore& store;
  EventSink& events;
  Liar* liar = nullptr;  // none: the key is honest
};

/// Where a command came from and how it is cancelled.
struct Transaction {
  std::uint32_t channel = 0;  // getNextAssertion and enumerations belong to the channel that began
  std::stop_token stop{};     // CTAPHID_CANCEL: a waiting command ends with KEEPALIVE_CANCEL
  std::string_view transport = "usb";  // as getInfo names it; a reset may be bound to some
};

/// A CTAP 2.1 authenticator: bytes in, bytes out. No thread, socket or clock of its own; not
/// thread-safe.
class Authenticator {
 public:
  Authenticator(AuthenticatorConfig config, Environment environment);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// [command | CBOR] to [status | CBOR] (CTAP 2.1 §8). Blocks only in UserGesture::Await.
  Bytes Process(ByteView command, const Transaction& transaction = {});
  /// U2F, for a key whose versions have it (CTAP 2.3 §7.2). Either may wait for half a second for
  /// the user; kNotPresent says that the platform may ask again.
  U2fOutcome<U2fRegistration> RegisterU2f(const ByteArray<32>& challenge,
                                          const ByteArray<32>& application,
                                          const Transaction& transaction = {});
  U2fOutcome<U2fAssertion> AuthenticateU2f(const ByteArray<32>& challenge,
                                           const ByteArray<32>& application, ByteView key_handle,
                                           U2fPresence presence,
                                           const Transaction& transaction = {});
  /// Takes a credential from outside as the newest; no signature has a counter below its own.
  /// Errors of these three are for people.
  Result<void, Error> Import(StoredCredential credential, std::uint32_t signature_counter);
  /// Forgets a credential that it keeps.
  Result<void, Error> Remove(const CredentialId& id);
  Result<void, Error> RemoveAll();
  /// As if unplugged and plugged again: volatile state is gone, what the store holds stays.
  void PowerCycle();
  /// The certificate that packed attestation chains to, DER; empty where attestation has none.
  Bytes AttestationRoot() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace keyrig::authenticator
