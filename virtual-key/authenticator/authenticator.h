#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"
#include "virtual-key/authenticator/gesture.h"
#include "virtual-key/authenticator/store.h"

namespace keyrig::authenticator {

struct State;

/// What an authenticator needs of the world; all outlive it.
struct Environment {
  Clock& clock;
  Rng& rng;
  UserGesture& gesture;
  CredentialStore& store;
  EventSink& events;
};

/// Where a command came from and how it is cancelled.
struct Transaction {
  std::uint32_t channel = 0;  // getNextAssertion and enumerations belong to the channel that began
  std::stop_token stop;       // CTAPHID_CANCEL: a waiting command ends with KEEPALIVE_CANCEL
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
  /// As if unplugged and plugged again: volatile state is gone, what the store holds stays.
  void PowerCycle();
  /// The certificate that packed attestation chains to, DER; empty where attestation has none.
  Bytes AttestationRoot() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace keyrig::authenticator
