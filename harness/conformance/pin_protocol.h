#pragma once

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"
#include "harness/conformance/stop.h"

namespace keyrig::conformance {

/// The platform's side of a PIN/UV auth protocol (CTAP 2.3 §6.5.6 and §6.5.7) after it agreed on a
/// secret with the key.
class PinProtocol {
 public:
  /// `authenticator_key` is what getKeyAgreement answered, a COSE key.
  static OrStop<PinProtocol> Agree(int number, const cbor::Value& authenticator_key,
                                   RandomStream stream);
  int Number() const { return number_; }
  /// The platform's COSE key.
  const cbor::Value& Key() const { return key_; }
  Bytes Encrypt(ByteView plain);
  OrStop<Bytes> Decrypt(ByteView cipher) const;
  /// With the shared secret.
  Bytes Authenticate(ByteView data) const;

 private:
  explicit PinProtocol(RandomStream stream) : stream_(stream) {}
  int number_ = 0;
  cbor::Value key_;
  Bytes hmac_key_;
  Bytes aes_key_;
  RandomStream stream_;
};

/// With a token, by the rule of protocol `number`.
Bytes AuthenticateWith(int number, ByteView token, ByteView data);

}  // namespace keyrig::conformance
