#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "virtual-key/authenticator/config.h"

/// The words of a profile file and what they stand for.
namespace keyrig::profiles {

using authenticator::Attestation;
using authenticator::AuthenticatorConfig;
using authenticator::Version;

inline constexpr std::array kVersionWords = {
    std::pair{"U2F_V2", Version::kU2fV2},           std::pair{"FIDO_2_0", Version::kFido20},
    std::pair{"FIDO_2_1_PRE", Version::kFido21Pre}, std::pair{"FIDO_2_1", Version::kFido21},
    std::pair{"FIDO_2_3", Version::kFido23},
};

inline constexpr std::array kAttestationWords = {
    std::pair{"packed", Attestation::kPacked}, std::pair{"self", Attestation::kSelf},
    std::pair{"none", Attestation::kNone},     std::pair{"fido-u2f", Attestation::kFidoU2f},
    std::pair{"tpm", Attestation::kTpm},       std::pair{"android-key", Attestation::kAndroidKey},
    std::pair{"apple", Attestation::kApple},
};

using Flag = bool AuthenticatorConfig::*;

/// getInfo's own names (CTAP 2.3 §6.4, options).
inline constexpr std::array kOptionWords = {
    std::pair{"rk", Flag(&AuthenticatorConfig::has_resident_keys)},
    std::pair{"clientPin", Flag(&AuthenticatorConfig::has_client_pin)},
    std::pair{"pinUvAuthToken", Flag(&AuthenticatorConfig::has_pin_uv_auth_token)},
    std::pair{"credMgmt", Flag(&AuthenticatorConfig::has_credential_management)},
    std::pair{"credentialMgmtPreview",
              Flag(&AuthenticatorConfig::has_credential_management_preview)},
    std::pair{"perCredMgmtRO", Flag(&AuthenticatorConfig::has_persistent_token)},
    std::pair{"makeCredUvNotRqd", Flag(&AuthenticatorConfig::make_credential_uv_not_required)},
    std::pair{"noMcGaPermissionsWithClientPin",
              Flag(&AuthenticatorConfig::no_mc_ga_permissions_with_client_pin)},
    std::pair{"alwaysUv", Flag(&AuthenticatorConfig::always_uv)},
};

/// Extensions that a key has or has not; credBlob has a size besides.
inline constexpr std::array kExtensionWords = {
    std::pair{"credProtect", Flag(&AuthenticatorConfig::has_cred_protect)},
    std::pair{"hmac-secret", Flag(&AuthenticatorConfig::has_hmac_secret)},
    std::pair{"hmac-secret-mc", Flag(&AuthenticatorConfig::has_hmac_secret_mc)},
    std::pair{"largeBlobKey", Flag(&AuthenticatorConfig::has_large_blob_key)},
    std::pair{"minPinLength", Flag(&AuthenticatorConfig::has_min_pin_length_extension)},
    std::pair{"pinComplexityPolicy",
              Flag(&AuthenticatorConfig::has_pin_complexity_policy_extension)},
    std::pair{"thirdPartyPayment", Flag(&AuthenticatorConfig::has_third_party_payment)},
    std::pair{"uvm", Flag(&AuthenticatorConfig::has_uvm)},
};
inline constexpr const char* kCredBlobWord = "credBlob";

inline const std::vector<std::string> kTransportWords = {"usb",        "nfc",    "ble",
                                                         "smart-card", "hybrid", "internal"};

/// The algorithms that a profile may name; a key leaves out what its OpenSSL lacks.
std::vector<std::pair<std::string, CoseAlgorithm>> AlgorithmWords();

template <typename Words>
std::vector<std::string> NamesOf(const Words& words) {
  std::vector<std::string> names;
  for (const auto& [name, value] : words) names.emplace_back(name);
  return names;
}

template <typename Words>
auto ValueOf(const Words& words, std::string_view word) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return words.begin()->second;
}

template <typename Words, typename Value>
std::string WordOf(const Words& words, const Value& wanted) {
  for (const auto& [name, value] : words) {
    if (value == wanted) return name;
  }
  return "";
}

}  // namespace keyrig::profiles
