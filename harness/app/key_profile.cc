#include "harness/app/key_profile.h"

#include "virtual-key/profiles/profile.h"

namespace keyrig::app {

using authenticator::Attestation;
using Wanted = scenario::KeyProfile::Attestation;

namespace {

Attestation Configured(Wanted wanted) {
  switch (wanted) {
    case Wanted::kPacked:
      return Attestation::kPacked;
    case Wanted::kSelf:
      return Attestation::kSelf;
    case Wanted::kNone:
      return Attestation::kNone;
  }
  return Attestation::kNone;
}

}  // namespace

std::string ModelOf(const scenario::KeyProfile& profile) {
  return profile.model.value_or("pin_key");
}

Result<authenticator::AuthenticatorConfig, Error> ConfigOf(const scenario::KeyProfile& profile) {
  authenticator::AuthenticatorConfig config = TRY(profiles::Load(ModelOf(profile))).config;
  if (profile.aaguid) config.aaguid = *profile.aaguid;
  if (profile.attestation) config.attestation = Configured(*profile.attestation);
  return config;
}

bool HasAttestationRoot(Attestation attestation) {
  return attestation != Attestation::kSelf && attestation != Attestation::kNone;
}

std::string_view Name(Wanted attestation) {
  switch (attestation) {
    case Wanted::kPacked:
      return "packed";
    case Wanted::kSelf:
      return "self";
    case Wanted::kNone:
      return "none";
  }
  return {};
}

}  // namespace keyrig::app
