#include "virtual-key/authenticator/get_assertion_request.h"

namespace keyrig::authenticator {

Outcome<GetAssertionRequest> GetAssertionRequest::From(const State& state, const cbor::Value& map) {
  GetAssertionRequest request;
  request.rp.text = TRY(Required<std::string_view>(map, 0x01));
  request.client_data_hash = TRY(Required<ByteView>(map, 0x02));
  if (request.client_data_hash.size() != kClientDataHashSize) return Err(Status::kInvalidLength);
  if (const auto list = TRY(Optional<ArrayView>(map, 0x03))) {
    // Platforms must not send an empty list; one that does has named no credential, as if it had
    // sent none.
    auto descriptors = TRY(DecodeDescriptors(*list, state.config.max_credentials_in_list));
    if (!descriptors.empty()) request.allow_list = std::move(descriptors);
  }
  if (const auto extensions = TRY(Optional<MapView>(map, 0x04))) {
    request.extensions = TRY(ExtensionInputs::ForAssertion(state, *extensions->value));
  }
  if (const auto options = TRY(Optional<MapView>(map, 0x05))) {
    request.rk = TRY(Optional<bool>(*options->value, "rk"));
    request.up = TRY(Optional<bool>(*options->value, "up"));
    request.uv = TRY(Optional<bool>(*options->value, "uv"));
  }
  request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x06));
  request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x07));
  return request;
}

}  // namespace keyrig::authenticator
