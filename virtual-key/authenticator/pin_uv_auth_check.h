#pragma once

#include <cstdint>

#include "harness/base/bytes.h"
#include "harness/base/ids.h"
#include "virtual-key/authenticator/state.h"

/// What makeCredential and getAssertion do alike with pinUvAuthParam (CTAP 2.1 §6.1.2, §6.2.2).
namespace keyrig::authenticator {

/// Steps 1 and 2: an empty parameter is the platform's probe; else the protocol that is named. Null
/// where there is no parameter.
Outcome<PinUvAuthProtocol*> BeginPinUvAuth(State& state, const PinUvAuthFields& fields,
                                           const Transaction& transaction);

/// What is known of the user when a credential is made or used.
struct UserChecks {
  bool verified = false;
  bool present = false;    // no touch is needed any more
  bool by_finger = false;  // how the user was verified, else by the PIN
};

/// Steps 11 and 6: the user is verified by the token that `fields` speak of, or by a finger where
/// `wants_built_in_uv`. On a key that nothing protects a parameter is ignored.
Outcome<UserChecks> CheckUser(State& state, PinUvAuthProtocol* protocol,
                              const PinUvAuthFields& fields, bool wants_built_in_uv,
                              ByteView client_data_hash, std::uint64_t permission, const RpId& rp,
                              const Transaction& transaction);

/// The parameter proves user verification for `permission` at `rp`, else PIN_AUTH_INVALID. A token
/// without RP ID belongs to `rp` from then on.
Outcome<void> AuthorizeWithToken(State& state, PinUvAuthProtocol& protocol, ByteView message,
                                 ByteView param, std::uint64_t permission, const RpId& rp);

}  // namespace keyrig::authenticator
