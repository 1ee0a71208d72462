#include "virtual-key/authenticator/authenticator_data.h"

namespace keyrig::authenticator {
namespace {

constexpr std::uint8_t kUserPresent = 0x01, kUserVerified = 0x04;
constexpr std::uint8_t kBackupEligible = 0x08, kBackupState = 0x10;
constexpr std::uint8_t kAttestedCredentialData = 0x40, kExtensionData = 0x80;

}  // namespace

Bytes AuthenticatorData::Encode() const {
  unsigned flags = 0;
  if (user_present) flags |= kUserPresent;
  if (user_verified) flags |= kUserVerified;
  if (backup_eligible) flags |= kBackupEligible;
  if (backed_up) flags |= kBackupState;
  if (attested_credential_data) flags |= kAttestedCredentialData;
  if (!extensions.empty()) flags |= kExtensionData;
  Bytes bytes;
  bytes.reserve(128);
  Append(bytes, rp_id_hash);
  bytes.push_back(static_cast<std::uint8_t>(flags));
  Append(bytes, BigEndian32(signature_counter));
  if (attested_credential_data) {
    const Bytes& id = attested_credential_data->credential_id.bytes;
    Append(bytes, attested_credential_data->aaguid.bytes);
    Append(bytes, BigEndian16(static_cast<std::uint16_t>(id.size())));
    Append(bytes, id);
    Append(bytes, cbor::Encode(attested_credential_data->credential_public_key));
  }
  if (!extensions.empty()) Append(bytes, cbor::Encode(extensions));
  return bytes;
}

}  // namespace keyrig::authenticator
