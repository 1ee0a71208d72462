#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "mock-entra/graph/handlers.h"
#include "mock-entra/policy/fido2_policy_json.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;

/// A method that this service shows in the policy but does not offer; its configuration is fixed.
struct OtherMethod {
  const char* id;
  const char* type;
};
constexpr std::array kOtherMethods = {
    OtherMethod{"MicrosoftAuthenticator", "microsoftAuthenticator"},
    OtherMethod{"Sms", "sms"},
    OtherMethod{"TemporaryAccessPass", "temporaryAccessPass"},
    OtherMethod{"HardwareOath", "hardwareOath"},
    OtherMethod{"SoftwareOath", "softwareOath"},
    OtherMethod{"Voice", "voice"},
    OtherMethod{"Email", "email"},
    OtherMethod{"X509Certificate", "x509Certificate"},
    OtherMethod{"VerifiableCredentials", "verifiableCredentials"},
    OtherMethod{"QRCodePin", "qrCodePin"},
};

Json AllUsers() {
  return Json::array(
      {{{"targetType", "group"}, {"id", "all_users"}, {"isRegistrationRequired", false}}});
}

Json Configuration(const OtherMethod& method, const directory::Tenant& tenant) {
  const bool is_pass = std::string_view(method.id) == "TemporaryAccessPass";
  Json json = {{"@odata.type", "#microsoft.graph." + std::string(method.type) +
                                   "AuthenticationMethodConfiguration"},
               {"id", method.id},
               {"state", is_pass ? "enabled" : "disabled"},
               {"excludeTargets", Json::array()}};
  if (is_pass) {
    json["defaultLifetimeInMinutes"] = tenant.pass_limits.default_lifetime_minutes;
    json["defaultLength"] = tenant.pass_limits.length;
    json["minimumLifetimeInMinutes"] = tenant.pass_limits.minimum_lifetime_minutes;
    json["maximumLifetimeInMinutes"] = tenant.pass_limits.maximum_lifetime_minutes;
    json["isUsableOnce"] = false;
  }
  json["includeTargets"] = AllUsers();
  return json;
}

/// The object with its context before it, as a GET of a single entity has it.
Json AsEntity(const Call& call, const Json& object) {
  Json entity = {{"@odata.context", call.Context("authenticationMethodConfigurations/$entity")}};
  entity.update(object);
  return entity;
}

tl::unexpected<GraphError> NoSuchConfiguration(std::string_view id) {
  return Refuse(404, "resourceNotFound",
                "There is no authentication method configuration '" + std::string(id) + "'.");
}

bool IsFido2(std::string_view id) { return EqualWithoutCase(id, "Fido2"); }

const OtherMethod* FindOther(std::string_view id) {
  const auto found = std::ranges::find_if(
      kOtherMethods, [&](const OtherMethod& method) { return EqualWithoutCase(method.id, id); });
  return found == kOtherMethods.end() ? nullptr : &*found;
}

/// Only the security key method can be changed here.
GraphResult<void> MustBeFido2(std::string_view id) {
  if (IsFido2(id)) return {};
  if (FindOther(id) == nullptr) return NoSuchConfiguration(id);
  return Refuse(405, "methodNotAllowed",
                "This service keeps the configuration '" + std::string(id) + "' as it is.");
}

/// Every target must exist, as a group or a user by its targetType.
GraphResult<void> TargetsExist(directory::Tenant& tenant,
                               const policy::Fido2Configuration& configuration) {
  const auto exists = [&](const std::string& type, const std::string& id) {
    return id == "all_users" ||
           (type == "group" ? tenant.FindGroup(id) != nullptr : tenant.FindUser(id) != nullptr);
  };
  for (const auto& target : configuration.includeTargets) {
    if (!exists(target.targetType, target.id)) {
      return BadRequest("includeTargets: there is no " + target.targetType + " " + target.id + ".");
    }
  }
  for (const auto& target : configuration.excludeTargets) {
    if (!exists(target.targetType, target.id)) {
      return BadRequest("excludeTargets: there is no " + target.targetType + " " + target.id + ".");
    }
  }
  return {};
}

void Save(const Call& call, policy::Fido2Configuration configuration) {
  directory::Tenant& tenant = call.service.tenant;
  tenant.fido2 = std::move(configuration);
  tenant.policy_modified = call.service.clock.Now();
  call.Emit("service.policy_changed",
            {{"state", tenant.fido2.state}, {"policy", ToJson(tenant.fido2, "v1.0").dump()}});
}

}  // namespace

GraphResult<http::Response> GetPolicy(const Call& call) {
  TRY(MayReadPolicy(call.caller));
  TRY(call.NoQueryOptions());
  const directory::Tenant& tenant = call.service.tenant;
  Json configurations = Json::array({ToJson(tenant.fido2, call.path.version)});
  for (const OtherMethod& method : kOtherMethods) {
    configurations.push_back(Configuration(method, tenant));
  }
  Json json = {
      {"@odata.context", call.Context("authenticationMethodsPolicy")},
      {"id", "authenticationMethodsPolicy"},
      {"displayName", "Authentication Methods Policy"},
      {"description", "The methods that users of " + tenant.display_name + " may register and use"},
      {"lastModifiedDateTime", ToRfc3339(tenant.policy_modified)},
      {"policyVersion", "1.5"},
      {"policyMigrationState", nullptr},
      {"registrationEnforcement",
       {{"authenticationMethodsRegistrationCampaign",
         {{"snoozeDurationInDays", 1},
          {"state", "default"},
          {"excludeTargets", Json::array()},
          {"includeTargets",
           Json::array({{{"id", "all_users"},
                         {"targetType", "group"},
                         {"targetedAuthenticationMethod", "microsoftAuthenticator"}}})}}}}}};
  if (call.path.IsBeta()) {
    const Json feature = {{"state", "default"},
                          {"includeTarget", {{"targetType", "group"}, {"id", "all_users"}}}};
    json["reportSuspiciousActivitySettings"] = feature;
    json["systemCredentialPreferences"] = {
        {"state", "default"}, {"excludeTargets", Json::array()}, {"includeTargets", Json::array()}};
  }
  json["authenticationMethodConfigurations@odata.context"] =
      call.Context("policies/authenticationMethodsPolicy/authenticationMethodConfigurations");
  json["authenticationMethodConfigurations"] = std::move(configurations);
  return GraphJson(json);
}

GraphResult<http::Response> GetConfiguration(const Call& call) {
  TRY(MayReadPolicy(call.caller));
  TRY(call.NoQueryOptions());
  const std::string& id = call.captured.at(0);
  const directory::Tenant& tenant = call.service.tenant;
  if (IsFido2(id)) return GraphJson(AsEntity(call, ToJson(tenant.fido2, call.path.version)));
  const OtherMethod* other = FindOther(id);
  if (other == nullptr) return NoSuchConfiguration(id);
  return GraphJson(AsEntity(call, Configuration(*other, tenant)));
}

GraphResult<http::Response> PatchConfiguration(const Call& call) {
  TRY(MayWritePolicy(call.caller));
  TRY(MustBeFido2(call.captured.at(0)));
  const std::string_view body = TRY(call.JsonBody());
  auto patched = policy::ApplyPatch(call.service.tenant.fido2, body);
  if (!patched) return BadRequest(patched.error().message);
  // Without its @odata.type the real service takes a body and applies nothing (facts A1).
  if (patched->ignored) return NoContent();
  TRY(TargetsExist(call.service.tenant, patched->configuration));
  Save(call, std::move(patched->configuration));
  return NoContent();
}

GraphResult<http::Response> DeleteConfiguration(const Call& call) {
  TRY(MayWritePolicy(call.caller));
  TRY(MustBeFido2(call.captured.at(0)));
  policy::Fido2Configuration fresh;
  if (call.service.tenant.fido2.HasProfiles()) policy::OptIn(fresh);
  Save(call, std::move(fresh));
  return NoContent();
}

}  // namespace keyrig::graph
