#pragma once

#include <optional>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "virtual-key/authenticator/pin_uv_auth_protocol.h"
#include "virtual-key/authenticator/status.h"
#include "virtual-key/authenticator/store.h"

/// The hmac-secret extension (CTAP 2.1 §12.5).
namespace keyrig::authenticator {

struct State;

/// getAssertion's input, as sent; views into the request.
struct HmacSecretInput {
  const cbor::Value* key_agreement;
  ByteView salt_enc;
  ByteView salt_auth;
  std::uint64_t protocol;
};

/// One or two salts of 32 bytes, and the secret under which the outputs go back.
struct HmacSecretSalts {
  SharedSecret shared_secret;
  Bytes salts;
};

/// Whether makeCredential's extensions ask for it.
Outcome<bool> DecodeHmacSecretCreation(const cbor::Value& extensions);
Outcome<std::optional<HmacSecretInput>> DecodeHmacSecretInput(const cbor::Value& extensions);

/// Authenticates and decrypts the salts.
Outcome<HmacSecretSalts> OpenSalts(State& state, const HmacSecretInput& input);

/// The encrypted output for one credential, by whether the user was verified.
Bytes EvaluateHmacSecret(const HmacSecretSalts& salts, const StoredCredential& credential,
                         bool user_verified, RandomStream& stream);

}  // namespace keyrig::authenticator
