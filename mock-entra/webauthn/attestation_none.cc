#include "mock-entra/webauthn/attestation.h"

namespace keyrig::webauthn {

Result<AttestationOutput, Error> VerifyNone(const AttestationInput& input) {
  // WebAuthn L3 §8.7: the statement is an empty map; there is nothing else to verify.
  if (!input.statement.AsMap()->empty()) return Fail("the statement of \"none\" must be empty");
  return AttestationOutput{};
}

}  // namespace keyrig::webauthn
