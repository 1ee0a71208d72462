#pragma once

#include <string>
#include <variant>

#include "harness/station/browser.h"
#include "harness/station/ceremony.h"
#include "harness/station/page_config.h"
#include "harness/station/stop.h"

namespace keyrig::station {

struct WithPassword {
  std::string password;
};
struct WithTemporaryAccessPass {
  std::string pass;
};
struct WithSecurityKey {
  Presence presence;
  bool by_user_name = true;  // false: "Sign-in options", without a user name
};
using Credential = std::variant<WithPassword, WithTemporaryAccessPass, WithSecurityKey>;

/// Walks the sign-in service's pages, one after the other as they come, and answers each as its
/// user does.
class SignInWalk {
 public:
  SignInWalk(Browser& browser, Ceremonies& ceremonies)
      : browser_(browser), ceremonies_(ceremonies) {}

  /// From `page`, which an application's redirect led to, until the browser is sent back out of the
  /// service: the page there. A session that is still good needs no answer at all.
  Walk<Page> Complete(Page page, const std::string& user_name, const Credential& credential);

 private:
  Walk<Page> Answer(const Page& page, const PageConfig& config, const std::string& user_name,
                    const Credential& credential);
  Walk<Page> AnswerSignIn(const Page& page, const PageConfig& config, const std::string& user_name,
                          const Credential& credential);
  Walk<Page> AnswerWithSecret(const Page& page, const std::string& user_name,
                              const std::string& field, const std::string& secret);
  Walk<Page> ChooseSecurityKey(const Page& page, const std::string& user_name,
                               const std::vector<std::string>& allow_list);
  Walk<Page> AnswerCeremony(const Page& page, const PageConfig& config, const Presence& presence);

  Browser& browser_;
  Ceremonies& ceremonies_;
};

}  // namespace keyrig::station
