#include "harness/station/my_apps.h"

#include <fmt/format.h>

#include "harness/base/hosts.h"
#include "harness/station/id_token.h"
#include "harness/station/single_page_app.h"

namespace keyrig::station {
namespace {

Result<std::string_view, Error> HostOf(const std::string& at) {
  if (at == "myapps") return hosts::kMyApps;
  if (at == "myapplications") return hosts::kMyApplications;
  if (at == "myprofile") return hosts::kMyProfile;
  return Fail(
      fmt::format("\"{}\" is no portal to sign in at; there are myapps, myapplications and "
                  "myprofile.",
                  at));
}

}  // namespace

Walk<Outcome> SignInAtMyApps(Browser& browser, SignInWalk& walk, Rng& rng, const SignIn& step) {
  const std::string& user_name = step.as.user_principal_name;
  SinglePageApp app(browser, walk, rng, user_name,
                    WithSecurityKey{{step.pin, step.gesture, user_name}, step.by_user_name});
  TRY(app.Show(TRY(browser.Open(fmt::format("https://{}/", TRY(HostOf(step.at)))))));
  TRY(app.SignIn(TRY(app.Setting("claims"))));
  TRY(ProvedBySecurityKey(app.IdTokenClaims()));
  return Outcome{};
}

}  // namespace keyrig::station
