#include "mock-entra/signin/signin.h"

#include <nlohmann/json.hpp>

#include "mock-entra/signin/assertion.h"
#include "mock-entra/signin/credential_type.h"
#include "mock-entra/signin/metadata.h"
#include "mock-entra/signin/urls.h"

namespace keyrig::signin {
namespace {

http::Response NotFound(const http::Request& request) {
  return http::Text(404, "The sign-in service has no page " + request.path + ".\n");
}

http::Response WrongMethod(std::string_view allowed) {
  http::Response response = http::Text(405, "Use " + std::string(allowed) + ".\n");
  response.headers.Set("Allow", std::string(allowed));
  return response;
}

/// A browser asks before a single-page application's request with headers of its own.
http::Response Preflight() {
  http::Response response;
  response.status = 204;
  response.headers.Add("Access-Control-Allow-Origin", "*");
  response.headers.Add("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.headers.Add("Access-Control-Allow-Headers", "content-type, client-request-id");
  return response;
}

http::Response PublicJson(std::string body) {
  http::Response response = http::Json(std::move(body));
  response.headers.Add("Access-Control-Allow-Origin", "*");
  return response;
}

/// The form fields come before a query's: the pages that post to themselves have both.
std::string FieldOf(const http::Request& request, std::string_view name) {
  const http::Parameters form = request.Form();
  if (const auto value = form.Find(name)) return std::string(*value);
  return request.Query().Get(name);
}

}  // namespace

http::Response SignIn::Handle(const http::Request& request) {
  const std::string_view path = request.path;
  const bool is_post = request.method == "POST";
  if (request.method == "OPTIONS") return Preflight();
  if (path.starts_with("/assets/")) return pages_.File(path.substr(8));
  if (path == "/common/discovery/instance") {
    return PublicJson(InstanceDiscovery(service_.tenant));
  }
  if (path == "/kmsi") return is_post ? StaySignedIn(request) : WrongMethod("POST");
  return HandleTenantPath(request);
}

http::Response SignIn::HandleTenantPath(const http::Request& request) {
  const std::string_view path = request.path;
  const std::size_t slash = path.find('/', 1);
  if (!path.starts_with('/') || slash == std::string_view::npos) return NotFound(request);
  const std::string_view tenant = path.substr(1, slash - 1);
  const std::string_view page = path.substr(slash);
  const bool is_post = request.method == "POST";

  const bool is_known = page == "/login" || page == "/GetCredentialType" || page == "/reprocess" ||
                        page == "/resume" || page == "/fido/get" || page == "/fido/create" ||
                        page.starts_with("/oauth2/") || page.starts_with("/discovery/") ||
                        page.starts_with("/.well-known/") || page.starts_with("/v2.0/.well-known/");
  if (!is_known) return NotFound(request);
  if (!IsTenantName(service_.tenant, tenant)) {
    return Refuse({90002, "\"" + std::string(tenant) + "\""}, "");
  }
  if (page == "/oauth2/v2.0/authorize") return Authorize(request, false);
  if (page == "/oauth2/authorize") return Authorize(request, true);
  if (page == "/reprocess" || page == "/resume") return StartOver(request);
  if (page == "/oauth2/v2.0/logout" || page == "/oauth2/logout") return Logout(request);
  if (page == "/v2.0/.well-known/openid-configuration") {
    return PublicJson(Discovery(service_.tenant, tenant, false));
  }
  if (page == "/.well-known/openid-configuration") {
    return PublicJson(Discovery(service_.tenant, tenant, true));
  }
  if (page == "/discovery/v2.0/keys" || page == "/discovery/keys") {
    return PublicJson(service_.tokens.Jwks());
  }
  const bool is_token = page == "/oauth2/v2.0/token" || page == "/oauth2/token";
  if (!is_token && page != "/login" && page != "/GetCredentialType" &&
      !page.starts_with("/fido/")) {
    return NotFound(request);
  }
  if (!is_post) return WrongMethod("POST");
  if (is_token) return token_endpoint_.Handle(request, page == "/oauth2/token");
  if (page == "/login") return Login(request);
  if (page == "/GetCredentialType") return CredentialTypeOf(request);
  if (page == "/fido/get") return FidoGet(request);
  return FidoCreate(request);
}

http::Response SignIn::CredentialTypeOf(const http::Request& request) {
  const auto json = nlohmann::json::parse(request.body, nullptr, false);
  const auto text = [&json](const char* name) {
    return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
  };
  if (!json.is_object() || text("username").empty()) {
    return http::Json(R"({"error":{"code":"6001","message":"The request needs a username."}})",
                      400);
  }
  Flow* flow = flows_.Find(text("originalRequest"), text("flowToken"));
  const bool is_fido_supported = json.contains("isFidoSupported") &&
                                 json["isFidoSupported"].is_boolean() &&
                                 json["isFidoSupported"].get<bool>();
  return http::Json(
      CredentialType(service_, flows_, flow, text("username"), is_fido_supported).dump());
}

http::Response SignIn::Login(const http::Request& request) {
  const http::Parameters form = request.Form();
  Flow* flow = flows_.Find(form.Get("ctx"), form.Get("flowToken"));
  const bool is_fido = form.Get("type") == "23";
  if (flow == nullptr) {
    return is_fido ? Refuse({135009, ""}, "")
                   : Refuse({90014, "ctx: start the sign-in again."}, "");
  }
  if (form.Get("canary") != flow->canary) return Refuse({165000, "canary"}, flow->user_name);
  const auto proof = is_fido ? CheckFido(*flow, form) : CheckFirstFactor(*flow, form);
  if (proof) return Complete(*flow, *proof);
  EmitRefused(service_, proof.error(), flow->user_name);
  return pages_.SignIn(*flow, proof.error());
}

Result<Proof, Refusal> SignIn::CheckFirstFactor(Flow& flow, const http::Parameters& form) {
  flow.user_name = form.Get(form.Get("loginfmt").empty() ? "login" : "loginfmt");
  directory::User* user = service_.tenant.FindUser(flow.user_name);
  if (user == nullptr) return Err(Refusal{50034, flow.user_name});
  const std::string pass = form.Get("accesspass");
  const Proof proof = TRY(pass.empty() ? CheckPassword(user, form.Get("passwd"))
                                       : CheckAccessPass(user, pass, service_.clock.Now()));
  if (flow.request.wants_fresh_mfa && !proof.is_multi_factor) {
    const bool has_key = !user->fido2_methods.empty() && OffersSecurityKey(service_.tenant, user);
    return Err(Refusal{has_key ? 50076 : 50079, ""});
  }
  return proof;
}

Result<Proof, Refusal> SignIn::CheckFido(Flow& flow, const http::Parameters& form) {
  const std::string assertion = form.Get("assertion");
  if (form.Get("lmcCanary") != flow.cross_domain_canary) {
    return Err(Refusal{165000, "lmcCanary"});
  }
  // Clients are known to post the same assertion again with another flow token.
  if (!flow.signed_in.empty() && assertion == flow.accepted_assertion) return FidoProof();
  const ProvedKey proved = TRY(CheckAssertion(service_, flow, assertion));
  flow.accepted_assertion = assertion;
  flow.user_name = proved.user->user_principal_name;
  return FidoProof();
}

http::Response SignIn::Complete(Flow& flow, const Proof& proof) {
  const directory::User* user = service_.tenant.FindUser(flow.user_name);
  auto session = service_.sessions.find(flow.signed_in);
  if (session == service_.sessions.end()) {
    EmitSignedIn(service_, *user, proof, flow.request.client_id);
    flow.signed_in = StartSession(service_, *user, proof).id;
    session = service_.sessions.find(flow.signed_in);
  }
  http::Response response = pages_.StaySignedIn(flow);
  SetSessionCookies(response, session->second, false);
  return response;
}

http::Response SignIn::StaySignedIn(const http::Request& request) {
  const http::Parameters form = request.Form();
  const Flow* flow = flows_.Find(form.Get("ctx"), form.Get("flowToken"));
  if (flow == nullptr) return Refuse({90014, "ctx: start the sign-in again."}, "");
  if (form.Get("canary") != flow->canary) return Refuse({165000, "canary"}, flow->user_name);
  const auto session = service_.sessions.find(flow->signed_in);
  if (session == service_.sessions.end()) return Refuse({50058, ""}, flow->user_name);
  http::Response response = Deliver(flow->request, session->second);
  SetSessionCookies(response, session->second, form.Get("LoginOptions") == "1");
  return response;
}

http::Response SignIn::StartOver(const http::Request& request) {
  Flow* flow = flows_.Find(FieldOf(request, "ctx"), "");
  if (flow == nullptr) return Refuse({90014, "ctx: start the sign-in again."}, "");
  flow->user_name = flow->request.login_hint;
  return pages_.SignIn(*flow, std::nullopt);
}

http::Response SignIn::Logout(const http::Request& request) {
  if (const auto* session = FindSession(service_, request)) {
    service_.sessions.erase(service_.sessions.find(session->id));
  }
  const std::string back = FieldOf(request, "post_logout_redirect_uri");
  const auto client = FindClient(service_.tenant, FieldOf(request, "client_id"));
  http::Response response =
      client && HasRedirectUri(*client, back) ? http::Redirect(back) : pages_.SignedOut();
  ClearSessionCookies(response);
  return response;
}

http::Response SignIn::Refuse(const Refusal& refusal, std::string_view user_name) {
  EmitRefused(service_, refusal, user_name);
  return pages_.Error(refusal);
}

}  // namespace keyrig::signin
