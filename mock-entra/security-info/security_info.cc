#include "mock-entra/security-info/security_info.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "mock-entra/directory/first_party.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_security_info();
}

namespace keyrig::security_info {
namespace {

using Json = nlohmann::ordered_json;

// Method types and verification states (facts D2).
constexpr int kFido = 12;
constexpr int kPasskey = 18;
constexpr int kPending = 1;
constexpr int kVerified = 2;
constexpr int kFailed = 3;

constexpr std::string_view kApi = "/api/authenticationmethods/";
constexpr std::string_view kLogin = "https://login.microsoftonline.com/organizations/oauth2/v2.0/";

/// What a method looks like in DataUpdates and the list of registered methods.
Json FidoDevice(const directory::Fido2Method& method) {
  const bool is_synced = method.credential.backup_eligible;
  return {{"CredentialId", method.GraphId()},
          {"DisplayName", method.display_name},
          {"CreationTime", ToRfc3339(method.created)},
          {"AaGuid", method.credential.aaguid.Text()},
          {"isDisabled", false},
          {"PasskeyType", is_synced ? "multiDevice" : "singleDevice"},
          {"PasskeyName", nullptr},
          {"KeyStrength", nullptr},
          {"MethodUsabilityReason", nullptr},
          {"IsUsable", false}};
}

Json Failure(int type, const Refusal& refusal) {
  return {{"Type", type},
          {"VerificationState", kFailed},
          {"VerificationContext", nullptr},
          {"DataUpdates", nullptr},
          {"Data", nullptr},
          {"ErrorCode", static_cast<int>(refusal.code)}};
}

/// The methods that the user may add, by name.
Json Available(const directory::Tenant& tenant, const directory::User& user) {
  Json methods = Json::object();
  if (CheckScope(tenant, user)) {
    methods["Fido"] = {{"Type", kFido}, {"IsAvailable", true}};
    methods["Passkey"] = {{"Type", kPasskey}, {"IsAvailable", true}};
  }
  return methods;
}

Json Registered(const directory::User& user) {
  Json devices = Json::array();
  for (const auto& method : user.fido2_methods) devices.push_back(FidoDevice(method));
  return {{"FidoDevices", devices}};
}

/// The CredentialId of a delete call's Data: an object's member, or the text itself.
std::string CredentialIdOf(const Json& body) {
  if (!body.contains("Data") || !body["Data"].is_string()) return "";
  const auto& text = body["Data"].get_ref<const std::string&>();
  const Json data = Json::parse(text, nullptr, false);
  if (data.is_object() && data.contains("CredentialId") && data["CredentialId"].is_string()) {
    return data["CredentialId"].get<std::string>();
  }
  return data.is_string() ? data.get<std::string>() : text;
}

Result<void, Refusal> Delete(directory::Service& service, directory::User& user,
                             const std::string& id) {
  if (id.empty()) {
    return Err(Refusal{ErrorCode::kRequiredParamMissing, "Data holds no CredentialId."});
  }
  const auto method = std::ranges::find(user.fido2_methods, id, &directory::Fido2Method::GraphId);
  if (method == user.fido2_methods.end()) {
    return Err(Refusal{ErrorCode::kKeyNotFound, "The user has no key " + id + "."});
  }
  Event event;
  event.source = "service";
  event.kind = "service.deleted";
  event.at = service.clock.Now();
  event.fields = {{"user", user.user_principal_name},
                  {"credential_id", ToBase64Url(method->credential.id.bytes)}};
  service.events.Emit(std::move(event));
  user.fido2_methods.erase(method);
  return {};
}

http::Response Unauthorized() {
  http::Response response;
  response.status = 401;
  response.headers.Add("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

SecurityInfo::SecurityInfo(directory::Service& service)
    : service_(service),
      callers_(service),
      registrations_(service),
      folder_(assets::keyrig_security_info(), "mock-entra/security-info/assets") {}

http::Response SecurityInfo::Handle(const http::Request& request) {
  const std::string_view path = request.path;
  if (path.starts_with("/assets/")) return folder_.File(path.substr(8));
  const bool is_api = path == "/api/session/authorize" || path.starts_with(kApi);
  const bool is_read = path.ends_with("/availablemethods") || path.ends_with("/registeredmethods");
  const bool is_page = path == "/" || path.empty() || path == "/security-info";
  if (!is_api && !is_page && path != "/api/post/newfido") {
    return http::Text(404, "My Sign-Ins has no page " + request.path + ".\n");
  }
  const std::string_view method = is_page || is_read ? "GET" : "POST";
  if (request.method != method) {
    http::Response response = http::Text(405, "Use " + std::string(method) + ".\n");
    response.headers.Set("Allow", std::string(method));
    return response;
  }
  if (is_page) return Page();
  if (!is_api) return NewFido(request);
  return Api(request, path.substr(path.rfind('/') + 1));
}

http::Response SecurityInfo::Page() const {
  const directory::first_party::Application& client = directory::first_party::kMySignIns;
  const Json step_up = {{"essential", true}, {"values", {"ngcmfa"}}};
  const Json config = {
      {"authorizeUrl", std::string(kLogin) + "authorize"},
      {"tokenUrl", std::string(kLogin) + "token"},
      {"clientId", client.client_id},
      {"redirectUri", client.redirect_uri},
      {"scope", std::string(client.client_id) + "/.default openid profile offline_access"},
      {"responseMode", "fragment"},
      {"stepUpClaims",
       Json{{"id_token", {{"amr", step_up}}}, {"access_token", {{"amr", step_up}}}}.dump()},
      {"methodType", kPasskey},
      {"api",
       {{"authorize", "/api/session/authorize"},
        {"available", std::string(kApi) + "availablemethods"},
        {"registered", std::string(kApi) + "registeredmethods"},
        {"new", std::string(kApi) + "new"},
        {"verify", std::string(kApi) + "verify"},
        {"delete", std::string(kApi) + "delete"}}}};
  return http::Html(folder_.Render("security_info.html", {{"config", config.dump()}}));
}

http::Response SecurityInfo::NewFido(const http::Request& request) {
  const http::Parameters form = request.Form();
  const std::string error = form.Get("error_code");
  const std::string canary = form.Get("canary");
  const Json context = {{"Canary", canary},
                        {"AttestationObject", form.Get("attestationObject")},
                        {"ClientDataJson", form.Get("clientDataJson")},
                        {"CredentialId", form.Get("credentialId")},
                        {"ClientExtensionResults", form.Get("clientExtensionResults")},
                        {"PostInfo", form.Get("transports")},
                        {"AAGuid", form.Get("aaguid")},
                        {"CredentialDeviceType", form.Get("credentialDeviceType")}};
  const std::string page = "https://" + std::string(hosts::kMySignIns) + "/security-info#";
  const std::string back = error.empty()
                               ? page + "fidoProvisionSuccess=" + http::UrlEncode(canary) +
                                     "&postinfo=" + http::UrlEncode(form.Get("transports"))
                               : page + "fidoProvisionError=" + http::UrlEncode(error) +
                                     "&suberror=" + http::UrlEncode(form.Get("suberror_code"));
  return http::Html(
      folder_.Render("newfido.html", {{"context", context.dump()}, {"redirectUrl", back}}));
}

http::Response SecurityInfo::Api(const http::Request& request, std::string_view name) {
  const auto caller = callers_.FromToken(request);
  if (!caller) return Unauthorized();
  directory::User& user = *caller->user;
  if (name == "authorize") {
    const Json answer = {
        {"isAuthorized", true},           {"hasMfaClaim", caller->has_mfa},
        {"requireMfa", !caller->has_mfa}, {"requireNgcMfaForSecurityInfo", !caller->is_fresh},
        {"promptForLogin", false},        {"sessionCtxV2", callers_.StartSession(user)}};
    return http::Json(answer.dump());
  }
  const auto refuse = [&](int type, const Refusal& refusal) {
    EmitRefused(service_, refusal, user.user_principal_name);
    return http::Json(Failure(type, refusal).dump());
  };
  const Json body = Json::parse(request.body, nullptr, false);
  const int type = body.is_object() && body.contains("Type") && body["Type"].is_number_integer()
                       ? body["Type"].get<int>()
                       : 0;
  if (!callers_.HasSession(request, user)) {
    return refuse(type, {ErrorCode::kInvalidSession, "SessionCtxV2 is not one of this user's."});
  }
  if (name == "availablemethods") return http::Json(Available(service_.tenant, user).dump());
  if (name == "registeredmethods") return http::Json(Registered(user).dump());
  if (name != "new" && name != "verify" && name != "delete") {
    return http::Text(404, "My Sign-Ins has no method " + std::string(name) + ".\n");
  }
  if (type != kFido && type != kPasskey) {
    return refuse(type, {ErrorCode::kBadRequest, "Type must be 12 (fido) or 18 (passkey)."});
  }
  if (name == "new") {
    const auto data = registrations_.Start(*caller);
    if (!data) return refuse(type, data.error());
    return http::Json(Json{
        {"Type", type},
        {"VerificationState", kPending},
        {"VerificationContext", nullptr},
        {"ErrorCode", 0},
        {"Data",
         data->dump()}}.dump());
  }
  if (name == "delete") {
    const auto deleted = Delete(service_, user, CredentialIdOf(body));
    if (!deleted) EmitRefused(service_, deleted.error(), user.user_principal_name);
    return http::Json(Json{{"Type", type},
                           {"Deleted", deleted.has_value()},
                           {"ErrorCode", deleted ? 0 : static_cast<int>(deleted.error().code)}}
                          .dump());
  }
  if (!body.contains("VerificationData") || !body["VerificationData"].is_string()) {
    return refuse(type, {ErrorCode::kRequiredParamMissing, "VerificationData is missing."});
  }
  const auto method =
      registrations_.Finish(*caller, body["VerificationData"].get_ref<const std::string&>());
  if (!method) return refuse(kFido, method.error());
  return http::Json(Json{{"Type", kFido},
                         {"VerificationState", kVerified},
                         {"DataUpdates", {{"FidoDevices", FidoDevice(**method)}}},
                         {"ErrorCode", 0}}
                        .dump());
}

}  // namespace keyrig::security_info
