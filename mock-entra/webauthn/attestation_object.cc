#include "mock-entra/webauthn/attestation_object.h"

namespace keyrig::webauthn {

Result<AttestationObject, Error> DecodeAttestationObject(ByteView bytes) {
  const auto object = cbor::Decode(bytes);
  if (!object) {
    return Fail("the attestation object's CBOR is " + std::string(cbor::Name(object.error())));
  }
  const cbor::Value* format = object->Find("fmt");
  const cbor::Value* statement = object->Find("attStmt");
  const cbor::Value* data = object->Find("authData");
  if (format == nullptr || format->AsText() == nullptr) {
    return Fail("the attestation object has no text fmt");
  }
  if (statement == nullptr || statement->AsMap() == nullptr) {
    return Fail("the attestation object has no map attStmt");
  }
  if (data == nullptr || data->AsBytes() == nullptr) {
    return Fail("the attestation object has no byte string authData");
  }
  if (object->AsMap()->size() != 3) {
    return Fail("the attestation object has members other than fmt, attStmt and authData");
  }
  return AttestationObject{*format->AsText(), *statement, *data->AsBytes()};
}

}  // namespace keyrig::webauthn
