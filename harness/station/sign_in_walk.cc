#include "harness/station/sign_in_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

// More than the longest chain of pages; a service that asks on for ever is no answer.
constexpr int kMostPages = 12;
constexpr std::string_view kNoSession = "50058";  // what a fresh sign-in page carries

bool IsSignInHost(std::string_view host) {
  return host == hosts::kLogin || host == hosts::kWebAuthn || host == hosts::kLoginWindows ||
         host == hosts::kSts;
}

Result<HtmlForm, Error> FormOf(const Page& page, std::string_view name) {
  if (const HtmlForm* form = page.document.FormNamed(name)) return *form;
  return Fail(fmt::format("The page {} has no form \"{}\".", page.url.WithoutFragment(), name));
}

Result<HtmlForm, Error> OnlyForm(const Page& page) {
  if (page.document.forms.size() == 1) return page.document.forms.front();
  return Fail(fmt::format("The page {} has {} forms where one is expected.",
                          page.url.WithoutFragment(), page.document.forms.size()));
}

std::string Message(const PageConfig& config) {
  const std::string text = config.Text("strServiceExceptionMessage");
  return text.empty() ? config.Text("sErrTxt") : text;
}

// facts: IfExistsResult 0 and 6 mean that the account is this service's.
std::string_view RefusalOf(int if_exists_result) {
  switch (if_exists_result) {
    case 0:
    case 6:
      return "";
    case 1:
      return "50034";
    case 2:
      return "90055";
    case 5:
      return "50020";
    default:
      return "90006";
  }
}

struct CredentialType {
  bool has_fido = false;
  std::vector<std::string> allow_list;
};

CredentialType ReadCredentialType(const json& answer) {
  CredentialType type;
  const json credentials = answer.value("Credentials", json::object());
  type.has_fido = credentials.value("HasFido", false);
  const json fido = credentials.value("FidoParams", json());
  if (!fido.is_object()) return type;
  for (const json& id : fido.value("AllowList", json::array())) {
    if (id.is_string()) type.allow_list.push_back(id.get<std::string>());
  }
  return type;
}

/// What the page's script asks when the user has typed a name.
Walk<CredentialType> AskCredentialType(Browser& browser, const Page& page, const PageConfig& config,
                                       const std::string& user_name) {
  const json question = {{"username", user_name},
                         {"isOtherIdpSupported", true},
                         {"checkPhones", false},
                         {"isRemoteNGCSupported", true},
                         {"isCookieBannerShown", false},
                         {"isFidoSupported", true},
                         {"originalRequest", config.Text("sCtx")},
                         {"country", config.Text("country")},
                         {"forceotclogin", false},
                         {"isExternalFederationDisallowed", false},
                         {"isRemoteConnectSupported", false},
                         {"federationFlags", 0},
                         {"isSignup", false},
                         {"flowToken", config.Text("sFT")},
                         {"isAccessPassSupported", config.IsTrue("fAccessPassSupported")}};
  const std::string url = TRY(config.Required("urlGetCredentialType"));
  HttpRequest request{.method = "POST",
                      .url = url,
                      .headers = {{"Content-Type", "application/json; charset=UTF-8"},
                                  {"Accept", "application/json"},
                                  {"canary", config.Text("apiCanary")},
                                  {"hpgid", config.Text("hpgid")},
                                  {"hpgact", config.Text("hpgact")},
                                  {"hpgrequestid", config.Text("sessionId")},
                                  {"client-request-id", config.Text("correlationId")}},
                      .body = question.dump()};
  const HttpResponse response = TRY(browser.Fetch(std::move(request), &page));
  const json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (response.status != 200 || !answer.is_object()) {
    return Err(Error{fmt::format("GetCredentialType answered {} without JSON.", response.status)});
  }
  const int if_exists_result = answer.value("IfExistsResult", 0);
  const std::string_view code = RefusalOf(if_exists_result);
  if (!code.empty()) {
    return Refused(Outcome::Kind::kAadsts, std::string(code),
                   fmt::format("GetCredentialType answered IfExistsResult {} for {}.",
                               if_exists_result, user_name));
  }
  return ReadCredentialType(answer);
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ",") + part;
  return joined;
}

Result<std::vector<CredentialId>, Error> AllowListOf(const PageConfig& config) {
  std::vector<CredentialId> ids;
  const json list = config.Json().value("arrFidoAllowList", json::array());
  if (!list.is_array()) return ids;
  for (const json& id : list) {
    if (!id.is_string()) continue;
    Bytes bytes = TRY(FromBase64(id.get<std::string>()));
    ids.push_back({std::move(bytes)});
  }
  return ids;
}

}  // namespace

Walk<Page> SignInWalk::Complete(Page page, const std::string& user_name,
                                const Credential& credential) {
  for (int count = 0; count < kMostPages; ++count) {
    if (!IsSignInHost(page.url.Host())) return page;
    const PageConfig config = TRY(PageConfig::Of(page));
    page = TRY(Answer(page, config, user_name, credential));
  }
  return Err(Error{"The sign-in service shows one page after another and never ends."});
}

Walk<Page> SignInWalk::Answer(const Page& page, const PageConfig& config,
                              const std::string& user_name, const Credential& credential) {
  const std::string id = config.Text("pgid");
  if (id == "KmsiInterrupt" || id == "CmsiInterrupt") {
    HtmlForm form = TRY(OnlyForm(page));
    TRY(form.Press("idSIButton9"));
    return TRY(browser_.Submit(page, form));
  }
  const std::string code = config.Text("sErrorCode");
  if (!code.empty() && code != "0" && code != kNoSession) {
    return Refused(Outcome::Kind::kAadsts, code, Message(config));
  }
  if (id == "ConvergedSignIn") return AnswerSignIn(page, config, user_name, credential);
  if (id == "ConvergedFido") {
    if (const auto* key = std::get_if<WithSecurityKey>(&credential)) {
      return AnswerCeremony(page, config, key->presence);
    }
  }
  return Err(Error{fmt::format("The sign-in page {} (\"{}\") is none that this station can answer.",
                               id, page.document.title)});
}

Walk<Page> SignInWalk::AnswerSignIn(const Page& page, const PageConfig& config,
                                    const std::string& user_name, const Credential& credential) {
  const auto* key = std::get_if<WithSecurityKey>(&credential);
  if (key && !key->by_user_name) return ChooseSecurityKey(page, "", {});

  const CredentialType type = TRY(AskCredentialType(browser_, page, config, user_name));
  if (key) {
    if (!type.has_fido) {
      return Refused(
          Outcome::Kind::kNotOffered, "security_key",
          fmt::format("The page offers {} no security key; it does not say whether for want of a "
                      "registered one or by policy.",
                      user_name));
    }
    return ChooseSecurityKey(page, user_name, type.allow_list);
  }
  if (const auto* pass = std::get_if<WithTemporaryAccessPass>(&credential)) {
    return AnswerWithSecret(page, user_name, "accesspass", pass->pass);
  }
  return AnswerWithSecret(page, user_name, "passwd", std::get<WithPassword>(credential).password);
}

Walk<Page> SignInWalk::AnswerWithSecret(const Page& page, const std::string& user_name,
                                        const std::string& field, const std::string& secret) {
  HtmlForm form = TRY(FormOf(page, "i0281"));
  form.Fill("login", user_name);
  form.Fill("loginfmt", user_name);
  form.Fill(field, secret);
  return TRY(browser_.Submit(page, form));
}

Walk<Page> SignInWalk::ChooseSecurityKey(const Page& page, const std::string& user_name,
                                         const std::vector<std::string>& allow_list) {
  const HtmlForm* offered = page.document.FormNamed("fidoform");
  if (!offered) {
    return Refused(Outcome::Kind::kNotOffered, "security_key", "The page offers no security key.");
  }
  HtmlForm form = *offered;
  form.Fill("username", user_name);
  form.Fill("credentialsJson", Joined(allow_list));
  return TRY(browser_.Submit(page, form));
}

Walk<Page> SignInWalk::AnswerCeremony(const Page& page, const PageConfig& config,
                                      const Presence& presence) {
  RequestOptions options;
  // The challenge is a text whose bytes are signed, not base64url.
  options.challenge = ToBytes(TRY(config.Required("sFidoChallenge")));
  options.rp.text = config.Text("sFidoRpId");
  if (options.rp.text.empty()) options.rp.text = page.url.Host();
  options.allow = TRY(AllowListOf(config));
  const Assertion assertion = TRY(ceremonies_.Get(page.url, options, presence));

  const Bytes handle = assertion.made.user_handle ? assertion.made.user_handle->bytes : Bytes();
  const json posted = {{"id", ToBase64Url(assertion.made.id.bytes)},
                       {"clientDataJSON", ToBase64Url(ViewOf(assertion.client_data_json))},
                       {"authenticatorData", ToBase64Url(assertion.made.authenticator_data)},
                       {"signature", ToBase64Url(assertion.made.signature)},
                       {"userHandle", ToBase64Url(handle)}};
  HtmlForm form = TRY(OnlyForm(page));
  form.Fill("assertion", posted.dump());
  return TRY(browser_.Submit(page, form));
}

}  // namespace keyrig::station
