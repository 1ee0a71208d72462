#include "mock-entra/policy/fido2_policy.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace keyrig::policy {
namespace {

bool Holds(const std::string& target_type, const std::string& id, const Subject& subject) {
  if (target_type == "user") return id == subject.user_id;
  return id == "all_users" || std::ranges::find(subject.group_ids, id) != subject.group_ids.end();
}

/// State and scope, which every use of the method needs.
Denial InScope(const Fido2Configuration& policy, const Subject& subject) {
  if (policy.state != "enabled") return Denial::kMethodDisabled;
  const auto holds = [&subject](const auto& target) {
    return Holds(target.targetType, target.id, subject);
  };
  if (std::ranges::any_of(policy.excludeTargets, holds)) return Denial::kUserExcluded;
  if (std::ranges::none_of(policy.includeTargets, holds)) return Denial::kUserNotTargeted;
  return Denial::kNone;
}

Denial ModelAllowed(const KeyRestrictions& restrictions, const Aaguid& aaguid) {
  if (!restrictions.isEnforced) return Denial::kNone;
  const bool listed = std::ranges::find(restrictions.aaGuids, aaguid) != restrictions.aaGuids.end();
  const bool allowed = restrictions.enforcementType == "allow" ? listed : !listed;
  return allowed ? Denial::kNone : Denial::kKeyRestricted;
}

enum class Occasion { kRegistration, kSignIn };

Denial AllowedBy(bool attestation_enforced, const KeyRestrictions& restrictions,
                 const KeyTraits& key, Occasion occasion) {
  // Before the model: an AAGUID that nothing attests is only a claim.
  if (occasion == Occasion::kRegistration && attestation_enforced && !key.attested) {
    return Denial::kAttestationRequired;
  }
  return ModelAllowed(restrictions, key.aaguid);
}

Denial AllowedBy(const PasskeyProfile& profile, const KeyTraits& key, Occasion occasion) {
  const bool type_is_on =
      key.synced ? profile.passkeyTypes.synced : profile.passkeyTypes.deviceBound;
  if (!type_is_on) return Denial::kPasskeyTypeOff;
  return AllowedBy(profile.attestationEnforcement == "registrationOnly", profile.keyRestrictions,
                   key, occasion);
}

std::vector<const PasskeyProfile*> ProfilesOf(const Fido2Configuration& policy,
                                              const Subject& subject) {
  std::vector<const PasskeyProfile*> profiles;
  for (const PasskeyProfile& profile : policy.passkeyProfiles) {
    const bool applies =
        std::ranges::any_of(policy.includeTargets, [&](const IncludeTarget& target) {
          return Holds(target.targetType, target.id, subject) &&
                 std::ranges::find(target.allowedPasskeyProfiles, profile.id) !=
                     target.allowedPasskeyProfiles.end();
        });
    if (applies) profiles.push_back(&profile);
  }
  return profiles;
}

/// One profile of the subject's targets that is wholly satisfied is enough; else the denial of the
/// first.
Denial KeyAllowed(const Fido2Configuration& policy, const Subject& subject, const KeyTraits& key,
                  Occasion occasion) {
  if (!policy.HasProfiles()) {
    return AllowedBy(policy.isAttestationEnforced, policy.keyRestrictions, key, occasion);
  }
  std::optional<Denial> first;
  for (const PasskeyProfile* profile : ProfilesOf(policy, subject)) {
    const Denial denial = AllowedBy(*profile, key, occasion);
    if (denial == Denial::kNone) return denial;
    if (!first) first = denial;
  }
  return first.value_or(Denial::kUserNotTargeted);
}

}  // namespace

std::string_view Name(Denial denial) {
  switch (denial) {
    case Denial::kNone:
      return "allowed";
    case Denial::kMethodDisabled:
      return "the method is disabled";
    case Denial::kUserExcluded:
      return "the user is excluded";
    case Denial::kUserNotTargeted:
      return "the user is not a target";
    case Denial::kSelfServiceDisabled:
      return "self-service registration is off";
    case Denial::kKeyRestricted:
      return "the key model is restricted";
    case Denial::kPasskeyTypeOff:
      return "this type of passkey is not allowed";
    case Denial::kAttestationRequired:
      return "attestation is enforced";
  }
  return {};
}

void OptIn(Fido2Configuration& configuration) {
  PasskeyProfile profile;
  profile.id = kDefaultPasskeyProfile;
  profile.name = "Default passkey profile";
  profile.attestationEnforcement =
      configuration.isAttestationEnforced ? "registrationOnly" : "disabled";
  // Nothing attests a synced passkey.
  profile.passkeyTypes.synced = !configuration.isAttestationEnforced;
  profile.keyRestrictions = configuration.keyRestrictions;
  configuration.passkeyProfiles = {std::move(profile)};
  for (IncludeTarget& target : configuration.includeTargets) {
    if (target.allowedPasskeyProfiles.empty()) {
      target.allowedPasskeyProfiles = {std::string(kDefaultPasskeyProfile)};
    }
  }
}

Denial MayStartRegistration(const Fido2Configuration& policy, const Subject& subject) {
  if (const Denial denial = InScope(policy, subject); denial != Denial::kNone) return denial;
  return policy.isSelfServiceRegistrationAllowed ? Denial::kNone : Denial::kSelfServiceDisabled;
}

Denial MayRegister(const Fido2Configuration& policy, const Subject& subject, const KeyTraits& key) {
  if (const Denial denial = MayStartRegistration(policy, subject); denial != Denial::kNone) {
    return denial;
  }
  return KeyAllowed(policy, subject, key, Occasion::kRegistration);
}

bool MustAttest(const Fido2Configuration& policy, const Subject& subject) {
  if (!policy.HasProfiles()) return policy.isAttestationEnforced;
  return std::ranges::all_of(ProfilesOf(policy, subject), [](const PasskeyProfile* profile) {
    return profile->attestationEnforcement == "registrationOnly";
  });
}

Denial MayUseMethod(const Fido2Configuration& policy, const Subject& subject) {
  return InScope(policy, subject);
}

Denial MaySignIn(const Fido2Configuration& policy, const Subject& subject, const KeyTraits& key) {
  if (const Denial denial = InScope(policy, subject); denial != Denial::kNone) return denial;
  return KeyAllowed(policy, subject, key, Occasion::kSignIn);
}

}  // namespace keyrig::policy
