#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/base/portable_credential.h"
#include "harness/base/result.h"

/// Credentials as WebDriver writes them (WebAuthn L3 §11.3): {"credentialId",
/// "isResidentCredential", "rpId", "privateKey", "userHandle", "signCount", "userName"?,
/// "userDisplayName"?, "backupEligibility"?, "backupState"?}, bytes in base64url. What CTAP knows
/// beyond that is in "keyrig": {"algorithm", "rpName", "credProtect", "hmacSecretWithUv",
/// "hmacSecretWithoutUv", "credBlob", "largeBlobKey", "thirdPartyPayment"}, all optional.
namespace keyrig::control {

nlohmann::json ToJson(const PortableCredential& credential);
/// An error names the member.
Result<PortableCredential, Error> CredentialFrom(const nlohmann::json& json);

}  // namespace keyrig::control
