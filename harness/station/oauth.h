#pragma once

#include <string>

#include "harness/base/rng.h"
#include "harness/station/browser.h"
#include "harness/station/stop.h"

namespace keyrig::station {

/// An application that signs its user in, as registered with the identity platform.
struct OAuthClient {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
};

struct Tokens {
  std::string access_token;
  std::string id_token;
  std::string refresh_token;  // empty where none was given
};

/// What a discovery document says of the identity platform.
struct Provider {
  std::string issuer;  // of tokens; "…/{tenantid}/v2.0" where it was asked for no tenant
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
};

/// One authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636), from the client's side.
class CodeGrant {
 public:
  CodeGrant(OAuthClient client, Rng& rng);
  /// Where the browser is sent. `extra` adds parameters, say `claims`.
  std::string AuthorizeUrl(const Fields& extra) const;
  /// Whether `url` is the redirect URI with an answer in its query or fragment.
  bool IsAnswer(const Url& url) const;
  /// What the ID token must repeat.
  const std::string& Nonce() const { return nonce_; }
  /// Exchanges the code of the answer for tokens. An error of the service is its AADSTS code. With
  /// a page, as its script does (cookies, Origin); without, as a program does.
  Walk<Tokens> Redeem(Browser& browser, const Url& answer, const Page* from) const;

 private:
  OAuthClient client_;
  std::string verifier_;
  std::string state_;
  std::string nonce_;
};

/// Reads the discovery document (OpenID Connect Discovery) of a tenant by its id or a domain of it,
/// or of "organizations".
Walk<Provider> Discover(Browser& browser, std::string_view tenant);

/// A client of the identity platform: the endpoints come from its discovery document.
Walk<OAuthClient> DiscoverClient(Browser& browser, std::string client_id, std::string redirect_uri,
                                 std::string scope);

/// "AADSTS50126: …" gives "50126"; empty where there is no such code.
std::string AadstsCode(std::string_view description);

}  // namespace keyrig::station
