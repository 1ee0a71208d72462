#pragma once

#include <cstdint>
#include <string_view>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "harness/base/crypto.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/pin_uv_auth_token.h"
#include "virtual-key/authenticator/status.h"

namespace keyrig::authenticator {

/// The numbers of the protocols, as they stand on the wire.
enum class PinUvAuthProtocolNumber : std::uint8_t { kOne = 1, kTwo = 2 };

/// Whether `mac` is the protocol's authentication code over `message`.
bool VerifyMac(PinUvAuthProtocolNumber protocol, ByteView key, ByteView message, ByteView mac);

/// What key agreement gave both sides (CTAP 2.1 §6.5.6, §6.5.7).
class SharedSecret {
 public:
  SharedSecret(PinUvAuthProtocolNumber protocol, ByteView agreed_x);
  /// `data` is a multiple of 16 bytes. Protocol 2 puts a fresh IV in front.
  Bytes Encrypt(ByteView data, RandomStream& stream) const;
  Result<Bytes, Error> Decrypt(ByteView data) const;
  bool Verify(ByteView message, ByteView mac) const;

 private:
  PinUvAuthProtocolNumber protocol_;
  ByteArray<32> hmac_key_;
  ByteArray<32> aes_key_;
};

/// One PIN/UV auth protocol: its key agreement key and its token.
class PinUvAuthProtocol {
 public:
  PinUvAuthProtocol(PinUvAuthProtocolNumber number, Rng& rng);

  PinUvAuthProtocolNumber Number() const { return number_; }
  /// regenerate: a new key agreement key.
  void Regenerate(Rng& rng);
  /// getPublicKey, as a COSE_Key.
  cbor::Value PublicKey() const;
  /// decapsulate; INVALID_PARAMETER where the platform's key is none.
  Outcome<SharedSecret> Decapsulate(const cbor::Value& platform_key) const;

  /// resetPinUvAuthToken: another value, not in use.
  void ResetToken(Rng& rng);
  PinUvAuthToken& Token() { return token_; }
  /// verify with the token as key; false also where the token is not in use at `now`. A match ends
  /// the token's initial usage limit.
  bool VerifyWithToken(ByteView message, ByteView mac, Instant now);

 private:
  PinUvAuthProtocolNumber number_;
  crypto::PrivateKey key_;
  PinUvAuthToken token_;
};

}  // namespace keyrig::authenticator
