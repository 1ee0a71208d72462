#include "mock-entra/policy/fido2_policy_json.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

namespace keyrig::policy {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxPolicySize = 20 * 1024;  // "policy limit 20 KB", entra-docs

tl::unexpected<PatchError> Refuse(std::string member, const std::string& problem) {
  std::string message = member.empty() ? problem : member + ": " + problem;
  return Err(PatchError{std::move(member), std::move(message)});
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Members that GET returns and a client may send back unchanged.
bool IsAnnotation(std::string_view name) { return name.find("@odata.") != std::string_view::npos; }

Result<bool, PatchError> ReadBool(const json& value, const std::string& member) {
  if (value.is_boolean()) return value.get<bool>();
  if (value == "true") return true;
  if (value == "false") return false;
  return Refuse(member, "must be true or false");
}

Result<std::string, PatchError> ReadEnum(const json& value, const std::string& member,
                                         std::initializer_list<std::string_view> allowed) {
  std::string choices;
  for (const std::string_view choice : allowed) {
    if (value == choice) return std::string(choice);
    choices += (choices.empty() ? "\"" : " or \"") + std::string(choice) + "\"";
  }
  return Refuse(member, "must be " + choices);
}

Result<Aaguid, PatchError> ReadAaguid(const json& value, const std::string& member) {
  const auto* text = value.get_ptr<const std::string*>();
  const auto aaguid = text != nullptr ? Aaguid::Parse(*text) : Fail("not a string");
  if (!aaguid) {
    return Refuse(member, "must be an AAGUID such as 2fc0579f-8113-47ea-b116-bb5a8db9202a");
  }
  return *aaguid;
}

Result<std::string, PatchError> ReadGuid(const json& value, const std::string& member,
                                         const char* what) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || !Aaguid::Parse(*text)) {
    return Refuse(member, std::string("must be the ") + what + ", a GUID");
  }
  return Lower(*text);
}

Result<std::string, PatchError> ReadTargetId(const json& value, const std::string& member) {
  return ReadGuid(value, member, "object id of a group or user");
}

Result<KeyRestrictions, PatchError> ReadKeyRestrictions(KeyRestrictions restrictions,
                                                        const json& object,
                                                        const std::string& path) {
  if (!object.is_object()) return Refuse(path, "must be an object");
  for (const auto& [name, value] : object.items()) {
    const std::string member = path + "." + name;
    if (name == "isEnforced") {
      restrictions.isEnforced = TRY(ReadBool(value, member));
    } else if (name == "enforcementType") {
      restrictions.enforcementType = TRY(ReadEnum(value, member, {"allow", "block"}));
    } else if (name == "aaGuids") {
      if (!value.is_array()) return Refuse(member, "must be an array of AAGUIDs");
      restrictions.aaGuids.clear();
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string element = member + "[" + std::to_string(i) + "]";
        restrictions.aaGuids.push_back(TRY(ReadAaguid(value[i], element)));
      }
    } else if (!IsAnnotation(name)) {
      return Refuse(member, "no such property");
    }
  }
  return restrictions;
}

Result<IncludeTarget, PatchError> ReadIncludeTarget(const json& object, const std::string& path) {
  IncludeTarget target;
  target.id.clear();
  for (const auto& [name, value] : object.items()) {
    const std::string member = path + "." + name;
    if (name == "targetType") {
      target.targetType = TRY(ReadEnum(value, member, {"group", "user"}));
    } else if (name == "id") {
      target.id = value == "all_users" ? "all_users" : TRY(ReadTargetId(value, member));
    } else if (name == "isRegistrationRequired") {
      target.isRegistrationRequired = TRY(ReadBool(value, member));
    } else if (name == "allowedPasskeyProfiles") {
      if (!value.is_array()) return Refuse(member, "must be an array of ids of passkey profiles");
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string element = member + "[" + std::to_string(i) + "]";
        target.allowedPasskeyProfiles.push_back(
            TRY(ReadGuid(value[i], element, "id of a passkey profile")));
      }
    } else if (name != "displayName" && !IsAnnotation(name)) {
      return Refuse(member, "no such property");
    }
  }
  if (target.id == "all_users" && target.targetType != "group") {
    return Refuse(path + ".targetType", "must be \"group\" for all_users");
  }
  return target;
}

Result<ExcludeTarget, PatchError> ReadExcludeTarget(const json& object, const std::string& path) {
  ExcludeTarget target;
  for (const auto& [name, value] : object.items()) {
    const std::string member = path + "." + name;
    if (name == "targetType") {
      target.targetType = TRY(ReadEnum(value, member, {"group", "user"}));
    } else if (name == "id") {
      target.id = TRY(ReadTargetId(value, member));
    } else if (name != "displayName" && !IsAnnotation(name)) {
      return Refuse(member, "no such property");
    }
  }
  return target;
}

template <typename Target>
Result<std::vector<Target>, PatchError> ReadTargets(
    const json& array, const std::string& path,
    Result<Target, PatchError> (*read)(const json&, const std::string&)) {
  if (!array.is_array()) return Refuse(path, "must be an array of targets");
  std::vector<Target> targets;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string element = path + "[" + std::to_string(i) + "]";
    if (!array[i].is_object()) return Refuse(element, "must be an object");
    Target target = TRY(read(array[i], element));
    if (target.id.empty()) return Refuse(element + ".id", "is missing");
    if (std::ranges::find(targets, target.id, &Target::id) != targets.end()) {
      return Refuse(element + ".id", target.id + " is already a target");
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<PasskeyTypes, PatchError> ReadPasskeyTypes(const json& value, const std::string& member) {
  const auto* text = value.get_ptr<const std::string*>();
  PasskeyTypes types{.deviceBound = false, .synced = false};
  bool known = text != nullptr;
  for (std::size_t begin = 0; known && begin <= text->size();) {
    const std::size_t end = std::min(text->find(',', begin), text->size());
    const std::string_view flag = std::string_view(*text).substr(begin, end - begin);
    (flag == "synced" ? types.synced : types.deviceBound) = true;
    known = flag == "synced" || flag == "deviceBound";
    begin = end + 1;
  }
  if (!known) {
    return Refuse(member, R"(must be "deviceBound", "synced" or "deviceBound,synced")");
  }
  return types;
}

/// `profiles` are those that stand: what is left out of one of them stays as it is.
Result<PasskeyProfile, PatchError> ReadProfile(const std::vector<PasskeyProfile>& profiles,
                                               const json& object, const std::string& path) {
  if (!object.is_object()) return Refuse(path, "must be an object");
  if (!object.contains("id")) return Refuse(path + ".id", "is missing");
  PasskeyProfile profile;
  profile.id = TRY(ReadGuid(object["id"], path + ".id", "id of the profile"));
  const auto known = std::ranges::find(profiles, profile.id, &PasskeyProfile::id);
  if (known != profiles.end()) profile = *known;
  for (const auto& [name, value] : object.items()) {
    const std::string member = path + "." + name;
    if (name == "name") {
      if (!value.is_string()) return Refuse(member, "must be a text");
      profile.name = value.get<std::string>();
    } else if (name == "attestationEnforcement") {
      profile.attestationEnforcement =
          TRY(ReadEnum(value, member, {"disabled", "registrationOnly"}));
    } else if (name == "passkeyTypes") {
      profile.passkeyTypes = TRY(ReadPasskeyTypes(value, member));
    } else if (name == "keyRestrictions") {
      profile.keyRestrictions =
          TRY(ReadKeyRestrictions(std::move(profile.keyRestrictions), value, member));
    } else if (name != "id" && !IsAnnotation(name)) {
      return Refuse(member, "no such property");
    }
  }
  if (profile.name.empty()) return Refuse(path + ".name", "is missing");
  return profile;
}

constexpr std::size_t kMaxProfiles = 3;  // entra-docs, with the default one

Result<void, PatchError> ReadProfiles(const json& value, Fido2Configuration& configuration) {
  const std::string path = "passkeyProfiles";
  if (!value.is_array()) return Refuse(path, "must be an array of passkey profiles");
  if (value.empty() && !configuration.HasProfiles()) return {};
  if (!configuration.HasProfiles()) OptIn(configuration);
  std::vector<PasskeyProfile> profiles;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string element = path + "[" + std::to_string(i) + "]";
    PasskeyProfile profile = TRY(ReadProfile(configuration.passkeyProfiles, value[i], element));
    if (std::ranges::find(profiles, profile.id, &PasskeyProfile::id) != profiles.end()) {
      return Refuse(element + ".id", profile.id + " is already a profile");
    }
    const bool is_default = profile.id == kDefaultPasskeyProfile;
    profiles.insert(is_default ? profiles.begin() : profiles.end(), std::move(profile));
  }
  if (profiles.empty() || profiles.front().id != kDefaultPasskeyProfile) {
    return Refuse(path, "the default profile, " + std::string(kDefaultPasskeyProfile) +
                            ", cannot be deleted; name it too");
  }
  if (profiles.size() > kMaxProfiles) {
    return Refuse(path, "a tenant has at most " + std::to_string(kMaxProfiles) + " profiles");
  }
  configuration.passkeyProfiles = std::move(profiles);
  return {};
}

Result<void, PatchError> ReadDefaultProfile(const json& value, Fido2Configuration& configuration) {
  const std::string member = "defaultPasskeyProfile";
  if (value.is_null() && !configuration.HasProfiles()) return {};
  if (value != kDefaultPasskeyProfile) {
    return Refuse(member, "must be \"" + std::string(kDefaultPasskeyProfile) +
                              "\"; opting in to passkey profiles cannot be undone");
  }
  if (!configuration.HasProfiles()) OptIn(configuration);
  return {};
}

/// Every profile that a target names must be there; a target that names none has the default one.
Result<void, PatchError> MatchTargets(Fido2Configuration& configuration) {
  const auto& profiles = configuration.passkeyProfiles;
  for (std::size_t i = 0; i < configuration.includeTargets.size(); ++i) {
    std::vector<std::string>& allowed = configuration.includeTargets[i].allowedPasskeyProfiles;
    const std::string path = "includeTargets[" + std::to_string(i) + "].allowedPasskeyProfiles";
    if (!configuration.HasProfiles() && !allowed.empty()) {
      return Refuse(path, "this tenant has not opted in to passkey profiles; leave it empty");
    }
    for (const std::string& id : allowed) {
      if (std::ranges::find(profiles, id, &PasskeyProfile::id) == profiles.end()) {
        return Refuse(path, "there is no passkey profile " + id);
      }
    }
    if (configuration.HasProfiles() && allowed.empty()) {
      allowed = {std::string(kDefaultPasskeyProfile)};
    }
  }
  return {};
}

std::optional<json> ParseObject(std::string_view body) {
  json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

ordered_json RestrictionsJson(const KeyRestrictions& restrictions) {
  ordered_json aaguids = ordered_json::array();
  for (const Aaguid& aaguid : restrictions.aaGuids) aaguids.push_back(aaguid.Text());
  return {{"isEnforced", restrictions.isEnforced},
          {"enforcementType", restrictions.enforcementType},
          {"aaGuids", std::move(aaguids)}};
}

std::string TypesText(const PasskeyTypes& types) {
  if (!types.synced) return "deviceBound";
  return types.deviceBound ? "deviceBound,synced" : "synced";
}

}  // namespace

ordered_json ToJson(const Fido2Configuration& configuration, std::string_view graph_version) {
  ordered_json profiles = ordered_json::array();
  for (const PasskeyProfile& profile : configuration.passkeyProfiles) {
    profiles.push_back({{"id", profile.id},
                        {"name", profile.name},
                        {"attestationEnforcement", profile.attestationEnforcement},
                        {"passkeyTypes", TypesText(profile.passkeyTypes)},
                        {"keyRestrictions", RestrictionsJson(profile.keyRestrictions)}});
  }
  const ordered_json default_profile =
      configuration.HasProfiles() ? ordered_json(kDefaultPasskeyProfile) : ordered_json(nullptr);
  ordered_json excludes = ordered_json::array();
  for (const ExcludeTarget& target : configuration.excludeTargets) {
    excludes.push_back({{"id", target.id}, {"targetType", target.targetType}});
  }
  ordered_json includes = ordered_json::array();
  for (const IncludeTarget& target : configuration.includeTargets) {
    includes.push_back({{"id", target.id},
                        {"targetType", target.targetType},
                        {"isRegistrationRequired", target.isRegistrationRequired},
                        {"allowedPasskeyProfiles", target.allowedPasskeyProfiles}});
  }
  return {
      {"@odata.type", kFido2ODataType},
      {"id", "Fido2"},
      {"state", configuration.state},
      {"isSelfServiceRegistrationAllowed", configuration.isSelfServiceRegistrationAllowed},
      {"isAttestationEnforced", configuration.isAttestationEnforced},
      {"defaultPasskeyProfile", default_profile},
      {"keyRestrictions", RestrictionsJson(configuration.keyRestrictions)},
      {"excludeTargets", std::move(excludes)},
      {"includeTargets@odata.context",
       "https://graph.microsoft.com/" + std::string(graph_version) +
           "/$metadata#policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
           "('Fido2')/microsoft.graph.fido2AuthenticationMethodConfiguration/includeTargets"},
      {"includeTargets", std::move(includes)},
      {"passkeyProfiles", std::move(profiles)},
  };
}

Result<Patched, PatchError> ApplyPatch(const Fido2Configuration& configuration,
                                       std::string_view body) {
  const auto object = ParseObject(body);
  if (!object) return Refuse("", "the body must be a JSON object");
  const auto type = object->find("@odata.type");
  if (type == object->end()) return Patched{configuration, /*ignored=*/true};
  if (*type != kFido2ODataType) {
    return Refuse("@odata.type", "must be \"" + std::string(kFido2ODataType) + "\"");
  }
  Fido2Configuration next = configuration;
  for (const auto& [name, value] : object->items()) {
    if (name == "state") {
      next.state = TRY(ReadEnum(value, name, {"enabled", "disabled"}));
    } else if (name == "isSelfServiceRegistrationAllowed") {
      next.isSelfServiceRegistrationAllowed = TRY(ReadBool(value, name));
    } else if (name == "isAttestationEnforced") {
      next.isAttestationEnforced = TRY(ReadBool(value, name));
    } else if (name == "keyRestrictions") {
      next.keyRestrictions = TRY(ReadKeyRestrictions(std::move(next.keyRestrictions), value, name));
    } else if (name == "includeTargets") {
      next.includeTargets = TRY(ReadTargets(value, name, &ReadIncludeTarget));
    } else if (name == "excludeTargets") {
      next.excludeTargets = TRY(ReadTargets(value, name, &ReadExcludeTarget));
    } else if (name == "id") {
      if (!value.is_string() || Lower(value.get<std::string>()) != "fido2") {
        return Refuse(name, "must be \"Fido2\"");
      }
    } else if (name != "defaultPasskeyProfile" && name != "passkeyProfiles" &&
               !IsAnnotation(name)) {
      return Refuse(name, "no such property");
    }
  }
  // After the rest, which the default profile takes over when the tenant opts in by this.
  if (object->contains("defaultPasskeyProfile")) {
    TRY(ReadDefaultProfile((*object)["defaultPasskeyProfile"], next));
  }
  if (object->contains("passkeyProfiles")) {
    TRY(ReadProfiles((*object)["passkeyProfiles"], next));
  }
  TRY(MatchTargets(next));
  if (next.HasProfiles()) {
    const PasskeyProfile& standard = next.passkeyProfiles.front();
    next.isAttestationEnforced = standard.attestationEnforcement == "registrationOnly";
    next.keyRestrictions = standard.keyRestrictions;
  }
  const std::size_t size = ToJson(next, "v1.0").dump().size();
  if (size > kMaxPolicySize) {
    return Refuse("", "the policy would take " + std::to_string(size) +
                          " bytes; the service saves at most " + std::to_string(kMaxPolicySize));
  }
  return Patched{std::move(next)};
}

}  // namespace keyrig::policy
