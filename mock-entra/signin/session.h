#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/signin/aadsts.h"

namespace keyrig::signin {

/// How a user proved who they are.
struct Proof {
  std::string method;            // "password", "temporary_access_pass", "fido"
  std::vector<std::string> amr;  // RFC 8176 values and Entra's own
  bool is_multi_factor = false;
};

/// 50034, 50126 or 50057.
Result<Proof, Refusal> CheckPassword(const directory::User* user, std::string_view password);
/// 50034, 130507, 130503 to 130505 or 50057. A pass is used up by being accepted.
Result<Proof, Refusal> CheckAccessPass(directory::User* user, std::string_view pass, Instant now);
/// What a verified assertion proves.
Proof FidoProof();

/// Starts a session for a user who proved who they are.
directory::Session& StartSession(directory::Service& service, const directory::User& user,
                                 const Proof& proof);
/// The session that a request's cookies name; null where there is none.
directory::Session* FindSession(directory::Service& service, const http::Request& request);
/// Sets ESTSAUTH, and ESTSAUTHPERSISTENT where the user stays signed in.
void SetSessionCookies(http::Response& response, const directory::Session& session, bool stays);
void ClearSessionCookies(http::Response& response);

/// Whether multi-factor authentication was proved within the tenant's freshness window.
bool IsFresh(const std::optional<Instant>& multi_factor, const directory::Service& service);
/// The amr claim of a token issued now: with "ngcmfa" where multi-factor authentication is fresh.
std::vector<std::string> AmrOf(const std::vector<std::string>& amr,
                               const std::optional<Instant>& multi_factor,
                               const directory::Service& service);

void EmitRefused(directory::Service& service, const Refusal& refusal, std::string_view user_name);
void EmitSignedIn(directory::Service& service, const directory::User& user, const Proof& proof,
                  std::string_view client_id);

}  // namespace keyrig::signin
