#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {

std::string_view Name(Check check) {
  switch (check) {
    case Check::kClientDataMalformed:
      return "client data";
    case Check::kType:
      return "type";
    case Check::kChallenge:
      return "challenge";
    case Check::kOrigin:
      return "origin";
    case Check::kCrossOrigin:
      return "cross-origin";
    case Check::kAttestationObjectMalformed:
      return "attestation object";
    case Check::kAuthenticatorDataMalformed:
      return "authenticator data";
    case Check::kRpIdHash:
      return "RP ID hash";
    case Check::kUserPresent:
      return "user presence";
    case Check::kUserVerified:
      return "user verification";
    case Check::kBackupFlags:
      return "backup flags";
    case Check::kAlgorithm:
      return "algorithm";
    case Check::kAttestationFormat:
      return "attestation format";
    case Check::kAttestationStatement:
      return "attestation statement";
    case Check::kAttestationTrust:
      return "attestation trust";
    case Check::kCredentialIdLength:
      return "credential ID length";
    case Check::kCredentialNotAllowed:
      return "credential";
    case Check::kUserHandle:
      return "user handle";
    case Check::kSignature:
      return "signature";
    case Check::kSignatureCounter:
      return "signature counter";
  }
  return {};
}

}  // namespace keyrig::webauthn
