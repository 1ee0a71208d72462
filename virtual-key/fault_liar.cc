#include "virtual-key/fault_liar.h"

namespace keyrig::virtual_key {

faults::Kind FaultLiar::KindOf(authenticator::Lie lie) {
  using authenticator::Lie;
  using faults::Kind;
  switch (lie) {
    case Lie::kBadSignature:
      return Kind::kBadSignature;
    case Lie::kWrongRpIdHash:
      return Kind::kWrongRpIdHash;
    case Lie::kUserPresenceOff:
      return Kind::kUserPresenceOff;
    case Lie::kUserVerificationOff:
      return Kind::kUserVerificationOff;
    case Lie::kCounterStuck:
      return Kind::kCounterStuck;
    case Lie::kCounterBack:
      return Kind::kCounterBack;
    case Lie::kWrongCredentialId:
      return Kind::kWrongCredentialId;
    case Lie::kForeignUserHandle:
      return Kind::kForeignUserHandle;
    case Lie::kExpiredAttestation:
      return Kind::kExpiredAttestation;
    case Lie::kUntrustedAttestation:
      return Kind::kUntrustedAttestation;
    case Lie::kAaguidMismatch:
      return Kind::kAaguidMismatch;
    case Lie::kZeroAaguid:
      return Kind::kZeroAaguid;
  }
  return Kind::kBadSignature;
}

}  // namespace keyrig::virtual_key
