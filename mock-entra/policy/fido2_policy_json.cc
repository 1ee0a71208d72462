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

Result<std::string, PatchError> ReadTargetId(const json& value, const std::string& member) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || !Aaguid::Parse(*text)) {
    return Refuse(member, "must be the object id (a GUID) of a group or user");
  }
  return Lower(*text);
}

Result<void, PatchError> MustBeEmpty(const json& value, const std::string& member) {
  if (value.is_null() || (value.is_array() && value.empty())) return {};
  return Refuse(member, "this tenant has not opted in to passkey profiles; leave it empty");
}

Result<KeyRestrictions, PatchError> ReadKeyRestrictions(KeyRestrictions restrictions,
                                                        const json& object) {
  const std::string path = "keyRestrictions";
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
      TRY(MustBeEmpty(value, member));
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

std::optional<json> ParseObject(std::string_view body) {
  json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

}  // namespace

ordered_json ToJson(const Fido2Configuration& configuration, std::string_view graph_version) {
  ordered_json aaguids = ordered_json::array();
  for (const Aaguid& aaguid : configuration.keyRestrictions.aaGuids) {
    aaguids.push_back(aaguid.Text());
  }
  ordered_json excludes = ordered_json::array();
  for (const ExcludeTarget& target : configuration.excludeTargets) {
    excludes.push_back({{"id", target.id}, {"targetType", target.targetType}});
  }
  ordered_json includes = ordered_json::array();
  for (const IncludeTarget& target : configuration.includeTargets) {
    includes.push_back({{"id", target.id},
                        {"targetType", target.targetType},
                        {"isRegistrationRequired", target.isRegistrationRequired},
                        {"allowedPasskeyProfiles", ordered_json::array()}});
  }
  return {
      {"@odata.type", kFido2ODataType},
      {"id", "Fido2"},
      {"state", configuration.state},
      {"isSelfServiceRegistrationAllowed", configuration.isSelfServiceRegistrationAllowed},
      {"isAttestationEnforced", configuration.isAttestationEnforced},
      {"defaultPasskeyProfile", nullptr},
      {"keyRestrictions",
       {{"isEnforced", configuration.keyRestrictions.isEnforced},
        {"enforcementType", configuration.keyRestrictions.enforcementType},
        {"aaGuids", std::move(aaguids)}}},
      {"excludeTargets", std::move(excludes)},
      {"includeTargets@odata.context",
       "https://graph.microsoft.com/" + std::string(graph_version) +
           "/$metadata#policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
           "('Fido2')/microsoft.graph.fido2AuthenticationMethodConfiguration/includeTargets"},
      {"includeTargets", std::move(includes)},
      {"passkeyProfiles", ordered_json::array()},
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
      next.keyRestrictions = TRY(ReadKeyRestrictions(std::move(next.keyRestrictions), value));
    } else if (name == "includeTargets") {
      next.includeTargets = TRY(ReadTargets(value, name, &ReadIncludeTarget));
    } else if (name == "excludeTargets") {
      next.excludeTargets = TRY(ReadTargets(value, name, &ReadExcludeTarget));
    } else if (name == "id") {
      if (!value.is_string() || Lower(value.get<std::string>()) != "fido2") {
        return Refuse(name, "must be \"Fido2\"");
      }
    } else if (name == "defaultPasskeyProfile" || name == "passkeyProfiles") {
      TRY(MustBeEmpty(value, name));
    } else if (!IsAnnotation(name)) {
      return Refuse(name, "no such property");
    }
  }
  const std::size_t size = ToJson(next, "v1.0").dump().size();
  if (size > kMaxPolicySize) {
    return Refuse("", "the policy would take " + std::to_string(size) +
                          " bytes; the service saves at most " + std::to_string(kMaxPolicySize));
  }
  return Patched{std::move(next)};
}

}  // namespace keyrig::policy
