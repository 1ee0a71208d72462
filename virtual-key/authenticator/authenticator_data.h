#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "harness/base/ids.h"

namespace keyrig::authenticator {

/// WebAuthn L3 §6.5.1.
struct AttestedCredentialData {
  Aaguid aaguid;
  CredentialId credential_id;
  cbor::Value credential_public_key;
};

/// WebAuthn L3 §6.1: what an authenticator signs together with the client data's hash.
struct AuthenticatorData {
  ByteArray<32> rp_id_hash{};
  bool user_present = false;
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  std::uint32_t signature_counter = 0;
  std::optional<AttestedCredentialData> attested_credential_data{};
  cbor::Map extensions{};  // left out where empty

  Bytes Encode() const;
};

}  // namespace keyrig::authenticator
