#pragma once

#include <optional>

#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/authenticator_data.h"

namespace keyrig::authenticator {

/// What a key can say wrongly, on purpose, in what it signs.
enum class Lie {
  kBadSignature,
  kWrongRpIdHash,
  kUserPresenceOff,
  kUserVerificationOff,
  kCounterStuck,
  kCounterBack,
  kWrongCredentialId,
  kForeignUserHandle,
  kExpiredAttestation,
  kUntrustedAttestation,
  kAaguidMismatch,
  kZeroAaguid,
};

/// Decides on each lie, once for each signature that it could be in.
class Liar {
 public:
  virtual ~Liar() = default;
  virtual bool Tells(Lie lie) = 0;
};

struct State;

/// Makes what is about to be signed untrue, as far as the key lies.
void Distort(State& state, AuthenticatorData& data);
void DistortSignature(State& state, Bytes& signature);
/// The identity that the key attests with in place of its own; nothing where it is honest.
std::optional<AttestationIdentity> MisleadingIdentity(State& state);

}  // namespace keyrig::authenticator
