#include "virtual-key/authenticator/persistent_token.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kAes128KeySize = 16;
constexpr ByteArray<32> kHkdfSalt{};

}  // namespace

bool VerifyWithPersistentToken(const State& state, PinUvAuthProtocolNumber protocol,
                               ByteView message, ByteView param) {
  return state.HasPersistentToken() &&
         VerifyMac(protocol, *state.device.persistent_token, message, param);
}

Bytes EncryptForTokenHolder(const State& state, std::string_view name,
                            const ByteArray<16>& content) {
  const Bytes key =
      crypto::HkdfSha256(*state.device.persistent_token, kHkdfSalt, ViewOf(name), kAes128KeySize);
  const Bytes iv = state.environment.rng.Stream("authenticator/identifier-iv").Take(16);
  return Concat({iv, *crypto::Aes128CbcEncrypt(key, iv, content)});
}

}  // namespace keyrig::authenticator
