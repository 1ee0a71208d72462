// Any bytes as client data: what is read is UTF-8 and reads the same when written anew, and only
// what the key signed is accepted.
#include "mock-entra/webauthn/client_data.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "mock-entra/webauthn/test_authenticator.h"

using namespace keyrig;  // NOLINT(google-build-using-namespace)

namespace {

Bytes Write(const webauthn::CollectedClientData& data) {
  nlohmann::json object = {
      {"type", data.type}, {"challenge", data.challenge}, {"origin", data.origin}};
  if (data.cross_origin) object["crossOrigin"] = *data.cross_origin;
  if (data.top_origin) object["topOrigin"] = *data.top_origin;
  return ToBytes(object.dump());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static webauthn::TestAuthenticator authenticator;
  static const auto record =
      VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register()).value();
  authenticator.say.sign_count = 2;
  static const auto expected = authenticator.ExpectedAssertion();
  static const auto genuine = authenticator.Assert();

  const ByteView input(data, size);
  const auto read = webauthn::ParseClientData(input);
  if (read) {
    if (!IsUtf8(input)) std::abort();
    const auto again = webauthn::ParseClientData(Write(*read));
    if (!again || again->type != read->type || again->challenge != read->challenge ||
        again->origin != read->origin || again->cross_origin != read->cross_origin ||
        again->top_origin != read->top_origin) {
      std::abort();
    }
  }
  auto response = genuine;
  response.client_data_json = ToBytes(input);
  const bool accepted = VerifyAssertion(expected, record, response).has_value();
  if (accepted != Equal(input, genuine.client_data_json)) std::abort();
  return 0;
}
