#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/cose.h"
#include "harness/base/ids.h"

namespace keyrig::authenticator {

/// What a key calls itself (CTAP 2.3 §6.4, member 0x01). "FIDO_2_2" was never defined.
enum class Version { kU2fV2, kFido20, kFido21Pre, kFido21, kFido23 };

enum class Attestation {
  kPacked,  // a certificate chain made for the key (WebAuthn L3 §8.2)
  kSelf,    // packed without x5c
  kNone,
  kFidoU2f,     // of U2F's own key handles; credentials of other curves than P-256 get packed
  kTpm,         // as a computer's own authenticator has it
  kAndroidKey,  // as a phone's has it
  kApple,
};

/// Built-in user verification by fingerprint (CTAP 2.3 §6.7).
struct FingerprintSensor {
  std::uint32_t max_templates = 5;
  std::uint32_t samples_per_template = 3;
  std::uint32_t max_name_size = 64;  // bytes
  std::uint8_t max_uv_retries = 3;
  std::uint32_t preferred_platform_uv_attempts = 3;
  bool has_preview = false;  // userVerificationMgmtPreview, command 0x40
};

/// Enterprise attestation (CTAP 2.3 §7.1); it is off until a platform enables it.
struct EnterpriseAttestation {
  std::vector<std::string> rp_ids;  // those of vendor-facilitated attestation (mode 1)
  std::string serial_number = "1";  // of the very device; the certificate names it
};

/// authenticatorConfig (CTAP 2.3 §6.11): which subcommands a key has.
struct ConfigCommands {
  bool set_min_pin_length = true;
  std::uint32_t max_min_pin_length_rp_ids = 8;
  bool toggle_always_uv = true;
  bool long_touch_for_reset = false;
  bool pin_complexity_policy = false;  // setMinPINLength can turn the policy on
};

/// PIN rules of a model (CTAP 2.3 §6.5, §6.4 members 0x0D, 0x1B to 0x1D).
struct PinRules {
  std::uint32_t min_length = 4;   // code points
  std::uint32_t max_length = 63;  // code points
  std::uint8_t max_retries = 8;
  bool has_complexity_policy = false;  // refuses runs and repetitions
  std::string complexity_policy_url;
};

/// What a key is; nothing here changes while it lives. The defaults are a current 2.1 PIN key.
struct AuthenticatorConfig {
  std::vector<Version> versions = {Version::kFido20, Version::kFido21};
  Aaguid aaguid;  // of the model; zero is allowed
  Attestation attestation = Attestation::kPacked;
  /// Formats that a platform may prefer (CTAP 2.3 §6.1, member 0x0B).
  std::vector<Attestation> other_attestations;
  std::string attestation_organization = "keyrig";
  std::optional<EnterpriseAttestation> enterprise_attestation;
  std::vector<CoseAlgorithm> algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa,
                                           CoseAlgorithm::kRs256};
  std::vector<std::string> transports = {"usb"};
  std::vector<std::string> transports_for_reset;  // empty: every one

  /// 1,768 bytes are 30 packets: what the kernel's uhid ring takes from a client that does not
  /// pause.
  std::uint32_t max_message_size = 1768;
  std::uint32_t max_credentials_in_list = 10;
  std::uint32_t max_discoverable_credentials = 100;

  bool has_resident_keys = true;
  bool has_client_pin = true;
  bool has_pin_uv_auth_token = true;  // else only getPinToken, as CTAP 2.0 keys have it
  std::vector<int> pin_uv_auth_protocols = {2, 1};  // in order of preference
  PinRules pin;
  bool make_credential_uv_not_required = true;
  bool no_mc_ga_permissions_with_client_pin = false;
  bool always_uv = false;  // from the factory
  std::optional<FingerprintSensor> fingerprint;
  std::optional<ConfigCommands> config_commands;
  bool has_credential_management = true;
  bool has_credential_management_preview = false;     // command 0x41 (FIDO_2_1_PRE)
  bool has_persistent_token = false;                  // perCredMgmtRO, permission pcmr
  std::optional<std::uint32_t> max_large_blob_array;  // bytes, at least 1024; absent: no largeBlobs

  bool has_cred_protect = true;
  bool has_hmac_secret = true;
  bool has_hmac_secret_mc = false;
  std::optional<std::uint32_t> max_cred_blob;  // bytes, at least 32; absent: no credBlob
  bool has_large_blob_key = false;
  bool has_min_pin_length_extension = false;
  bool has_pin_complexity_policy_extension = false;
  bool has_third_party_payment = false;
  bool has_uvm = false;

  bool backup_eligible = false;  // flags BE and BS of new credentials
  bool backed_up = false;
  Duration touch_timeout = std::chrono::seconds(30);
  std::uint32_t firmware_version = 1;
  std::map<std::string, std::uint32_t> certifications;  // getInfo member 0x13
};

}  // namespace keyrig::authenticator
