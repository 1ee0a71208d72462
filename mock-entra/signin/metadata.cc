#include "mock-entra/signin/metadata.h"

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "mock-entra/signin/urls.h"

namespace keyrig::signin {

using Json = nlohmann::ordered_json;

std::string Discovery(const directory::Tenant& tenant, std::string_view name, bool v1) {
  const bool is_any = name == "common" || name == "organizations";
  const std::string id = is_any ? "{tenantid}" : tenant.id;
  const std::string base =
      std::string(urls::kSignInOrigin) + "/" + (is_any ? std::string(name) : tenant.id);
  const std::string version = v1 ? "" : "/v2.0";
  const Json document = {
      {"token_endpoint", base + "/oauth2" + version + "/token"},
      {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic"}},
      {"jwks_uri", base + "/discovery" + version + "/keys"},
      {"response_modes_supported", {"query", "fragment", "form_post"}},
      {"subject_types_supported", {"pairwise"}},
      {"id_token_signing_alg_values_supported", {"RS256"}},
      {"response_types_supported", {"code", "id_token", "code id_token"}},
      {"scopes_supported", {"openid", "profile", "email", "offline_access"}},
      {"issuer", v1 ? "https://sts.windows.net/" + id + "/"
                    : std::string(urls::kSignInOrigin) + "/" + id + "/v2.0"},
      {"request_uri_parameter_supported", false},
      {"authorization_endpoint", base + "/oauth2" + version + "/authorize"},
      {"http_logout_supported", true},
      {"frontchannel_logout_supported", true},
      {"end_session_endpoint", base + "/oauth2" + version + "/logout"},
      {"claims_supported",
       {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name",
        "tid", "ver"}},
      {"tenant_region_scope", is_any ? Json(nullptr) : Json("EU")},
      {"cloud_instance_name", "microsoftonline.com"},
      {"cloud_graph_host_name", "graph.windows.net"},
      {"msgraph_host", hosts::kGraph},
      {"rbac_url", "https://pas.windows.net"}};
  return document.dump();
}

std::string InstanceDiscovery(const directory::Tenant& tenant) {
  const Json document = {
      {"tenant_discovery_endpoint", std::string(urls::kSignInOrigin) + "/" + tenant.id +
                                        "/v2.0/.well-known/openid-configuration"},
      {"api-version", "1.1"},
      {"metadata",
       Json::array(
           {{{"preferred_network", hosts::kLogin},
             {"preferred_cache", hosts::kLoginWindows},
             {"aliases", {hosts::kLogin, hosts::kLoginWindows, hosts::kWebAuthn, hosts::kSts}}}})}};
  return document.dump();
}

}  // namespace keyrig::signin
