#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/cbor.h"
#include "harness/base/ids.h"
#include "mock-entra/webauthn/cose_key.h"

namespace keyrig::webauthn {

/// What a new credential is (WebAuthn L3 §6.5.1).
struct AttestedCredentialData {
  Aaguid aaguid;
  CredentialId credential_id;
  CredentialPublicKey credential_public_key;
};

/// What the authenticator signs of a ceremony (WebAuthn L3 §6.1).
struct AuthenticatorData {
  ByteArray<32> rp_id_hash{};
  bool user_present = false;     // UP, bit 0
  bool user_verified = false;    // UV, bit 2
  bool backup_eligible = false;  // BE, bit 3
  bool backup_state = false;     // BS, bit 4
  std::uint32_t sign_count = 0;
  std::optional<AttestedCredentialData> attested_credential_data;  // AT, bit 6
  std::optional<cbor::Value> extensions;                           // ED, bit 7; a map
};

/// Reads authenticator data, all of it.
Result<AuthenticatorData, Error> ParseAuthenticatorData(ByteView bytes);

}  // namespace keyrig::webauthn
