#include "harness/device/attestation.h"

#include <fmt/format.h>

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"

namespace keyrig::device {
namespace {

// WebAuthn L3 §8.2, §8.6, §8.7: whatever carries x5c was signed with a certified key.
Attestation AttestationOf(const MadeCredential& made) {
  if (made.format == "none") return Attestation::kNone;
  const auto statement = cbor::Decode(made.attestation_statement);
  return statement && statement->Find("x5c") != nullptr ? Attestation::kCertificate
                                                        : Attestation::kSelf;
}

}  // namespace

std::string_view Name(Attestation attestation) {
  switch (attestation) {
    case Attestation::kCertificate:
      return "a certificate";
    case Attestation::kSelf:
      return "itself";
    case Attestation::kNone:
      return "nothing";
  }
  return {};
}

Result<Attestation, Error> ReadAttestation(Fido2Key& key, Operator& person,
                                           const std::string& key_name, const std::string& pin) {
  const auto refused = [](const KeyError& error) {
    return Error{
        fmt::format("The key does not show what vouches for it: it answered {}.", error.name)};
  };
  const Capabilities capabilities = TRY(key.GetInfo().map_error(refused));
  MakeCredentialRequest request;
  request.client_data_hash = crypto::Sha256(ViewOf("keyrig looks at the attestation"));
  request.rp.text = "keyrig.invalid";
  request.rp_name = "keyrig";
  request.user_handle.bytes = ToBytes("nobody");
  request.user_name = "nobody";
  request.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kRs256};
  request.resident_key = false;
  if (capabilities.client_pin.value_or(false)) request.pin = pin;

  Result<MadeCredential, KeyError> made = Err(KeyError{});
  TRY(person.During(Gesture::kTouch, key_name, [&] { made = key.MakeCredential(request); }));
  return AttestationOf(TRY(std::move(made).map_error(refused)));
}

}  // namespace keyrig::device
