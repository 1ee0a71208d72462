#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/der.h"

namespace keyrig::authenticator {
namespace {

constexpr const char* kNonceExtension = "1.2.840.113635.100.8.2";

}  // namespace

// WebAuthn L3 §8.8: the credential's own certificate, which names this registration.
AttestationStatement AttestApple(const AttestationSource& source) {
  const auto nonce = crypto::Sha256(source.SignedData());
  Bytes extension = der::Element(
      der::kSequence, {der::Element(der::Context(1), {der::Element(der::kOctetString, {nonce})})});
  const auto certificate = IssueUnderRoot(
      source.config, *source.identity,
      AttestationSubject(source.config, ToHex(crypto::Sha256(source.credential.id.bytes))),
      source.credential.key.Public(), {{.oid = kNonceExtension, .value = std::move(extension)}},
      source.stream);
  return {"apple", {{"x5c", cbor::Array{certificate.Der()}}}};
}

}  // namespace keyrig::authenticator
