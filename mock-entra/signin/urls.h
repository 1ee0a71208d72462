#pragma once

#include <string>
#include <string_view>

#include "harness/base/hosts.h"
#include "mock-entra/http/message.h"

namespace keyrig::signin {

/// How long a ceremony page lets the browser wait for the key, in milliseconds.
inline constexpr int kCeremonyTimeoutMs = 600000;

/// The addresses that the sign-in service's pages name.
namespace urls {

inline constexpr std::string_view kSignInOrigin = "https://login.microsoftonline.com";
inline constexpr std::string_view kLogin = "https://login.microsoftonline.com/common/login";
inline constexpr std::string_view kGetCredentialType =
    "https://login.microsoftonline.com/common/GetCredentialType?mkt=en-US";
inline constexpr std::string_view kFidoGet =
    "https://login.microsoft.com/common/fido/get?uiflavor=Web";

inline std::string Reprocess(std::string_view context) {
  return std::string(kSignInOrigin) + "/common/reprocess?ctx=" + http::UrlEncode(context);
}
inline std::string Resume(std::string_view context) {
  return std::string(kSignInOrigin) + "/common/resume?ctx=" + http::UrlEncode(context);
}

}  // namespace urls
}  // namespace keyrig::signin
