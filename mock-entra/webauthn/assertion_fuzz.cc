// Any bytes as authenticator data (of the length in the first byte) and signature: only what the
// key signed is accepted, and authenticator data is read to its last byte or not at all.
#include <cstdlib>

#include "mock-entra/webauthn/authenticator_data.h"
#include "mock-entra/webauthn/test_authenticator.h"

using namespace keyrig;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static webauthn::TestAuthenticator authenticator;
  static const auto record =
      VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register()).value();
  authenticator.say.sign_count = 2;
  static const auto expected = authenticator.ExpectedAssertion();
  static const auto genuine = authenticator.Assert();

  const ByteView input(data, size);
  if (input.empty() || input.size() < std::size_t{1} + input[0]) return 0;
  const ByteView authenticator_data = input.subspan(1, input[0]);
  const auto read = webauthn::ParseAuthenticatorData(authenticator_data);
  if (read) {
    Bytes longer = ToBytes(authenticator_data);
    longer.push_back(0);
    if (webauthn::ParseAuthenticatorData(longer)) std::abort();
    const bool attested = (authenticator_data[32] & 0x40) != 0;
    if (attested != read->attested_credential_data.has_value()) std::abort();
  }
  auto response = genuine;
  response.authenticator_data = ToBytes(authenticator_data);
  response.signature = ToBytes(input.subspan(std::size_t{1} + input[0]));
  const bool accepted = VerifyAssertion(expected, record, response).has_value();
  if (accepted && !Equal(authenticator_data, genuine.authenticator_data)) std::abort();
  return 0;
}
