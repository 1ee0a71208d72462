#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/http/message.h"
#include "mock-entra/signin/aadsts.h"
#include "mock-entra/signin/client.h"

namespace keyrig::signin {

/// How the answer travels back to the client (OAuth 2.0 Multiple Response Types).
enum class ResponseMode { kQuery, kFragment, kFormPost };

/// A checked request of the authorize endpoint.
struct AuthorizeRequest {
  bool v1 = false;  // the endpoint without "v2.0"
  std::string client_id;
  bool is_single_page = false;
  std::string redirect_uri;
  bool wants_code = false;
  bool wants_id_token = false;
  ResponseMode mode = ResponseMode::kQuery;
  std::string state;
  std::string nonce;
  Scopes scopes;
  std::string code_challenge;
  std::string code_challenge_method;  // "S256" or "plain"
  std::string login_hint;
  std::string prompt;
  /// `claims` or `amr_values` ask for "ngcmfa": multi-factor authentication within minutes.
  bool wants_fresh_mfa = false;
  /// `claims` asks for amr in the id token, which leaves it out otherwise.
  bool wants_id_token_amr = false;
};

/// What a `claims` parameter asks for (OpenID Connect Core §5.5). Both false where it is not JSON.
struct RequestedClaims {
  bool fresh_mfa = false;
  bool id_token_amr = false;
};
RequestedClaims ParseClaims(std::string_view claims);

/// A refusal, and the request where it is sound enough for the client to be told.
struct AuthorizeFailure {
  Refusal refusal;
  std::optional<AuthorizeRequest> return_to;
};

/// Whether `name`, the first segment of a path, means this tenant: its id, a domain that its users
/// are named by or one of the names that stand for every tenant.
bool IsTenantName(const directory::Tenant& tenant, std::string_view name);

Result<AuthorizeRequest, AuthorizeFailure> ParseAuthorize(const directory::Tenant& tenant, bool v1,
                                                          const http::Parameters& parameters);

}  // namespace keyrig::signin
