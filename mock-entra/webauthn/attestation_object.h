#pragma once

#include <string>

#include "harness/base/cbor.h"
#include "mock-entra/webauthn/authenticator_data.h"

namespace keyrig::webauthn {

/// What a new credential comes in (WebAuthn L3 §6.5.4).
struct AttestationObject {
  std::string format;              // "fmt"
  cbor::Value statement;           // "attStmt", a map
  Bytes authenticator_data_bytes;  // "authData", as signed
};

/// Reads the CBOR of an attestation object; the authenticator data in it is left as bytes.
Result<AttestationObject, Error> DecodeAttestationObject(ByteView bytes);

}  // namespace keyrig::webauthn
