#include "mock-entra/signin/credential_type.h"

#include <nlohmann/json.hpp>

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPassword = 1;
constexpr int kFido = 7;
constexpr int kAccessPass = 13;

bool HasUsablePass(const directory::User& user, Instant now) {
  const auto& pass = user.temporary_access_pass;
  return pass && directory::StateOf(*pass, now) == directory::PassState::kUsable;
}

}  // namespace

bool OffersSecurityKey(const directory::Tenant& tenant, const directory::User* user) {
  return user == nullptr ||
         policy::MayUseMethod(tenant.fido2, tenant.SubjectOf(*user)) == policy::Denial::kNone;
}

std::vector<std::string> AllowList(const directory::User& user) {
  std::vector<std::string> ids;
  for (const directory::Fido2Method& method : user.fido2_methods) {
    ids.push_back(ToBase64(method.credential.id.bytes));
  }
  return ids;
}

Json CredentialType(directory::Service& service, Flows& flows, Flow* flow,
                    std::string_view user_name, bool is_fido_supported) {
  const directory::User* user = service.tenant.FindUser(user_name);
  const bool has_password = user == nullptr || !user->password.empty();
  const bool has_fido = user != nullptr && is_fido_supported && !user->fido2_methods.empty() &&
                        OffersSecurityKey(service.tenant, user);
  const bool has_pass = user != nullptr && HasUsablePass(*user, service.clock.Now());

  Json fido = nullptr;
  if (has_fido) {
    fido = {{"AllowList", AllowList(*user)},
            {"HasCrossDeviceCapablePasskey", false},
            {"Challenge", flow != nullptr ? Json(flows.Challenge(*flow)) : Json(nullptr)}};
  }
  const Json credentials = {{"PrefCredential", has_pass   ? kAccessPass
                                               : has_fido ? kFido
                                                          : kPassword},
                            {"HasPassword", has_password},
                            {"HasFido", has_fido},
                            {"HasRemoteNGC", false},
                            {"HasAccessPass", has_pass},
                            {"FidoParams", fido},
                            {"RemoteNgcParams", nullptr},
                            {"SasParams", nullptr},
                            {"CertAuthParams", nullptr},
                            {"GoogleParams", nullptr},
                            {"FacebookParams", nullptr},
                            {"FederationRedirectUrl", nullptr}};
  return {{"Username", user_name},
          {"Display", user != nullptr ? user->user_principal_name : std::string(user_name)},
          {"IfExistsResult", user != nullptr ? 0 : 1},
          {"IsUnmanaged", false},
          {"ThrottleStatus", 0},
          {"Credentials", credentials},
          {"EstsProperties", {{"UserTenantBranding", nullptr}, {"DomainType", 3}}},
          {"FlowToken", flow != nullptr ? flow->token : ""},
          {"IsSignupDisallowed", true},
          {"apiCanary", flow != nullptr ? flow->canary : ""}};
}

}  // namespace keyrig::signin
