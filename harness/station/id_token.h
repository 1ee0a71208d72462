#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace keyrig::station {

/// What a client knows before it sees its ID token.
struct IdTokenExpectation {
  std::string issuer;  // "https://login.microsoftonline.com/<tenant id>/v2.0"
  std::string audience;
  std::string tenant_id;
  std::string nonce;
  std::string user_name;  // without case
  Instant now{};
};

/// The claims of an ID token (OpenID Connect Core §3.1.3.7): signed by one of the keys of `jwks`,
/// now valid, and saying what is expected. An error names the claim, what it says and what was
/// expected.
Result<nlohmann::json, Error> VerifyIdToken(std::string_view token, std::string_view jwks,
                                            const IdTokenExpectation& expected);

/// Whether `amr` says that a security key did it, as a second factor counts: "fido" and "mfa".
Result<void, Error> ProvedBySecurityKey(const nlohmann::json& claims);

}  // namespace keyrig::station
