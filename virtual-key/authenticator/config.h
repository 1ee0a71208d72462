#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/cose.h"
#include "harness/base/ids.h"

namespace keyrig::authenticator {

enum class Attestation {
  kPacked,  // a certificate chain made for the key (WebAuthn L3 §8.2)
  kSelf,    // packed without x5c
  kNone,
};

/// What a key is; nothing here changes while it lives.
struct AuthenticatorConfig {
  Aaguid aaguid;  // of the model; zero is allowed
  Attestation attestation = Attestation::kPacked;
  std::string attestation_organization = "keyrig";
  std::vector<CoseAlgorithm> algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa,
                                           CoseAlgorithm::kRs256};
  /// 1,768 bytes are 30 packets: what the kernel's uhid ring takes from a client that does not
  /// pause.
  std::uint32_t max_message_size = 1768;
  std::uint32_t max_credentials_in_list = 10;
  std::uint32_t max_discoverable_credentials = 100;
  std::uint32_t min_pin_length = 4;  // code points
  std::uint8_t max_pin_retries = 8;
  bool has_resident_keys = true;
  bool has_client_pin = true;
  bool has_hmac_secret = true;
  Duration touch_timeout = std::chrono::seconds(30);
  std::uint32_t firmware_version = 1;
};

}  // namespace keyrig::authenticator
