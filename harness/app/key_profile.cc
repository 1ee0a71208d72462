#include "harness/app/key_profile.h"

#include "harness/base/bytes.h"

namespace keyrig::app {

using authenticator::Attestation;

Aaguid DefaultModel() {
  // Reads as "keyrig" in ASCII, then version 4.
  constexpr ByteArray<16> kModel = {0x6b, 0x65, 0x79, 0x72, 0x69, 0x67, 0x40, 0x00,
                                    0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01};
  return {kModel};
}

Attestation ConfiguredAttestation(const scenario::KeyProfile& profile) {
  using Wanted = scenario::KeyProfile::Attestation;
  switch (profile.attestation.value_or(Wanted::kPacked)) {
    case Wanted::kPacked:
      return Attestation::kPacked;
    case Wanted::kSelf:
      return Attestation::kSelf;
    case Wanted::kNone:
      return Attestation::kNone;
  }
  return Attestation::kPacked;
}

std::string_view Name(Attestation attestation) {
  switch (attestation) {
    case Attestation::kPacked:
      return "packed";
    case Attestation::kSelf:
      return "self";
    case Attestation::kNone:
      return "none";
    case Attestation::kFidoU2f:
      return "fido-u2f";
    case Attestation::kTpm:
      return "tpm";
    case Attestation::kAndroidKey:
      return "android-key";
    case Attestation::kApple:
      return "apple";
  }
  return {};
}

}  // namespace keyrig::app
