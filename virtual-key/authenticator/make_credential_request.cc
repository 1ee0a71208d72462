#include "virtual-key/authenticator/make_credential_request.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kMaxUserIdSize = 64, kKeptNameSize = 64;

Outcome<void> ReadRp(const cbor::Value& rp, MakeCredentialRequest& request) {
  request.rp.text = TRY(Required<std::string_view>(rp, "id"));
  if (request.rp.text.empty()) return Err(Status::kMissingParameter);
  request.rp_name = TRY(Optional<std::string_view>(rp, "name")).value_or("");
  return {};
}

Outcome<void> ReadUser(const cbor::Value& user, MakeCredentialRequest& request) {
  request.user_id = TRY(Required<ByteView>(user, "id"));
  if (request.user_id.empty() || request.user_id.size() > kMaxUserIdSize) {
    return Err(Status::kInvalidLength);
  }
  request.user_name = TRY(Optional<std::string_view>(user, "name")).value_or("");
  request.user_display_name = TRY(Optional<std::string_view>(user, "displayName")).value_or("");
  return {};
}

}  // namespace

Outcome<MakeCredentialRequest> MakeCredentialRequest::From(const State& state,
                                                           const cbor::Value& map) {
  MakeCredentialRequest request;
  request.client_data_hash = TRY(Required<ByteView>(map, 0x01));
  if (request.client_data_hash.size() != kClientDataHashSize) return Err(Status::kInvalidLength);
  TRY(ReadRp(*TRY(Required<MapView>(map, 0x02)).value, request));
  TRY(ReadUser(*TRY(Required<MapView>(map, 0x03)).value, request));
  request.pub_key_cred_params = TRY(Required<ArrayView>(map, 0x04));
  if (const auto list = TRY(Optional<ArrayView>(map, 0x05))) {
    request.exclude_list = TRY(DecodeDescriptors(*list, state.config.max_credentials_in_list));
  }
  if (const auto extensions = TRY(Optional<MapView>(map, 0x06))) {
    request.extensions = TRY(ExtensionInputs::ForCreation(state, *extensions->value));
  }
  if (const auto options = TRY(Optional<MapView>(map, 0x07))) {
    request.rk = TRY(Optional<bool>(*options->value, "rk"));
    request.up = TRY(Optional<bool>(*options->value, "up"));
    request.uv = TRY(Optional<bool>(*options->value, "uv"));
  }
  request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x08));
  request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x09));
  request.enterprise_attestation = TRY(Optional<std::uint64_t>(map, 0x0A));
  request.attestation_formats = TRY(Optional<ArrayView>(map, 0x0B));
  return request;
}

std::string KeptName(std::string_view text) {
  std::size_t size = text.size();
  if (size > kKeptNameSize) {
    size = kKeptNameSize;
    const auto continues = [&] { return (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80; };
    while (continues()) --size;
  }
  return std::string(text.substr(0, size));
}

}  // namespace keyrig::authenticator
