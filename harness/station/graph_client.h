#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/station/browser.h"
#include "harness/station/oauth.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/stop.h"

namespace keyrig::station {

/// Microsoft Graph, called as an administrator's tool does: with the administrator's token.
class GraphClient {
 public:
  /// Signs `administrator` in with a password, in a browser window of its own (authorization code
  /// with PKCE, the public client of Microsoft Graph's command line tools).
  static Walk<GraphClient> SignIn(Browser& browser, SignInWalk& walk, Rng& rng,
                                  const Account& administrator);

  /// `path` below /v1.0. The JSON answer, or null for 204.
  Walk<nlohmann::json> Get(const std::string& path);
  Walk<nlohmann::json> Patch(const std::string& path, const nlohmann::json& body);
  Walk<nlohmann::json> Post(const std::string& path, const nlohmann::json& body);
  Walk<nlohmann::json> Delete(const std::string& path);

  /// The id of the group with this display name; an error where there is none.
  Walk<std::string> GroupId(const std::string& display_name);

 private:
  GraphClient(Browser& browser, std::string token) : browser_(&browser), token_(std::move(token)) {}
  Walk<nlohmann::json> Call(const std::string& method, const std::string& path,
                            const std::string& body);

  Browser* browser_;
  std::string token_;
};

}  // namespace keyrig::station
