#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/cose.h"
#include "harness/base/ids.h"

namespace keyrig {

/// A credential on its way into or out of a key: the credential parameters of WebDriver's virtual
/// authenticators (WebAuthn L3 §11.3), and what else CTAP lets a key keep with it.
struct PortableCredential {
  CredentialId id;
  bool discoverable = true;
  RpId rp;
  Bytes private_key;       // PKCS #8, DER
  UserHandle user_handle;  // may be empty where it is not discoverable
  std::uint32_t signature_counter = 0;
  std::string user_name;
  std::string user_display_name;
  bool backup_eligible = false;
  bool backed_up = false;

  std::optional<CoseAlgorithm> algorithm;  // absent: the usual one of the private key's kind
  std::string rp_name;
  std::uint8_t cred_protect = 1;
  struct HmacSecrets {
    ByteArray<32> with_uv{}, without_uv{};
  };
  std::optional<HmacSecrets> hmac_secrets;  // absent: the key draws its own
  std::optional<Bytes> cred_blob;
  std::optional<ByteArray<32>> large_blob_key;
  bool third_party_payment = false;
};

}  // namespace keyrig
