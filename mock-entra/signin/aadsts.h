#pragma once

#include <string>
#include <string_view>

namespace keyrig::signin {

/// Why the sign-in service says no: an AADSTS code, and what it was about.
struct Refusal {
  int code = 0;
  std::string detail;  // follows the code's own text; may be empty
};

/// The code's text with the refusal's detail, without "AADSTSnnn: ".
std::string Reason(const Refusal& refusal);
/// "AADSTS50126: …".
std::string Message(const Refusal& refusal);
/// The OAuth 2.0 `error` that the code comes with (RFC 6749 §4.1.2.1 and §5.2).
std::string_view OAuthError(int code);

}  // namespace keyrig::signin
