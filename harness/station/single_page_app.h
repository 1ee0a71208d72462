#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harness/base/rng.h"
#include "harness/station/browser.h"
#include "harness/station/oauth.h"
#include "harness/station/sign_in_walk.h"

namespace keyrig::station {

/// A page whose script signs its user in and calls an API with the token: what its element "config"
/// says is what it does.
class SinglePageApp {
 public:
  SinglePageApp(Browser& browser, SignInWalk& walk, Rng& rng, std::string user_name,
                Credential credential);

  /// The page is shown; its configuration is read anew.
  Result<void, Error> Show(Page page);
  /// Leaves for the sign-in service, comes back, redeems the code and verifies the ID token.
  /// `claims` may be empty.
  Walk<void> SignIn(const std::string& claims);
  /// What the page was given when its user signed in, and what the ID token says.
  const Tokens& HeldTokens() const { return tokens_; }
  const nlohmann::json& IdTokenClaims() const { return *claims_; }
  /// A text member of the configuration; an error names what is missing. "api/new" is nested.
  Result<std::string, Error> Setting(std::string_view name) const;
  int MethodType() const;
  const std::string& UserName() const { return user_name_; }
  /// Calls the API at the path that the configuration has under "api/<name>": with a body POST,
  /// with null GET. The answer's JSON.
  Walk<nlohmann::json> Call(const std::string& name, const nlohmann::json& body);
  /// The page that is shown.
  const Page& Shown() const { return *page_; }
  /// The header that calls carry from now on.
  void SetSessionContext(std::string context) { session_context_ = std::move(context); }

 private:
  Walk<void> CheckTokens(const std::string& client_id, const std::string& nonce);

  Browser& browser_;
  SignInWalk& walk_;
  Rng& rng_;
  std::string user_name_;
  Credential credential_;
  std::optional<Page> page_;
  std::shared_ptr<const nlohmann::json> config_;
  Tokens tokens_;
  std::shared_ptr<const nlohmann::json> claims_;
  std::string session_context_;
};

}  // namespace keyrig::station
