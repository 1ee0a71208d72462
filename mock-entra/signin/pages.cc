#include "mock-entra/signin/pages.h"

#include <nlohmann/json.hpp>

#include "mock-entra/signin/credential_type.h"
#include "mock-entra/signin/urls.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_signin();
}

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;
using page::Values;

/// The members that every page of a flow has.
Json FlowConfig(const Flow& flow, const char* page_id, int hpgid, int hpgact) {
  return {{"pgid", page_id},
          {"hpgid", hpgid},
          {"hpgact", hpgact},
          {"sFT", flow.token},
          {"sFTName", "flowToken"},
          {"sCtx", flow.context},
          {"canary", flow.canary},
          {"apiCanary", flow.canary},
          {"correlationId", flow.correlation_id},
          {"sessionId", flow.session_id},
          {"country", "US"},
          {"locale", "en-us"},
          {"uiflavor", 1001},
          {"sCloudInstanceName", "microsoftonline.com"}};
}

/// The hidden fields of the same.
Values FlowValues(const Flow& flow) {
  return {{"flowToken", flow.token},
          {"ctx", flow.context},
          {"canary", flow.canary},
          {"correlationId", flow.correlation_id},
          {"sessionId", flow.session_id}};
}

void AddUrls(Json& config, const std::string& context) {
  config["urlPost"] = config["urlPostAad"] = config["urlLogin"] = urls::kLogin;
  config["urlPostMsa"] = urls::kLogin;
  config["urlRefresh"] = urls::Reprocess(context);
  config["urlResume"] = urls::Resume(context);
  config["urlCancel"] = urls::Resume(context);
  config["urlGetCredentialType"] = urls::kGetCredentialType;
  config["urlFidoLogin"] = urls::kFidoGet;
}

}  // namespace

Pages::Pages(directory::Service& service, Flows& flows)
    : service_(service),
      flows_(flows),
      folder_(assets::keyrig_signin(), "mock-entra/signin/assets") {}

http::Response Pages::SignIn(Flow& flow, const std::optional<Refusal>& refusal) const {
  const directory::User* user = service_.tenant.FindUser(flow.user_name);
  const bool offers_key = OffersSecurityKey(service_.tenant, user);
  const std::string code = std::to_string(refusal ? refusal->code : 50058);

  Json config = FlowConfig(flow, "ConvergedSignIn", 1104, 1800);
  AddUrls(config, flow.context);
  config["fIsFidoSupported"] = offers_key;
  config["fIsPasskeySupportEnabled"] = offers_key;
  config["fAccessPassSupported"] = true;
  config["iAllowedIdentities"] = 2;
  config["arrSessions"] = Json::array();
  config["sErrorCode"] = code;
  config["arrValErrs"] = Json::array({code});
  config["sErrTxt"] = refusal ? Reason(*refusal) : "";
  if (refusal) config["strServiceExceptionMessage"] = Message(*refusal);
  config["sPOST_Username"] = flow.user_name;
  config["sFidoChallenge"] = nullptr;
  config["oGetCredTypeResult"] = nullptr;
  if (!flow.user_name.empty()) {
    config["oGetCredTypeResult"] = CredentialType(service_, flows_, &flow, flow.user_name, true);
    const Json& fido = config["oGetCredTypeResult"]["Credentials"]["FidoParams"];
    if (!fido.is_null()) config["sFidoChallenge"] = fido["Challenge"];
  }

  Values values = FlowValues(flow);
  values["config"] = config.dump();
  values["urlPost"] = urls::kLogin;
  values["urlFidoLogin"] = urls::kFidoGet;
  values["urlRefresh"] = urls::Reprocess(flow.context);
  values["urlResume"] = urls::Resume(flow.context);
  values["username"] = flow.user_name;
  values["error"] = refusal ? Message(*refusal) : "";
  values["fido"] = offers_key ? folder_.Render("signin_fido.html", values) : "";
  return http::Html(folder_.Render("signin.html", values));
}

http::Response Pages::StaySignedIn(const Flow& flow) const {
  Json config = FlowConfig(flow, "KmsiInterrupt", 1115, 2005);
  config["urlPost"] = "/kmsi";
  config["sErrorCode"] = "50140";
  config["iErrorCode"] = 50140;
  config["sPOST_Username"] = flow.user_name;
  Values values = FlowValues(flow);
  values["config"] = config.dump();
  values["urlPost"] = "/kmsi";
  values["username"] = flow.user_name;
  return http::Html(folder_.Render("kmsi.html", values));
}

http::Response Pages::Error(const Refusal& refusal) const {
  RandomStream stream = service_.rng.Stream("signin.error");
  const std::string correlation = stream.TakeGuid();
  const Json config = {{"pgid", "ConvergedError"},
                       {"iErrorCode", refusal.code},
                       {"sErrorCode", std::to_string(refusal.code)},
                       {"strMainMessage", "Sorry, but we're having trouble signing you in."},
                       {"strServiceExceptionMessage", Message(refusal)},
                       {"iErrorTitle", 0},
                       {"iErrorDescription", 0},
                       {"sDeviceId", ""},
                       {"sDeviceState", ""},
                       {"correlationId", correlation}};
  return http::Html(folder_.Render("error.html", {{"config", config.dump()},
                                                  {"message", Message(refusal)},
                                                  {"correlationId", correlation}}),
                    400);
}

http::Response Pages::FormPost(const std::string& action, const Fields& fields) const {
  std::string inputs;
  for (const auto& [name, value] : fields) {
    inputs += folder_.Render("hidden_field.html", {{"name", name}, {"value", value}});
  }
  return http::Html(folder_.Render("form_post.html", {{"action", action}, {"fields", inputs}}));
}

http::Response Pages::Assertion(const Flow& flow, const AssertionPage& page) const {
  Json config = FlowConfig(flow, "ConvergedFido", 1118, 1800);
  config["urlPost"] = config["urlPostAad"] = page.post_url;
  config["urlCancel"] = page.cancel_url;
  config["urlResume"] = page.resume_url;
  config["sFidoChallenge"] = page.challenge;
  config["sFidoRpId"] = hosts::kWebAuthn;
  config["iFidoTimeout"] = kCeremonyTimeoutMs;
  config["sCrossDomainCanary"] = flow.cross_domain_canary;
  config["arrFidoAllowList"] = page.allow_list;
  Values values = FlowValues(flow);
  values["config"] = config.dump();
  values["urlPost"] = page.post_url;
  values["urlCancel"] = page.cancel_url;
  values["lmcCanary"] = flow.cross_domain_canary;
  return http::Html(folder_.Render("fido_get.html", values));
}

http::Response Pages::Creation(const CreationPage& page) const {
  // The legacy names and the algorithms are what the real page asks for (facts D2 step 4).
  const Json config = {
      {"pgid", "ConvergedFidoCreate"},
      {"urlPost", page.post_url},
      {"canary", page.canary},
      {"sFidoAuthenticator", page.authenticator},
      {"iFidoTimeout", kCeremonyTimeoutMs},
      {"serverChallenge", page.challenge},
      {"oFidoRp", {{"id", hosts::kWebAuthn}, {"name", "Microsoft"}}},
      {"oFidoUser",
       {{"id", page.user_id}, {"name", page.member_name}, {"displayName", page.display_name}}},
      {"arrFidoAlgorithms", {-7, -257}},
      {"arrFidoExcludeList", page.exclude},
      {"sFidoAttestation", "direct"},
      {"oFidoAuthenticatorSelection",
       {{"authenticatorAttachment", page.authenticator},
        {"requireResidentKey", true},
        {"residentKey", "required"},
        {"userVerification", "required"}}},
      {"oFidoExtensions",
       {{"hmacCreateSecret", true}, {"credentialProtectionPolicy", "userVerificationOptional"}}}};
  return http::Html(folder_.Render("fido_create.html", {{"config", config.dump()},
                                                        {"urlPost", page.post_url},
                                                        {"canary", page.canary},
                                                        {"authenticator", page.authenticator},
                                                        {"username", page.member_name}}));
}

http::Response Pages::SignedOut() const {
  return http::Html(folder_.Render("signed_out.html", {}));
}

}  // namespace keyrig::signin
