#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "mock-entra/directory/directory.h"

namespace keyrig::directory {

/// What an access token says (facts: v1 claims for Graph, with amr).
struct TokenClaims {
  std::string audience;             // resource: "https://graph.microsoft.com" or a client id
  std::string client_id;            // appid / azp
  std::string user_id;              // oid; empty for an application's own token
  std::vector<std::string> scopes;  // scp
  std::vector<std::string> roles;   // application permissions
  std::vector<std::string> amr;     // "pwd", "fido", "mfa", "ngcmfa", "otp", "rsa"
  std::string nonce;                // id tokens
  Instant authenticated{};          // auth_time: when the user last proved themself
  Instant expires{};
};

enum class TokenKind { kAccessV1, kAccessV2, kId };

enum class TokenRefusal { kMalformed, kBadSignature, kExpired, kWrongAudience };

/// Signs and checks the tenant's JWTs (RS256, one key for the service's lifetime).
class TokenService {
 public:
  TokenService(const Tenant& tenant, Clock& clock, Rng& rng, crypto::PrivateKey key);
  /// The compact JWT with the claims of facts C7.
  std::string Issue(TokenKind kind, const TokenClaims& claims);
  Result<TokenClaims, TokenRefusal> Check(std::string_view token, std::string_view audience) const;
  /// The JWKS document.
  std::string Jwks() const;

 private:
  const Tenant& tenant_;
  Clock& clock_;
  Rng& rng_;
  crypto::PrivateKey key_;
  std::string key_id_;
};

/// A browser's session at the sign-in service, under the ESTSAUTH cookie's value.
struct Session {
  std::string id;
  std::string user_id;
  std::vector<std::string> amr;
  Instant authenticated{};
  std::optional<Instant> multi_factor;  // when MFA was last proved: the freshness rule
};

/// What every surface works on. One thread at a time.
struct Service {
  Tenant& tenant;
  Clock& clock;
  Rng& rng;
  EventSink& events;
  TokenService& tokens;
  std::map<std::string, Session, std::less<>> sessions;
};

/// The security key challenges of Graph, sign-in and security info: kept until used or expired.
struct PendingChallenge {
  std::string value;  // the string; clients see its UTF-8 bytes (pages) or base64url of it (Graph)
  std::string user_id;  // empty at a sign-in that has no user yet
  Instant expires{};
};

/// The value of a challenge: opaque text of the real one's shape and size, a compact JWE of some
/// five thousand characters.
std::string ChallengeText(RandomStream stream);

}  // namespace keyrig::directory
