#include "harness/scenario/codes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/ctap_names.h"

namespace keyrig::scenario {
namespace {

using Kind = station::Outcome::Kind;
using Code = std::pair<std::string_view, std::string_view>;

constexpr std::array kAadsts = {
    Code{"16000", "the user is not in this tenant"},
    Code{"50011", "the redirect URI is not registered"},
    Code{"50020", "the user is of another tenant"},
    Code{"50034", "the user does not exist in this directory"},
    Code{"50053", "the account is locked"},
    Code{"50055", "the password has expired"},
    Code{"50056", "the user has no password"},
    Code{"50057", "the account is disabled"},
    Code{"50058", "there is no session"},
    Code{"50072", "the user must enrol for multi-factor authentication"},
    Code{"50074", "strong authentication is required"},
    Code{"50076", "policy asks for multi-factor authentication"},
    Code{"50078", "the multi-factor sign-in has expired"},
    Code{"50079", "the user must enrol for multi-factor authentication"},
    Code{"50126", "the user name or password is wrong"},
    Code{"50133", "the session is no longer valid"},
    Code{"50173", "the grant is no longer valid"},
    Code{"500121", "strong authentication failed"},
    Code{"500344", "no such account in the security key sign-in"},
    Code{"53003", "blocked by Conditional Access"},
    Code{"53010", "registration is restricted by Conditional Access"},
    Code{"54005", "the authorization code was used before"},
    Code{"90002", "no such tenant"},
    Code{"90072", "the user is of another tenant"},
    Code{"130500", "phone sign-in is blocked by the user credential policy"},
    Code{"130501", "sign-in is blocked by the user credential policy"},
    Code{"130502", "the Temporary Access Pass is blocked by the user credential policy"},
    Code{"130503", "the Temporary Access Pass is wrong"},
    Code{"130504", "the Temporary Access Pass has expired"},
    Code{"130505", "the one-time Temporary Access Pass was used before"},
    Code{"130506", "the Temporary Access Pass must be used on the web"},
    Code{"130507", "the user has no Temporary Access Pass"},
    Code{"135000", "the signature of the security key is wrong"},
    Code{"135001", "the user has no such key"},
    Code{"135002", "the stored key lacks its authenticator data"},
    Code{"135003", "the assertion was not verified"},
    Code{"135004", "postBackUrl is invalid"},
    Code{"135005", "cancelUrl is invalid"},
    Code{"135006", "resumeUrl is invalid"},
    Code{"135007", "the type of the client data is wrong"},
    Code{"135008", "the origin of the relying party is wrong"},
    Code{"135009", "the flow token is not of a sign-in"},
    Code{"135010", "the user has no such key"},
    Code{"135011", "the device is disabled"},
    Code{"135012", "the user handle is of another user"},
    Code{"135013", "the prefix of the user handle is invalid"},
    Code{"135014", "the length of the user handle is invalid"},
    Code{"135015", "the exclude list is not JSON"},
    Code{"135016", "sign-in with a security key is disabled by policy"},
    Code{"135017", "the signature counter did not grow: the key may be a copy"},
    Code{"135018", "the challenge is invalid"},
    Code{"135019", "the challenge has expired"},
    Code{"135020", "the assertion is malformed"},
    Code{"135021", "the prefix of the user handle is invalid"},
    Code{"135022", "the redirect URI is invalid"},
    Code{"700016", "no such application"},
};

constexpr std::array kSecurityInfo = {
    Code{"1", "userIsBlockedBySAS"},
    Code{"2", "systemError"},
    Code{"3", "invalidCanary"},
    Code{"4", "badRequest"},
    Code{"5", "dataNotFound"},
    Code{"6", "ngcMfaRequired: the multi-factor sign-in is not fresh"},
    Code{"7", "keyDisallowedByPolicy: this model is not allowed"},
    Code{"8", "challengeExpired"},
    Code{"9", "authorizationRequestDenied"},
    Code{"10", "authTokenNotForTargetTenant"},
    Code{"11", "authTokenNotFound"},
    Code{"12", "invalidAikChain"},
    Code{"13", "invalidAttestationDataFormat"},
    Code{"14", "requiredParamMissing"},
    Code{"15", "retryWebAuthN"},
    Code{"16", "userNotFound"},
    Code{"17", "badDirectoryRequest"},
    Code{"18", "replicaUnavailable"},
    Code{"19", "requestThrottled"},
    Code{"20", "userGroupRestriction"},
    Code{"21", "featureDisallowedByPolicy"},
    Code{"22", "invalidKeyDataFormat"},
    Code{"23", "attestationValidationFailed: the key's attestation is not trusted"},
    Code{"24", "verificationFailed"},
    Code{"25", "appSessionTimedOut"},
    Code{"26", "activationThrottled"},
    Code{"27", "appRequestTimedOut"},
    Code{"28", "captchaRequired"},
    Code{"29", "badPhoneNumber"},
    Code{"30", "deviceNotFound"},
    Code{"31", "phoneAppNotificationDenied"},
    Code{"32", "KeyNotFound"},
    Code{"33", "InvalidSession"},
    Code{"34", "OtherDefaultAvailable"},
    Code{"35", "HardwareTokenAssigned"},
};

constexpr std::array kGraph = {
    Code{"accessDenied", "the caller may not do this"},
    Code{"Authorization_RequestDenied", "the caller may not do this"},
    Code{"badRequest", ""},
    Code{"InvalidAuthenticationToken", "the access token is not valid"},
    Code{"invalidRequest", ""},
    Code{"methodNotAllowed", ""},
    Code{"Request_BadRequest", ""},
    Code{"Request_ResourceNotFound", ""},
    Code{"resourceNotFound", ""},
};

constexpr std::array kNotOffered = {
    Code{"security_key", "the page does not offer the security key"},
};

template <typename Codes>
std::vector<std::string> Names(const Codes& codes) {
  std::vector<std::string> names;
  for (const auto& [code, meaning] : codes) names.emplace_back(code);
  return names;
}

std::vector<std::string> CtapNames() {
  std::vector<std::string> names;
  for (unsigned status = 1; status <= 0xff; ++status) {
    std::string name = ctap::StatusName(static_cast<std::uint8_t>(status));
    if (!name.starts_with("0x")) names.push_back(std::move(name));
  }
  return names;
}

template <typename Codes>
std::string_view Find(const Codes& codes, std::string_view code) {
  const auto found = std::ranges::find(codes, code, &Code::first);
  return found == codes.end() ? std::string_view{} : found->second;
}

}  // namespace

const std::vector<RefusalKind>& RefusalKinds() {
  static const std::vector<RefusalKind> kinds = {
      {"ctap", Kind::kCtap, "a CTAP status", false},
      {"aadsts", Kind::kAadsts, "a sign-in error", false},
      {"security_info", Kind::kSecurityInfo, "a security info error", true},
      {"graph", Kind::kGraph, "a Graph error", false},
      {"not_offered", Kind::kNotOffered, "a sign-in method", false},
  };
  return kinds;
}

const std::vector<std::string>& KnownCodes(Kind kind) {
  static const std::vector<std::string> ctap = CtapNames();
  static const std::vector<std::string> aadsts = Names(kAadsts);
  static const std::vector<std::string> security_info = Names(kSecurityInfo);
  static const std::vector<std::string> graph = Names(kGraph);
  static const std::vector<std::string> not_offered = Names(kNotOffered);
  static const std::vector<std::string> none;
  switch (kind) {
    case Kind::kGranted:
      return none;
    case Kind::kCtap:
      return ctap;
    case Kind::kAadsts:
      return aadsts;
    case Kind::kSecurityInfo:
      return security_info;
    case Kind::kGraph:
      return graph;
    case Kind::kNotOffered:
      return not_offered;
  }
  return none;
}

std::string_view Meaning(const station::Outcome& outcome) {
  switch (outcome.kind) {
    case Kind::kGranted:
    case Kind::kCtap:
      return {};
    case Kind::kAadsts:
      return Find(kAadsts, outcome.code);
    case Kind::kSecurityInfo:
      return Find(kSecurityInfo, outcome.code);
    case Kind::kGraph:
      return Find(kGraph, outcome.code);
    case Kind::kNotOffered:
      return Find(kNotOffered, outcome.code);
  }
  return {};
}

}  // namespace keyrig::scenario
