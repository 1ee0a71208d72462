#include "harness/station/administration.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace keyrig::station {
namespace {

using nlohmann::json;

constexpr const char* kConfiguration =
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";
constexpr std::string_view kAllUsers = "all_users";

std::string UserPath(const std::string& user_principal_name, std::string_view collection) {
  return fmt::format("/users/{}/authentication/{}", PercentEncode(user_principal_name), collection);
}

Walk<std::string> TargetId(GraphClient& graph, const std::string& name) {
  if (name == kAllUsers) return name;
  return graph.GroupId(name);
}

/// `target` of includeTargets is richer than that of excludeTargets.
Walk<json> Targets(GraphClient& graph, const std::vector<std::string>& names, bool include) {
  json targets = json::array();
  for (const std::string& name : names) {
    const std::string id = TRY(TargetId(graph, name));
    json target = {{"targetType", "group"}, {"id", id}};
    if (include) target["isRegistrationRequired"] = false;
    targets.push_back(std::move(target));
  }
  return targets;
}

Walk<json> Changes(GraphClient& graph, const EnableSecurityKeys& step) {
  // Without its type the service takes a PATCH and changes nothing.
  json changes = {{"@odata.type", "#microsoft.graph.fido2AuthenticationMethodConfiguration"},
                  {"state", step.enabled ? "enabled" : "disabled"}};
  if (step.include) changes["includeTargets"] = TRY(Targets(graph, *step.include, true));
  if (step.exclude) changes["excludeTargets"] = TRY(Targets(graph, *step.exclude, false));
  if (step.enforce_attestation) changes["isAttestationEnforced"] = *step.enforce_attestation;
  if (step.allow_self_service) {
    changes["isSelfServiceRegistrationAllowed"] = *step.allow_self_service;
  }
  if (step.key_restrictions) {
    changes["keyRestrictions"] = {{"isEnforced", step.key_restrictions->enforced},
                                  {"enforcementType", step.key_restrictions->type},
                                  {"aaGuids", step.key_restrictions->aaguids}};
  }
  return changes;
}

/// Whether `actual` says everything that `wanted` says; the service may add members.
bool Shows(const json& actual, const json& wanted) {
  if (wanted.is_object()) {
    if (!actual.is_object()) return false;
    for (const auto& item : wanted.items()) {
      if (!actual.contains(item.key()) || !Shows(actual[item.key()], item.value())) return false;
    }
    return true;
  }
  if (wanted.is_array()) {
    if (!actual.is_array() || actual.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!Shows(actual[i], wanted[i])) return false;
    }
    return true;
  }
  return actual == wanted;
}

}  // namespace

Walk<Outcome> SaveFido2Configuration(GraphClient& graph, const EnableSecurityKeys& step) {
  TRY(graph.Get(kConfiguration));
  const json changes = TRY(Changes(graph, step));
  TRY(graph.Patch(kConfiguration, changes));
  const json saved = TRY(graph.Get(kConfiguration));
  for (const auto& item : changes.items()) {
    if (!saved.contains(item.key()) || !Shows(saved[item.key()], item.value())) {
      return Err(Error{fmt::format("The policy was saved, but its {} did not become {}.",
                                   item.key(), item.value().dump())});
    }
  }
  return Outcome{};
}

Walk<std::string> IssueTemporaryAccessPass(GraphClient& graph,
                                           const std::string& user_principal_name) {
  const json issued = TRY(graph.Post(UserPath(user_principal_name, "temporaryAccessPassMethods"),
                                     {{"lifetimeInMinutes", 60}, {"isUsableOnce", false}}));
  std::string pass = issued.value("temporaryAccessPass", "");
  if (pass.empty()) return Err(Error{"Graph issued a Temporary Access Pass without its value."});
  return pass;
}

Walk<Outcome> DeleteFido2Methods(GraphClient& graph, const std::string& user_principal_name) {
  const std::string path = UserPath(user_principal_name, "fido2Methods");
  const json methods = TRY(graph.Get(path));
  for (const json& method : methods.value("value", json::array())) {
    TRY(graph.Delete(fmt::format("{}/{}", path, PercentEncode(method.value("id", "")))));
  }
  return Outcome{};
}

}  // namespace keyrig::station
