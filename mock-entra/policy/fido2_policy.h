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

/// A set: on the wire "deviceBound,synced".
struct PasskeyTypes {
  bool deviceBound = true;
  bool synced = false;
};

/// What keys a target's users may have, in a tenant that has opted in to profiles.
struct PasskeyProfile {
  std::string id;
  std::string name;
  std::string attestationEnforcement = "disabled";  // or "registrationOnly"
  PasskeyTypes passkeyTypes;
  KeyRestrictions keyRestrictions;
};
inline constexpr std::string_view kDefaultPasskeyProfile = "00000000-0000-0000-0000-000000000001";

struct IncludeTarget {
  std::string targetType = "group";  // "group" or "user"
  std::string id = "all_users";      // or an object id
  bool isRegistrationRequired = false;
  std::vector<std::string> allowedPasskeyProfiles = {};  // ids
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
  /// The default one first; none before the tenant opts in. They decide in place of
  /// isAttestationEnforced and keyRestrictions, which then only repeat the default profile.
  std::vector<PasskeyProfile> passkeyProfiles = {};

  bool HasProfiles() const { return !passkeyProfiles.empty(); }
};

/// Opts in to profiles, which cannot be undone: the default profile takes over what stood in the
/// configuration itself, and every target gets it.
void OptIn(Fido2Configuration& configuration);

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
  kPasskeyTypeOff,       // no profile allows keys that are synced, or that are not
  kAttestationRequired,  // registration only: enforced, and the key is not attested
};
std::string_view Name(Denial denial);

/// What policy asks of a key.
struct KeyTraits {
  Aaguid aaguid;
  bool attested = false;
  bool synced = false;  // its credential is backup eligible
};

/// Before the ceremony: may the subject register at all? (facts: scope, self-service)
Denial MayStartRegistration(const Fido2Configuration& policy, const Subject& subject);
/// After it: may this key be registered? Includes MayStartRegistration.
Denial MayRegister(const Fido2Configuration& policy, const Subject& subject, const KeyTraits& key);
/// Whether no rule of the subject's takes a key without attestation.
bool MustAttest(const Fido2Configuration& policy, const Subject& subject);
/// Is the method offered to the subject at sign-in?
Denial MayUseMethod(const Fido2Configuration& policy, const Subject& subject);
/// May this registered key sign in? Attestation is not looked at again.
Denial MaySignIn(const Fido2Configuration& policy, const Subject& subject, const KeyTraits& key);

}  // namespace keyrig::policy
