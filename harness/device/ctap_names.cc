#include "harness/device/ctap_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace keyrig::device {
namespace {

using Named = std::pair<std::uint64_t, std::string_view>;

// CTAP 2.1 §8.2.
constexpr auto kStatuses = std::to_array<Named>({
    {0x00, "OK"},
    {0x01, "INVALID_COMMAND"},
    {0x02, "INVALID_PARAMETER"},
    {0x03, "INVALID_LENGTH"},
    {0x04, "INVALID_SEQ"},
    {0x05, "TIMEOUT"},
    {0x06, "CHANNEL_BUSY"},
    {0x0A, "LOCK_REQUIRED"},
    {0x0B, "INVALID_CHANNEL"},
    {0x11, "CBOR_UNEXPECTED_TYPE"},
    {0x12, "INVALID_CBOR"},
    {0x14, "MISSING_PARAMETER"},
    {0x15, "LIMIT_EXCEEDED"},
    {0x17, "FP_DATABASE_FULL"},
    {0x18, "LARGE_BLOB_STORAGE_FULL"},
    {0x19, "CREDENTIAL_EXCLUDED"},
    {0x21, "PROCESSING"},
    {0x22, "INVALID_CREDENTIAL"},
    {0x23, "USER_ACTION_PENDING"},
    {0x24, "OPERATION_PENDING"},
    {0x25, "NO_OPERATIONS"},
    {0x26, "UNSUPPORTED_ALGORITHM"},
    {0x27, "OPERATION_DENIED"},
    {0x28, "KEY_STORE_FULL"},
    {0x2B, "UNSUPPORTED_OPTION"},
    {0x2C, "INVALID_OPTION"},
    {0x2D, "KEEPALIVE_CANCEL"},
    {0x2E, "NO_CREDENTIALS"},
    {0x2F, "USER_ACTION_TIMEOUT"},
    {0x30, "NOT_ALLOWED"},
    {0x31, "PIN_INVALID"},
    {0x32, "PIN_BLOCKED"},
    {0x33, "PIN_AUTH_INVALID"},
    {0x34, "PIN_AUTH_BLOCKED"},
    {0x35, "PIN_NOT_SET"},
    {0x36, "PUAT_REQUIRED"},
    {0x37, "PIN_POLICY_VIOLATION"},
    {0x39, "REQUEST_TOO_LARGE"},
    {0x3A, "ACTION_TIMEOUT"},
    {0x3B, "UP_REQUIRED"},
    {0x3C, "UV_BLOCKED"},
    {0x3D, "INTEGRITY_FAILURE"},
    {0x3E, "INVALID_SUBCOMMAND"},
    {0x3F, "UV_INVALID"},
    {0x40, "UNAUTHORIZED_PERMISSION"},
    {0x7F, "OTHER"},
});

// CTAP 2.1 §11.2.9.1.6.
constexpr auto kHidErrors = std::to_array<Named>({
    {0x01, "ERR_INVALID_CMD"},
    {0x02, "ERR_INVALID_PAR"},
    {0x03, "ERR_INVALID_LEN"},
    {0x04, "ERR_INVALID_SEQ"},
    {0x05, "ERR_MSG_TIMEOUT"},
    {0x06, "ERR_CHANNEL_BUSY"},
    {0x0A, "ERR_LOCK_REQUIRED"},
    {0x0B, "ERR_INVALID_CHANNEL"},
    {0x7F, "ERR_OTHER"},
});

// CTAP 2.1 §6.
constexpr auto kCommands = std::to_array<Named>({
    {0x01, "authenticatorMakeCredential"},
    {0x02, "authenticatorGetAssertion"},
    {0x04, "authenticatorGetInfo"},
    {0x06, "authenticatorClientPIN"},
    {0x07, "authenticatorReset"},
    {0x08, "authenticatorGetNextAssertion"},
    {0x09, "authenticatorBioEnrollment"},
    {0x0A, "authenticatorCredentialManagement"},
    {0x0B, "authenticatorSelection"},
    {0x0C, "authenticatorLargeBlobs"},
    {0x0D, "authenticatorConfig"},
    {0x41, "authenticatorCredentialManagement (preview)"},
});

// CTAP 2.1 §6.5.5.
constexpr auto kClientPinSubcommands = std::to_array<Named>({
    {0x01, "getPINRetries"},
    {0x02, "getKeyAgreement"},
    {0x03, "setPIN"},
    {0x04, "changePIN"},
    {0x05, "getPinToken"},
    {0x06, "getPinUvAuthTokenUsingUvWithPermissions"},
    {0x07, "getUVRetries"},
    {0x09, "getPinUvAuthTokenUsingPinWithPermissions"},
});

// CTAP 2.1 §6.8.
constexpr auto kCredentialManagementSubcommands = std::to_array<Named>({
    {0x01, "getCredsMetadata"},
    {0x02, "enumerateRPsBegin"},
    {0x03, "enumerateRPsGetNextRP"},
    {0x04, "enumerateCredentialsBegin"},
    {0x05, "enumerateCredentialsGetNextCredential"},
    {0x06, "deleteCredential"},
    {0x07, "updateUserInformation"},
});

constexpr auto kMakeCredential = std::to_array<MemberName>({
    {0x01, "clientDataHash"},
    {0x02, "rp"},
    {0x03, "user"},
    {0x04, "pubKeyCredParams"},
    {0x05, "excludeList"},
    {0x06, "extensions"},
    {0x07, "options"},
    {0x08, "pinUvAuthParam", true},
    {0x09, "pinUvAuthProtocol"},
    {0x0A, "enterpriseAttestation"},
});
constexpr auto kMadeCredential = std::to_array<MemberName>({
    {0x01, "fmt"},
    {0x02, "authData"},
    {0x03, "attStmt"},
    {0x04, "epAtt"},
    {0x05, "largeBlobKey", true},
});
constexpr auto kGetAssertion = std::to_array<MemberName>({
    {0x01, "rpId"},
    {0x02, "clientDataHash"},
    {0x03, "allowList"},
    {0x04, "extensions"},
    {0x05, "options"},
    {0x06, "pinUvAuthParam", true},
    {0x07, "pinUvAuthProtocol"},
});
constexpr auto kMadeAssertion = std::to_array<MemberName>({
    {0x01, "credential"},
    {0x02, "authData"},
    {0x03, "signature"},
    {0x04, "user"},
    {0x05, "numberOfCredentials"},
    {0x06, "userSelected"},
    {0x07, "largeBlobKey", true},
});
constexpr auto kInfo = std::to_array<MemberName>({
    {0x01, "versions"},
    {0x02, "extensions"},
    {0x03, "aaguid"},
    {0x04, "options"},
    {0x05, "maxMsgSize"},
    {0x06, "pinUvAuthProtocols"},
    {0x07, "maxCredentialCountInList"},
    {0x08, "maxCredentialIdLength"},
    {0x09, "transports"},
    {0x0A, "algorithms"},
    {0x0B, "maxSerializedLargeBlobArray"},
    {0x0C, "forcePINChange"},
    {0x0D, "minPINLength"},
    {0x0E, "firmwareVersion"},
    {0x0F, "maxCredBlobLength"},
    {0x10, "maxRPIDsForSetMinPINLength"},
    {0x11, "preferredPlatformUvAttempts"},
    {0x12, "uvModality"},
    {0x13, "certifications"},
    {0x14, "remainingDiscoverableCredentials"},
    {0x15, "vendorPrototypeConfigCommands"},
    {0x16, "attestationFormats"},
});
constexpr auto kClientPinRequest = std::to_array<MemberName>({
    {0x01, "pinUvAuthProtocol"},
    {0x02, "subCommand"},
    {0x03, "keyAgreement"},
    {0x04, "pinUvAuthParam", true},
    {0x05, "newPinEnc", true},
    {0x06, "pinHashEnc", true},
    {0x09, "permissions"},
    {0x0A, "rpId"},
});
constexpr auto kClientPinResponse = std::to_array<MemberName>({
    {0x01, "keyAgreement"},
    {0x02, "pinUvAuthToken", true},
    {0x03, "pinRetries"},
    {0x04, "powerCycleState"},
    {0x05, "uvRetries"},
});
constexpr auto kCredentialManagementRequest = std::to_array<MemberName>({
    {0x01, "subCommand"},
    {0x02, "subCommandParams"},
    {0x03, "pinUvAuthProtocol"},
    {0x04, "pinUvAuthParam", true},
});
constexpr auto kCredentialManagementResponse = std::to_array<MemberName>({
    {0x01, "existingResidentCredentialsCount"},
    {0x02, "maxPossibleRemainingResidentCredentialsCount"},
    {0x03, "rp"},
    {0x04, "rpIDHash"},
    {0x05, "totalRPs"},
    {0x06, "user"},
    {0x07, "credentialID"},
    {0x08, "publicKey"},
    {0x09, "totalCredentials"},
    {0x0A, "credProtect"},
    {0x0B, "largeBlobKey", true},
});

std::string_view Find(std::span<const Named> names, std::uint64_t number) {
  const auto found = std::ranges::find(names, number, &Named::first);
  return found == names.end() ? std::string_view{} : found->second;
}

std::string NameOrNumber(std::span<const Named> names, std::uint8_t number) {
  const std::string_view name = Find(names, number);
  return name.empty() ? fmt::format("{:#04x}", number) : std::string(name);
}

std::string WithSubcommand(std::uint8_t command, const cbor::Value* subcommand,
                           std::span<const Named> subcommands) {
  std::string text = NameOrNumber(kCommands, command);
  const auto number = subcommand ? subcommand->AsUnsigned() : std::nullopt;
  if (!number) return text;
  const std::string_view name = Find(subcommands, *number);
  return name.empty() ? fmt::format("{} {:#04x}", text, *number) : fmt::format("{} {}", text, name);
}

}  // namespace

std::string StatusName(std::uint8_t status) { return NameOrNumber(kStatuses, status); }

std::string HidErrorName(std::uint8_t code) { return NameOrNumber(kHidErrors, code); }

std::string CommandName(std::uint8_t command, const cbor::Value& parameters) {
  switch (command) {
    case 0x06:
      return WithSubcommand(command, parameters.Find(2), kClientPinSubcommands);
    case 0x0A:
    case 0x41:
      return WithSubcommand(command, parameters.Find(1), kCredentialManagementSubcommands);
    default:
      return NameOrNumber(kCommands, command);
  }
}

std::span<const MemberName> RequestMembers(std::uint8_t command) {
  switch (command) {
    case 0x01:
      return kMakeCredential;
    case 0x02:
      return kGetAssertion;
    case 0x06:
      return kClientPinRequest;
    case 0x0A:
    case 0x41:
      return kCredentialManagementRequest;
    default:
      return {};
  }
}

std::span<const MemberName> ResponseMembers(std::uint8_t command) {
  switch (command) {
    case 0x01:
      return kMadeCredential;
    case 0x02:
    case 0x08:
      return kMadeAssertion;
    case 0x04:
      return kInfo;
    case 0x06:
      return kClientPinResponse;
    case 0x0A:
    case 0x41:
      return kCredentialManagementResponse;
    default:
      return {};
  }
}

}  // namespace keyrig::device
