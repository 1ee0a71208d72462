#include "virtual-key/authenticator/version.h"

#include <algorithm>

namespace keyrig::authenticator {
namespace {

bool Has(const AuthenticatorConfig& config, CoseAlgorithm algorithm) {
  return std::ranges::find(config.algorithms, algorithm) != config.algorithms.end();
}

bool CanVerifyUser(const AuthenticatorConfig& config) {
  return config.has_client_pin || config.fingerprint.has_value();
}

/// Of FIDO_2_1 and all after it.
std::optional<std::string> UnmetSince21(const AuthenticatorConfig& config) {
  const auto& protocols = config.pin_uv_auth_protocols;
  if (CanVerifyUser(config)) {
    if (!config.has_pin_uv_auth_token) return "the option pinUvAuthToken";
    if (std::ranges::find(protocols, 2) == protocols.end()) return "PIN/UV auth protocol 2";
    if (!config.has_cred_protect) return "the extension credProtect";
  }
  if (!config.has_resident_keys) return std::nullopt;
  if (!CanVerifyUser(config)) {
    return "a PIN or a fingerprint sensor, as discoverable credentials call for";
  }
  if (!config.has_hmac_secret) {
    return "the extension hmac-secret, as discoverable credentials call for";
  }
  if (!config.has_credential_management) {
    return "credentialManagement, as discoverable credentials call for";
  }
  return std::nullopt;
}

std::optional<std::string> UnmetSince23(const AuthenticatorConfig& config) {
  if (!config.has_hmac_secret) return "the extension hmac-secret";
  if (!config.has_cred_protect) return "the extension credProtect";
  if (!CanVerifyUser(config)) return "a PIN or a fingerprint sensor, and pinUvAuthToken with it";
  return UnmetSince21(config);
}

}  // namespace

std::string_view Name(Version version) {
  switch (version) {
    case Version::kU2fV2:
      return "U2F_V2";
    case Version::kFido20:
      return "FIDO_2_0";
    case Version::kFido21Pre:
      return "FIDO_2_1_PRE";
    case Version::kFido21:
      return "FIDO_2_1";
    case Version::kFido23:
      return "FIDO_2_3";
  }
  return {};
}

std::optional<std::string> UnmetObligation(const AuthenticatorConfig& config, Version version) {
  switch (version) {
    case Version::kU2fV2:
      if (!Has(config, CoseAlgorithm::kEs256)) return "the algorithm ES256";
      return std::nullopt;
    case Version::kFido20:
      return std::nullopt;
    case Version::kFido21Pre:
      if (config.has_credential_management_preview ||
          (config.fingerprint && config.fingerprint->has_preview)) {
        return std::nullopt;
      }
      return "a preview command: credentialMgmtPreview or userVerificationMgmtPreview";
    case Version::kFido21:
      return UnmetSince21(config);
    case Version::kFido23:
      return UnmetSince23(config);
  }
  return std::nullopt;
}

}  // namespace keyrig::authenticator
