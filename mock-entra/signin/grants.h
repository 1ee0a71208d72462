#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/signin/aadsts.h"
#include "mock-entra/signin/authorize_request.h"

namespace keyrig::signin {

/// What a user let a client have: behind an authorization code, and then behind refresh tokens.
struct Grant {
  std::string client_id;
  bool is_single_page = false;
  std::string user_id;
  std::string redirect_uri;
  std::string code_challenge;
  std::string code_challenge_method;
  std::string nonce;
  Scopes scopes;
  bool wants_id_token_amr = false;
  bool v1 = false;
  std::string session_id;
  std::vector<std::string> amr;
  Instant authenticated{};
  std::optional<Instant> multi_factor;
  Instant issued{};
};

/// The authorization codes and refresh tokens in circulation.
class Grants {
 public:
  Grants(Clock& clock, Rng& rng) : clock_(clock), rng_(rng) {}

  std::string IssueCode(Grant grant);
  /// A code's grant, once: 54005 the second time, 70008 after ten minutes, 70000 for no code.
  Result<Grant, Refusal> RedeemCode(std::string_view code);

  std::string IssueRefreshToken(Grant grant);
  /// 700082, or 700084 for a single-page application, once expired; 70000 for no token.
  Result<Grant, Refusal> FindRefreshToken(std::string_view token) const;

 private:
  struct Code {
    Grant grant;
    bool redeemed = false;
  };
  Clock& clock_;
  Rng& rng_;
  std::map<std::string, Code, std::less<>> codes_;
  std::map<std::string, Grant, std::less<>> refresh_tokens_;
};

}  // namespace keyrig::signin
