// Any bytes as an attestation object: what decodes encodes to the same bytes, and what a relying
// party that requires attestation accepts is what the key signed.
#include <cstdlib>

#include "mock-entra/webauthn/attestation_object.h"
#include "mock-entra/webauthn/test_authenticator.h"

using namespace keyrig;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static webauthn::TestAuthenticator authenticator;
  static const auto expected = authenticator.ExpectedRegistration();
  static const auto genuine = authenticator.Register();
  static const Bytes signed_data =
      webauthn::DecodeAttestationObject(genuine.attestation_object)->authenticator_data_bytes;

  const ByteView input(data, size);
  const auto object = webauthn::DecodeAttestationObject(input);
  if (object) {
    const Bytes encoded = cbor::Encode(cbor::Map{{"fmt", object->format},
                                                 {"attStmt", object->statement},
                                                 {"authData", object->authenticator_data_bytes}});
    if (!Equal(encoded, input)) std::abort();
  }
  auto response = genuine;
  response.attestation_object = ToBytes(input);
  const auto record = VerifyRegistration(expected, response);
  if (record && (!object || object->authenticator_data_bytes != signed_data)) std::abort();
  if (!record && record.error().step.empty()) std::abort();
  return 0;
}
