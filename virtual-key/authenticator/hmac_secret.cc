#include "virtual-key/authenticator/hmac_secret.h"

#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kSaltSize = 32;

}  // namespace

Outcome<bool> DecodeHmacSecretCreation(const cbor::Value& extensions) {
  return TRY(Optional<bool>(extensions, "hmac-secret")).value_or(false);
}

Outcome<std::optional<HmacSecretInput>> DecodeHmacSecretInput(const cbor::Value& extensions) {
  const auto map = TRY(Optional<MapView>(extensions, "hmac-secret"));
  if (!map) return std::optional<HmacSecretInput>();
  const cbor::Value& members = *map->value;
  HmacSecretInput input;
  input.key_agreement = TRY(Required<MapView>(members, 0x01)).value;
  input.salt_enc = TRY(Required<ByteView>(members, 0x02));
  input.salt_auth = TRY(Required<ByteView>(members, 0x03));
  input.protocol = TRY(Optional<std::uint64_t>(members, 0x04)).value_or(1);
  return std::optional(input);
}

Outcome<HmacSecretSalts> OpenSalts(State& state, const HmacSecretInput& input) {
  const PinUvAuthProtocol* protocol = state.FindHmacSecretProtocol(input.protocol);
  if (protocol == nullptr) return Err(Status::kInvalidParameter);
  const SharedSecret secret = TRY(protocol->Decapsulate(*input.key_agreement));
  if (!secret.Verify(input.salt_enc, input.salt_auth)) return Err(Status::kPinAuthInvalid);
  auto salts = secret.Decrypt(input.salt_enc);
  if (!salts || (salts->size() != kSaltSize && salts->size() != 2 * kSaltSize)) {
    return Err(Status::kInvalidParameter);
  }
  return HmacSecretSalts{secret, std::move(*salts)};
}

Bytes EvaluateHmacSecret(const HmacSecretSalts& salts, const StoredCredential& credential,
                         bool user_verified, RandomStream& stream) {
  const auto& cred_random =
      user_verified ? credential.cred_random_with_uv : credential.cred_random_without_uv;
  const ByteView all = salts.salts;
  Bytes output;
  for (std::size_t at = 0; at < all.size(); at += kSaltSize) {
    Append(output, crypto::HmacSha256(cred_random, all.subspan(at, kSaltSize)));
  }
  return salts.shared_secret.Encrypt(output, stream);
}

}  // namespace keyrig::authenticator
