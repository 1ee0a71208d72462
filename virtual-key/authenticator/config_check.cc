#include "virtual-key/authenticator/config_check.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "harness/base/crypto.h"
#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/version.h"

namespace keyrig::authenticator {
namespace {

using Contradiction = std::optional<std::string>;

template <typename List, typename Value>
bool Holds(const List& list, const Value& value) {
  return std::ranges::find(list, value) != std::ranges::end(list);
}

template <typename List>
bool HasDuplicates(List list) {
  std::ranges::sort(list);
  return std::ranges::adjacent_find(list) != list.end();
}

bool IsWithin(std::uint32_t value, std::uint32_t least, std::uint32_t most) {
  return value >= least && value <= most;
}

bool CanSetMinPinLength(const AuthenticatorConfig& config) {
  return config.has_client_pin && config.config_commands &&
         config.config_commands->set_min_pin_length;
}

Contradiction InVersions(const AuthenticatorConfig& config) {
  if (config.versions.empty()) return "the key has no version; name at least one";
  if (HasDuplicates(config.versions)) return "a version is named twice";
  for (const Version version : config.versions) {
    if (const auto unmet = UnmetObligation(config, version)) {
      return "a key of " + std::string(Name(version)) + " has " + *unmet +
             "; this one lacks it: add it or leave the version out";
    }
  }
  return std::nullopt;
}

Contradiction InTransports(const AuthenticatorConfig& config) {
  // WebAuthn L3 §5.8.4.
  constexpr std::array<std::string_view, 6> kTransports = {"usb",        "nfc",    "ble",
                                                           "smart-card", "hybrid", "internal"};
  for (const std::string& transport : config.transports) {
    if (!Holds(kTransports, transport)) {
      return "there is no transport \"" + transport +
             "\"; there are usb, nfc, ble, smart-card, hybrid and internal";
    }
  }
  if (HasDuplicates(config.transports)) return "a transport is named twice";
  for (const std::string& transport : config.transports_for_reset) {
    if (!Holds(config.transports, transport)) {
      return "transportsForReset has \"" + transport + "\", which is no transport of this key";
    }
  }
  if (HasDuplicates(config.transports_for_reset)) return "a transport for reset is named twice";
  return std::nullopt;
}

Contradiction InAlgorithms(const AuthenticatorConfig& config) {
  if (HasDuplicates(config.algorithms)) return "an algorithm is named twice";
  if (std::ranges::none_of(config.algorithms, crypto::IsAvailable)) {
    return "the key has no algorithm that the OpenSSL at hand has; add ES256";
  }
  if (config.attestation == Attestation::kFidoU2f &&
      !Holds(config.algorithms, CoseAlgorithm::kEs256)) {
    return "fido-u2f attests ES256 alone, which the key lacks; add it or attest otherwise";
  }
  if (Holds(config.other_attestations, Attestation::kNone)) {
    return "\"none\" is no format to prefer; a platform can always ask for it";
  }
  return std::nullopt;
}

Contradiction InLimits(const AuthenticatorConfig& config) {
  constexpr std::uint32_t kLeastMessage = 1024, kMostMessage = 7609;
  if (!IsWithin(config.max_message_size, kLeastMessage, kMostMessage)) {
    return "maxMsgSize is " + std::to_string(config.max_message_size) +
           "; it is 1024 to 7609 bytes";
  }
  if (config.max_credentials_in_list == 0) return "maxCredentialCountInList is 0; it is at least 1";
  if (config.firmware_version == 0) return "firmwareVersion is 0; it is at least 1";
  if (config.max_large_blob_array && *config.max_large_blob_array < 1024) {
    return "maxSerializedLargeBlobArray is " + std::to_string(*config.max_large_blob_array) +
           "; it is at least 1024 bytes";
  }
  if (config.max_cred_blob && *config.max_cred_blob < 32) {
    return "maxCredBlobLength is " + std::to_string(*config.max_cred_blob) +
           "; it is at least 32 bytes";
  }
  return std::nullopt;
}

Contradiction InPin(const AuthenticatorConfig& config) {
  const PinRules& pin = config.pin;
  if (!config.has_client_pin) {
    if (config.no_mc_ga_permissions_with_client_pin) {
      return "noMcGaPermissionsWithClientPin limits a PIN, which the key does not have";
    }
    return std::nullopt;
  }
  if (!IsWithin(pin.min_length, 4, 63)) return "minPINLength is 4 to 63 code points";
  if (!IsWithin(pin.max_length, 8, 63)) return "maxPINLength is 8 to 63 code points";
  if (pin.min_length > pin.max_length) return "minPINLength is larger than maxPINLength";
  if (!IsWithin(pin.max_retries, 1, 8)) return "a key grants 1 to 8 PIN retries";
  if (config.no_mc_ga_permissions_with_client_pin && !config.fingerprint) {
    return "noMcGaPermissionsWithClientPin leaves no way to verify the user; add a fingerprint "
           "sensor";
  }
  return std::nullopt;
}

Contradiction InUserVerification(const AuthenticatorConfig& config) {
  const bool can_verify = config.has_client_pin || config.fingerprint;
  for (const int protocol : config.pin_uv_auth_protocols) {
    if (protocol != 1 && protocol != 2) {
      return "there is no PIN/UV auth protocol " + std::to_string(protocol) + "; there are 1 and 2";
    }
  }
  if (HasDuplicates(config.pin_uv_auth_protocols)) return "a PIN/UV auth protocol is named twice";
  if (can_verify && config.pin_uv_auth_protocols.empty()) {
    return "a key with a PIN or a fingerprint sensor has a PIN/UV auth protocol; name 2";
  }
  if (config.always_uv && !can_verify) {
    return "alwaysUv needs a PIN or a fingerprint sensor";
  }
  if (!config.fingerprint) return std::nullopt;
  const FingerprintSensor& sensor = *config.fingerprint;
  if (sensor.max_templates == 0) return "a fingerprint sensor has room for at least 1 template";
  if (sensor.samples_per_template == 0) return "an enrolment takes at least 1 sample";
  if (!IsWithin(sensor.max_uv_retries, 1, 25)) return "a key grants 1 to 25 UV retries";
  if (sensor.preferred_platform_uv_attempts == 0) {
    return "preferredPlatformUvAttempts is 0; it is at least 1";
  }
  return std::nullopt;
}

Contradiction InExtensions(const AuthenticatorConfig& config) {
  const bool may_have_complexity =
      config.has_client_pin &&
      (config.pin.has_complexity_policy ||
       (config.config_commands && config.config_commands->pin_complexity_policy));
  struct Rule {
    bool has;
    bool may_have;
    const char* words;
  };
  const std::array rules = {
      Rule{config.has_hmac_secret_mc, config.has_hmac_secret,
           "hmac-secret-mc is for a key with hmac-secret"},
      Rule{config.has_large_blob_key, config.has_resident_keys,
           "largeBlobKey is for discoverable credentials, which the key does not keep"},
      Rule{config.has_large_blob_key, config.max_large_blob_array.has_value(),
           "largeBlobKey is for a key with largeBlobs; give it maxSerializedLargeBlobArray"},
      Rule{config.max_cred_blob.has_value(), config.has_cred_protect,
           "credBlob is for a key with credProtect"},
      Rule{config.has_min_pin_length_extension, CanSetMinPinLength(config),
           "minPinLength is for a key with a PIN and setMinPINLength"},
      Rule{config.has_pin_complexity_policy_extension, may_have_complexity,
           "pinComplexityPolicy is for a key with a PIN and such a policy"},
      Rule{config.has_persistent_token,
           config.has_resident_keys && config.has_credential_management &&
               config.has_pin_uv_auth_token,
           "perCredMgmtRO is for a key with credMgmt and pinUvAuthToken"},
      Rule{config.backed_up, config.backup_eligible,
           "no credential is backed up that is not backup eligible"},
  };
  for (const Rule& rule : rules) {
    if (rule.has && !rule.may_have) return rule.words;
  }
  return std::nullopt;
}

Contradiction InCertifications(const AuthenticatorConfig& config) {
  struct Row {
    std::string_view name;
    std::uint32_t most;
  };
  // CTAP 2.3 §7.3.
  constexpr std::array kRows = {Row{"FIPS-CMVP-2", 4},     Row{"FIPS-CMVP-3", 4},
                                Row{"FIPS-CMVP-2-PHY", 4}, Row{"FIPS-CMVP-3-PHY", 4},
                                Row{"CC-EAL", 7},          Row{"FIDO", 6},
                                Row{"CCN-CPSTIC", 1}};
  for (const auto& [name, level] : config.certifications) {
    const auto row = std::ranges::find(kRows, name, &Row::name);
    if (row == kRows.end()) return "there is no certification \"" + name + "\"";
    if (!IsWithin(level, 1, row->most)) {
      return "certification " + name + " has level " + std::to_string(level) + "; it is 1 to " +
             std::to_string(row->most);
    }
  }
  const auto& enterprise = config.enterprise_attestation;
  if (enterprise &&
      !IsWithin(static_cast<std::uint32_t>(enterprise->serial_number.size()), 1, 64)) {
    return "the serial number of enterprise attestation has 1 to 64 bytes";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> FindContradiction(const AuthenticatorConfig& config) {
  for (const auto find : {&InVersions, &InTransports, &InAlgorithms, &InLimits, &InPin,
                          &InUserVerification, &InExtensions, &InCertifications}) {
    if (const Contradiction found = find(config)) return found;
  }
  return std::nullopt;
}

}  // namespace keyrig::authenticator
