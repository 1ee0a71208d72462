#include "mock-entra/portal/portal.h"

#include "harness/base/hosts.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_portal();
}

namespace keyrig::portal {
namespace {

namespace first_party = directory::first_party;

constexpr std::string_view kSession = "PortalAuth";
constexpr std::string_view kErrand = "PortalSignIn";
constexpr std::string_view kSignInPath = "/signin-oidc";
constexpr auto kErrandLifetime = std::chrono::hours(1);

/// The answer comes by a form that another site posts: hence SameSite=None.
void SetCookie(http::Response& response, std::string_view name, std::string_view value) {
  response.headers.Add("Set-Cookie", std::string(name) + "=" + std::string(value) +
                                         "; path=/; secure; HttpOnly; SameSite=None" +
                                         (value.empty() ? "; Max-Age=0" : ""));
}

std::string AuthorizeUrl(const first_party::Application& application, std::string_view state,
                         std::string_view nonce) {
  // An id token says how its user signed in only where it is asked to.
  constexpr std::string_view kClaims = R"({"id_token":{"amr":{"essential":true}}})";
  return "https://" + std::string(hosts::kLogin) +
         "/organizations/oauth2/v2.0/authorize?client_id=" + std::string(application.client_id) +
         "&response_type=id_token&response_mode=form_post&redirect_uri=" +
         http::UrlEncode(application.redirect_uri) + "&scope=" + http::UrlEncode("openid profile") +
         "&state=" + http::UrlEncode(state) + "&nonce=" + http::UrlEncode(nonce) +
         "&claims=" + http::UrlEncode(kClaims);
}

/// The JSON inside a token that was checked.
std::string Claims(std::string_view token) {
  const std::size_t start = token.find('.') + 1;
  const auto bytes = FromBase64Url(token.substr(start, token.find('.', start) - start));
  return bytes ? std::string(AsText(*bytes)) : "{}";
}

}  // namespace

Portal::Portal(directory::Service& service)
    : service_(service), folder_(assets::keyrig_portal(), "mock-entra/portal/assets") {}

http::Response Portal::Handle(const http::Request& request) {
  const std::string_view path = request.path;
  if (path.starts_with("/assets/")) return folder_.File(path.substr(8));
  if (request.host == hosts::kMyApplications) {
    return http::Redirect("https://" + std::string(hosts::kMyApps) + request.raw_path);
  }
  const Application& application =
      request.host == hosts::kMyProfile ? first_party::kMyProfile : first_party::kMyApps;
  if (path == kSignInPath && request.method == "POST") return Receive(request, application);
  if (request.method != "GET") return http::Text(405, "Use GET.\n");
  if (path == "/signout") return SignOut(request, application);
  if (path != "/" && !path.empty()) {
    return http::Text(404, "There is no page " + request.path + " here.\n");
  }
  const Visit* visit = FindVisit(request, application);
  return visit != nullptr ? Page(*visit, application) : SendToSignIn(application);
}

const Portal::Visit* Portal::FindVisit(const http::Request& request,
                                       const Application& application) const {
  const auto cookie = request.Cookie(kSession);
  const auto found = cookie ? visits_.find(*cookie) : visits_.end();
  if (found == visits_.end() || found->second.client_id != application.client_id) return nullptr;
  return &found->second;
}

http::Response Portal::SendToSignIn(const Application& application) {
  const Instant now = service_.clock.Now();
  std::erase_if(errands_, [now](const auto& entry) { return entry.second.expires <= now; });
  RandomStream stream = service_.rng.Stream("portal.errand");
  const std::string state = ToBase64Url(stream.Take(24));
  const std::string nonce = ToBase64Url(stream.Take(24));
  errands_.emplace(state, Errand{std::string(application.client_id), nonce, now + kErrandLifetime});
  http::Response response = http::Redirect(AuthorizeUrl(application, state, nonce));
  SetCookie(response, kErrand, state);
  return response;
}

http::Response Portal::Receive(const http::Request& request, const Application& application) {
  const http::Parameters form = request.Form();
  const std::string state = form.Get("state");
  const auto errand = errands_.find(state);
  if (errand == errands_.end() || request.Cookie(kErrand) != state ||
      errand->second.client_id != application.client_id) {
    return Refuse("This sign-in was not started here, or too long ago. Open the page again.");
  }
  const Errand started = errand->second;
  errands_.erase(errand);
  if (form.Find("error")) return Refuse(form.Get("error_description"));
  const std::string token = form.Get("id_token");
  const auto claims = service_.tokens.Check(token, application.client_id);
  if (!claims || claims->nonce != started.nonce) {
    return Refuse("The sign-in service's answer is not one to this sign-in. Open the page again.");
  }
  const std::string cookie = ToBase64Url(service_.rng.Stream("portal.session").Take(32));
  visits_.emplace(cookie, Visit{started.client_id, claims->user_id, token});
  http::Response response = http::Redirect("https://" + request.host + "/");
  SetCookie(response, kErrand, "");
  SetCookie(response, kSession, cookie);
  return response;
}

http::Response Portal::SignOut(const http::Request& request, const Application& application) {
  if (const auto cookie = request.Cookie(kSession)) visits_.erase(*cookie);
  http::Response response =
      http::Redirect("https://" + std::string(hosts::kLogin) +
                     "/common/oauth2/v2.0/logout?client_id=" + std::string(application.client_id));
  SetCookie(response, kSession, "");
  return response;
}

http::Response Portal::Page(const Visit& visit, const Application& application) const {
  const directory::User* user = service_.tenant.FindUser(visit.user_id);
  if (user == nullptr) return Refuse("Your account is not in the directory any more.");
  const bool is_profile = application.client_id == first_party::kMyProfile.client_id;
  return http::Html(folder_.Render(
      is_profile ? "my_profile.html" : "my_apps.html",
      {{"name", user->display_name},
       {"userPrincipalName", user->user_principal_name},
       {"organization", service_.tenant.display_name},
       {"securityInfo", "https://" + std::string(hosts::kMySignIns) + "/security-info"},
       {"claims", Claims(visit.id_token)}}));
}

http::Response Portal::Refuse(const std::string& message) const {
  return http::Html(folder_.Render("refused.html", {{"message", message}}), 400);
}

}  // namespace keyrig::portal
