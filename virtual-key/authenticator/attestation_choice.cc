#include <algorithm>

#include "virtual-key/authenticator/attestation.h"

namespace keyrig::authenticator {

std::string_view FormatOf(Attestation attestation) {
  switch (attestation) {
    case Attestation::kPacked:
    case Attestation::kSelf:
      return "packed";
    case Attestation::kFidoU2f:
      return "fido-u2f";
    case Attestation::kTpm:
      return "tpm";
    case Attestation::kAndroidKey:
      return "android-key";
    case Attestation::kApple:
      return "apple";
    case Attestation::kNone:
      break;
  }
  return "none";
}

bool NeedsIdentity(Attestation attestation) {
  return attestation != Attestation::kSelf && attestation != Attestation::kNone;
}

bool CanAttest(Attestation attestation, CoseAlgorithm algorithm) {
  using enum CoseAlgorithm;
  const bool is_p256 = algorithm == kEs256 || algorithm == kEsp256;
  if (attestation == Attestation::kFidoU2f) return is_p256;
  if (attestation != Attestation::kTpm) return true;
  constexpr CoseAlgorithm kOthers[] = {kEs384, kEsp384, kEs512, kEsp512, kRs256, kPs256};
  return is_p256 || std::ranges::find(kOthers, algorithm) != std::end(kOthers);
}

std::vector<Attestation> AttestationsOf(const AuthenticatorConfig& config) {
  std::vector<Attestation> all = {config.attestation};
  all.insert(all.end(), config.other_attestations.begin(), config.other_attestations.end());
  return all;
}

Attestation ChooseAttestation(const AuthenticatorConfig& config, CoseAlgorithm algorithm,
                              const cbor::Array* preference) {
  const auto able = [&](Attestation attestation) {
    return CanAttest(attestation, algorithm) ? attestation : Attestation::kPacked;
  };
  const auto is = [](const cbor::Value& wanted, std::string_view format) {
    const std::string* text = wanted.AsText();
    return text != nullptr && *text == format;
  };
  if (preference == nullptr) return able(config.attestation);
  if (preference->size() == 1 && is(preference->front(), "none")) return Attestation::kNone;
  // Names that mean nothing here, and elements that are no names, are passed over.
  for (const cbor::Value& wanted : *preference) {
    for (const Attestation own : AttestationsOf(config)) {
      if (own == Attestation::kNone || !CanAttest(own, algorithm)) continue;
      if (is(wanted, FormatOf(own))) return own;
    }
  }
  return able(config.attestation);
}

AttestationStatement Attest(Attestation attestation, const AttestationSource& source) {
  switch (attestation) {
    case Attestation::kPacked:
      return AttestByCertificate(source);
    case Attestation::kSelf:
      return AttestBySelf(source);
    case Attestation::kFidoU2f:
      return AttestFidoU2f(source);
    case Attestation::kTpm:
      return AttestTpm(source);
    case Attestation::kAndroidKey:
      return AttestAndroidKey(source);
    case Attestation::kApple:
      return AttestApple(source);
    case Attestation::kNone:
      break;
  }
  return AttestByNone();
}

}  // namespace keyrig::authenticator
