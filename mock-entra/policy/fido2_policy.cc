#include "mock-entra/policy/fido2_policy.h"

#include <algorithm>

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

Denial KeyAllowed(const KeyRestrictions& restrictions, const Aaguid& aaguid) {
  if (!restrictions.isEnforced) return Denial::kNone;
  const bool listed = std::ranges::find(restrictions.aaGuids, aaguid) != restrictions.aaGuids.end();
  const bool allowed = restrictions.enforcementType == "allow" ? listed : !listed;
  return allowed ? Denial::kNone : Denial::kKeyRestricted;
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
    case Denial::kAttestationRequired:
      return "attestation is enforced";
  }
  return {};
}

Denial MayStartRegistration(const Fido2Configuration& policy, const Subject& subject) {
  if (const Denial denial = InScope(policy, subject); denial != Denial::kNone) return denial;
  return policy.isSelfServiceRegistrationAllowed ? Denial::kNone : Denial::kSelfServiceDisabled;
}

Denial MayRegister(const Fido2Configuration& policy, const Subject& subject, const Aaguid& aaguid,
                   bool attested) {
  if (const Denial denial = MayStartRegistration(policy, subject); denial != Denial::kNone) {
    return denial;
  }
  // Before the model: an AAGUID that nothing attests is only a claim.
  if (policy.isAttestationEnforced && !attested) return Denial::kAttestationRequired;
  return KeyAllowed(policy.keyRestrictions, aaguid);
}

Denial MayUseMethod(const Fido2Configuration& policy, const Subject& subject) {
  return InScope(policy, subject);
}

Denial MaySignIn(const Fido2Configuration& policy, const Subject& subject, const Aaguid& aaguid) {
  if (const Denial denial = InScope(policy, subject); denial != Denial::kNone) return denial;
  return KeyAllowed(policy.keyRestrictions, aaguid);
}

}  // namespace keyrig::policy
