#include "harness/station/security_info.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "harness/station/creation_page.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

/// A null body makes a GET.
const json kNoBody = nullptr;

std::string ErrorCodeOf(const json& answer) {
  const json code = answer.is_object() ? answer.value("ErrorCode", json()) : json();
  return code.is_number_integer() ? std::to_string(code.get<int>()) : "";
}

Walk<void> CheckErrorCode(const json& answer, std::string_view call) {
  const std::string code = ErrorCodeOf(answer);
  if (code == "0") return {};
  if (code.empty())
    return Err(Error{fmt::format("Security info answered {} without ErrorCode.", call)});
  return Refused(Outcome::Kind::kSecurityInfo, code,
                 fmt::format("Security info answered {} with ErrorCode {}.", call, code));
}

/// The user opens My Profile, signs in with the pass and follows "Update info".
Walk<Page> FollowUpdateInfo(Browser& browser, SignInWalk& walk, Rng& rng,
                            const std::string& user_name, const Credential& pass) {
  SinglePageApp profile(browser, walk, rng, user_name, pass);
  TRY(profile.Show(TRY(browser.Open(fmt::format("https://{}/", hosts::kMyProfile)))));
  TRY(profile.SignIn(TRY(profile.Setting("claims"))));
  const Page& page = profile.Shown();
  const HtmlLink* link = page.document.LinkSaying("Update info");
  if (!link) {
    return Err(Error{
        fmt::format("My Profile ({}) has no link \"Update info\".", page.url.WithoutFragment())});
  }
  return TRY(browser.Open(TRY(page.url.Resolve(link->href)).Text(), &page));
}

/// Opens the API's session; says whether it wants multi-factor authentication anew.
Walk<bool> Authorize(SinglePageApp& app) {
  const json answer = TRY(app.Call("authorize", json::object()));
  app.SetSessionContext(answer.value("sessionCtxV2", ""));
  return answer.value("requireNgcMfaForSecurityInfo", false);
}

Walk<void> SignInFreshly(SinglePageApp& app) {
  TRY(app.SignIn(""));
  if (!TRY(Authorize(app))) return {};
  TRY(app.SignIn(TRY(app.Setting("stepUpClaims"))));
  if (TRY(Authorize(app))) {
    return Refused(Outcome::Kind::kSecurityInfo, "6",
                   "Security info asks for multi-factor authentication again and again.");
  }
  return {};
}

/// "Security key", "USB device", "Next": the browser is on the WebAuthn origin. Where the service
/// asks for multi-factor authentication anew (ErrorCode 6), its page would send the user to sign
/// in; here the walk ends with the code.
Walk<Page> StartCeremony(Browser& browser, SinglePageApp& app, Rng& rng) {
  const json answer = TRY(app.Call("new", {{"Type", app.MethodType()}}));
  TRY(CheckErrorCode(answer, "new"));
  const json data = json::parse(answer.value("Data", ""), nullptr, /*allow_exceptions=*/false);
  if (!data.is_object() || !data.contains("provisionUrl") || !data.contains("requestData") ||
      !data["requestData"].is_object()) {
    return Err(Error{"Security info answered new without provisionUrl and requestData."});
  }
  const std::string correlation_id = rng.Stream("station/correlation").TakeGuid();
  Fields fields;
  for (const auto& item : data["requestData"].items()) {
    const json& value = item.value();
    fields.emplace_back(item.key(), value.is_string() ? value.get<std::string>()
                                    : value.is_null() ? ""
                                                      : value.dump());
  }
  fields.emplace_back("correlationId", correlation_id);
  return TRY(browser.Post(
      app.Shown(), WithQuery(data.value("provisionUrl", ""), {{"cid", correlation_id}}), fields));
}

Result<std::string, Error> DataContent(const Page& page, std::string_view id) {
  const HtmlElement* element = page.document.ById(id);
  auto content = element ? element->Attribute("data-content") : std::nullopt;
  if (!content) {
    return Fail(fmt::format("The page {} (\"{}\") has no element \"{}\" with data-content.",
                            page.url.WithoutFragment(), page.document.title, id));
  }
  return *std::move(content);
}

/// Names the key: the page gets what the ceremony made, and the name.
Walk<Outcome> NameKey(SinglePageApp& app, const std::string& context, const std::string& name) {
  json data = json::parse(context, nullptr, /*allow_exceptions=*/false);
  if (!data.is_object()) return Err(Error{"The ceremony's context is no JSON object."});
  data["Name"] = name;
  const json answer =
      TRY(app.Call("verify", {{"Type", app.MethodType()}, {"VerificationData", data.dump()}}));
  TRY(CheckErrorCode(answer, "verify"));
  return Outcome{};
}

}  // namespace

Walk<SinglePageApp> ChooseSecurityKeyAtSecurityInfo(Browser& browser, SignInWalk& walk, Rng& rng,
                                                    const std::string& user_name,
                                                    const std::string& pass) {
  const Credential credential = WithTemporaryAccessPass{pass};
  Page page = TRY(FollowUpdateInfo(browser, walk, rng, user_name, credential));
  SinglePageApp app(browser, walk, rng, user_name, credential);
  TRY(app.Show(std::move(page)));
  TRY(SignInFreshly(app));
  const json available = TRY(app.Call("available", kNoBody));
  if (!available.contains("Fido")) {
    return Refused(Outcome::Kind::kNotOffered, "security_key",
                   "Security info does not offer the security key; it does not say why.");
  }
  return app;
}

Walk<Outcome> AddSecurityKey(Browser& browser, SinglePageApp& app, Ceremonies& ceremonies, Rng& rng,
                             const RegisterKey& step) {
  const Page ceremony = TRY(StartCeremony(browser, app, rng));
  const CreationAnswer answer{{step.pin, step.gesture, step.as.user_principal_name},
                              step.transport};
  const CreationResult result = TRY(AnswerCreationPage(browser, ceremonies, ceremony, answer));
  const std::string context = TRY(DataContent(result.next, "context"));
  const std::string back = TRY(DataContent(result.next, "redirectUrl"));
  TRY(app.Show(TRY(browser.Open(back, &result.next))));
  if (result.refusal) return *result.refusal;
  TRY(Authorize(app));
  return NameKey(app, context, step.name);
}

}  // namespace keyrig::station
