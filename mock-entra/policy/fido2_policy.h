#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/ids.h"

/// The fido2 authentication method configuration, with Microsoft Graph's own field names, and what
/// it decides. Pure.
namespace keyrig::policy {

struct KeyRestrictions {
  bool isEnforced = false;
  std::string enforcementType = "block";  // "allow" or "block"
  std::vector<Aaguid> aaGuids;
};

struct IncludeTarget {
  std::string targetType = "group";  // "group" or "user"
  std::string id = "all_users";      // or an object id
  bool isRegistrationRequired = false;
};

struct ExcludeTarget {
  std::string targetType = "group";
  std::string id;
};

struct Fido2Configuration {
  std::string state = "disabled";  // "enabled" or "disabled"
  bool isSelfServiceRegistrationAllowed = true;
  bool isAttestationEnforced = true;
  KeyRestrictions keyRestrictions;
  std::vector<IncludeTarget> includeTargets = {IncludeTarget{}};
  std::vector<ExcludeTarget> excludeTargets;
};

/// Who asks: the user's object id and the ids of the groups that hold the user.
struct Subject {
  std::string user_id;
  std::vector<std::string> group_ids;
};

/// Why policy says no; kNone is yes.
enum class Denial {
  kNone,
  kMethodDisabled,  // state is "disabled"
  kUserExcluded,    // exclude beats include
  kUserNotTargeted,
  kSelfServiceDisabled,  // registration only
  kKeyRestricted,        // the AAGUID is not allowed, or is blocked
  kAttestationRequired,  // registration only: enforced, and the key is not attested
};
std::string_view Name(Denial denial);

/// Before the ceremony: may the subject register at all? (facts: scope, self-service)
Denial MayStartRegistration(const Fido2Configuration& policy, const Subject& subject);
/// After it: may this key be registered? Includes MayStartRegistration.
Denial MayRegister(const Fido2Configuration& policy, const Subject& subject, const Aaguid& aaguid,
                   bool attested);
/// Is the method offered to the subject at sign-in?
Denial MayUseMethod(const Fido2Configuration& policy, const Subject& subject);
/// May this registered key sign in? Attestation is not looked at again.
Denial MaySignIn(const Fido2Configuration& policy, const Subject& subject, const Aaguid& aaguid);

}  // namespace keyrig::policy
