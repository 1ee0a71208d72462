#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "mock-entra/policy/fido2_policy.h"

/// The fido2 configuration as Microsoft Graph's JSON, both ways.
namespace keyrig::policy {

inline constexpr std::string_view kFido2ODataType =
    "#microsoft.graph.fido2AuthenticationMethodConfiguration";

/// The object as an element of authenticationMethodConfigurations. A GET of the object itself puts
/// "@odata.context" before it. `graph_version` is "v1.0" or "beta"; it is part of the contexts.
nlohmann::ordered_json ToJson(const Fido2Configuration& configuration,
                              std::string_view graph_version);

/// Why a PATCH is refused.
struct PatchError {
  std::string member;   // "keyRestrictions.aaGuids[1]"; empty for the body as a whole
  std::string message;  // in words, naming the member
};

/// What a PATCH makes of a configuration.
struct Patched {
  Fido2Configuration configuration;
  /// The body has no "@odata.type": nothing was applied, although the service answers as if.
  bool ignored = false;
};

/// Applies the JSON body of a PATCH. Omitted members keep their value; booleans may be the strings
/// "true" and "false"; members that only GET returns are accepted. Whether the groups and users of
/// the targets exist is for the caller to check. A body with profiles, or with
/// "defaultPasskeyProfile", opts in to them; from then on isAttestationEnforced and keyRestrictions
/// are taken without effect.
Result<Patched, PatchError> ApplyPatch(const Fido2Configuration& configuration,
                                       std::string_view body);

}  // namespace keyrig::policy
