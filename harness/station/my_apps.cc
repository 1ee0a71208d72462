#include "harness/station/my_apps.h"

#include <fmt/format.h>

#include "harness/base/hosts.h"
#include "harness/station/portal_page.h"

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

Walk<Outcome> SignInAtMyApps(Browser& browser, SignInWalk& walk, const SignIn& step) {
  const std::string& user_name = step.as.user_principal_name;
  Page page = TRY(browser.Open(fmt::format("https://{}/", TRY(HostOf(step.at)))));
  page =
      TRY(walk.Complete(std::move(page), user_name,
                        WithSecurityKey{{step.pin, step.gesture, user_name}, step.by_user_name}));
  TRY(CheckSignedInWithSecurityKey(page, user_name));
  return Outcome{};
}

}  // namespace keyrig::station
