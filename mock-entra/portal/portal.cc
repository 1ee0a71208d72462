#include "mock-entra/portal/portal.h"

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_portal();
}

namespace keyrig::portal {
namespace {

namespace first_party = directory::first_party;
using Json = nlohmann::ordered_json;

std::string SignInUrl(std::string_view path) {
  return "https://" + std::string(hosts::kLogin) + std::string(path);
}

std::string Config(const first_party::Application& application) {
  // An ID token says how its user signed in only where it is asked to.
  const Json claims = {{"id_token", {{"amr", {{"essential", true}}}}}};
  const Json config = {{"authorizeUrl", SignInUrl("/organizations/oauth2/v2.0/authorize")},
                       {"tokenUrl", SignInUrl("/organizations/oauth2/v2.0/token")},
                       {"clientId", application.client_id},
                       {"redirectUri", application.redirect_uri},
                       {"scope",
                        "https://graph.microsoft.com/User.Read openid profile "
                        "offline_access"},
                       {"responseMode", "fragment"},
                       {"claims", claims.dump()}};
  return config.dump();
}

}  // namespace

Portal::Portal() : folder_(assets::keyrig_portal(), "mock-entra/portal/assets") {}

http::Response Portal::Handle(const http::Request& request) {
  const std::string_view path = request.path;
  if (path.starts_with("/assets/")) return folder_.File(path.substr(8));
  if (request.host == hosts::kMyApplications) {
    return http::Redirect("https://" + std::string(hosts::kMyApps) + request.raw_path);
  }
  if (request.method != "GET") {
    http::Response response = http::Text(405, "Use GET.\n");
    response.headers.Set("Allow", "GET");
    return response;
  }
  if (path != "/" && !path.empty()) {
    return http::Text(404, "There is no page " + request.path + " here.\n");
  }
  return request.host == hosts::kMyProfile ? Page(first_party::kMyProfile, "my_profile.html")
                                           : Page(first_party::kMyApps, "my_apps.html");
}

http::Response Portal::Page(const first_party::Application& application,
                            std::string_view file) const {
  return http::Html(folder_.Render(
      file, {{"config", Config(application)},
             {"securityInfo", "https://" + std::string(hosts::kMySignIns) + "/security-info"},
             {"signOut", SignInUrl("/common/oauth2/v2.0/logout?client_id=") +
                             std::string(application.client_id)}}));
}

}  // namespace keyrig::portal
