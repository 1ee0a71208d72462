#include "mock-entra/signin/aadsts.h"

#include <algorithm>
#include <array>

namespace keyrig::signin {
namespace {

struct Code {
  int code;
  std::string_view error;
  std::string_view text;
};

constexpr std::string_view kRequest = "invalid_request";
constexpr std::string_view kGrant = "invalid_grant";
constexpr std::string_view kClient = "invalid_client";
constexpr std::string_view kInteraction = "interaction_required";

constexpr std::array kCodes = {
    Code{50011, kRequest, "The redirect URI is not one that the application has registered."},
    Code{50034, kGrant, "The user account does not exist in the directory."},
    Code{50057, kGrant, "The user account is disabled."},
    Code{50058, "login_required", "A silent sign-in was asked for, but no user is signed in."},
    Code{50076, kInteraction, "Multi-factor authentication is required to go on."},
    Code{50078, kInteraction, "The multi-factor authentication is too old; prove it again."},
    Code{50079, kInteraction, "Multi-factor authentication is required, but none is registered."},
    Code{50126, kGrant, "The user name or password is not correct."},
    Code{50147, kRequest, "The size of the code challenge is not valid."},
    Code{50148, kGrant, "The code verifier does not match the code challenge."},
    Code{50149, kRequest, "The code challenge method is not supported."},
    Code{54005, kGrant, "The authorization code was already redeemed."},
    Code{70000, kGrant, "The grant is malformed or not valid."},
    Code{70003, "unsupported_grant_type", "The grant type is not supported."},
    Code{70008, kGrant, "The authorization code has expired."},
    Code{70011, "invalid_scope", "The scope is not valid."},
    Code{90002, kRequest, "The tenant was not found."},
    Code{90014, kRequest, "A required field is missing from the form."},
    Code{130503, kGrant, "The Temporary Access Pass is wrong."},
    Code{130504, kGrant, "The Temporary Access Pass is expired or not valid yet."},
    Code{130505, kGrant, "The one-time Temporary Access Pass was already used."},
    Code{130507, kGrant, "The user has no Temporary Access Pass."},
    Code{130501, "access_denied", "Sign-in was blocked by the user credential policy."},
    Code{135000, kGrant, "The signature of the FIDO assertion is not valid."},
    Code{135003, kGrant, "The FIDO assertion lacks the user's presence or verification."},
    Code{135004, kRequest, "The postBackUrl is not valid."},
    Code{135005, kRequest, "The cancelUrl is not valid."},
    Code{135006, kRequest, "The resumeUrl is not valid."},
    Code{135007, kGrant, "The type in the FIDO client data is wrong."},
    Code{135008, kGrant, "The FIDO assertion was made for another origin."},
    Code{135009, kRequest, "The flow token is not one of a sign-in."},
    Code{135010, kGrant, "The user has no FIDO key with this id."},
    Code{135012, kGrant, "The object id in the FIDO user handle is not the user's."},
    Code{135013, kGrant, "The prefix of the FIDO user handle is not valid."},
    Code{135014, kGrant, "The length of the FIDO user handle is not valid."},
    Code{135016, "access_denied", "FIDO sign-in is disabled via policy."},
    Code{135017, kGrant, "The signature counter of the FIDO key is not what was expected."},
    Code{135018, kGrant, "The FIDO challenge is not valid."},
    Code{135019, kGrant, "The FIDO challenge has expired."},
    Code{135020, kRequest, "The FIDO assertion is malformed."},
    Code{135015, kRequest, "The list of keys to exclude is not valid JSON."},
    Code{165000, kRequest, "The form's canary does not belong to this sign-in."},
    Code{500344, kGrant, "The account was not found in the FIDO sign-in flow."},
    Code{700016, "unauthorized_client", "The application was not found in the directory."},
    Code{700025, kClient, "The application is public; it must not present a secret."},
    Code{700054, "unsupported_response_type", "The response type is not enabled."},
    Code{700082, kGrant, "The refresh token has expired."},
    Code{700084, kGrant, "The single-page application's refresh token has expired."},
    Code{900144, kRequest, "A required parameter is missing."},
    Code{7000215, kClient, "The client secret is not valid."},
    Code{7000218, kClient, "The request must contain client_secret."},
    Code{9002325, kRequest, "Single-page applications must use a code challenge (PKCE)."},
    Code{9002326, kRequest, "Only single-page applications may redeem across origins."},
    Code{9002327, kRequest, "Single-page applications may redeem only across origins."},
};

const Code* Find(int code) {
  const auto found = std::ranges::find(kCodes, code, &Code::code);
  return found == kCodes.end() ? nullptr : &*found;
}

}  // namespace

std::string Reason(const Refusal& refusal) {
  const Code* code = Find(refusal.code);
  std::string text(code != nullptr ? code->text : "The request was refused.");
  if (!refusal.detail.empty()) text += " " + refusal.detail;
  return text;
}

std::string Message(const Refusal& refusal) {
  return "AADSTS" + std::to_string(refusal.code) + ": " + Reason(refusal);
}

std::string_view OAuthError(int code) {
  const Code* found = Find(code);
  return found != nullptr ? found->error : kRequest;
}

}  // namespace keyrig::signin
