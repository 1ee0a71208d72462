#include "harness/base/ctap_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace keyrig::ctap {
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

// CTAP 2.1 §11.2.9.
constexpr auto kHidCommands = std::to_array<Named>({
    {0x01, "CTAPHID_PING"},
    {0x03, "CTAPHID_MSG"},
    {0x04, "CTAPHID_LOCK"},
    {0x06, "CTAPHID_INIT"},
    {0x08, "CTAPHID_WINK"},
    {0x10, "CTAPHID_CBOR"},
    {0x11, "CTAPHID_CANCEL"},
    {0x3B, "CTAPHID_KEEPALIVE"},
    {0x3F, "CTAPHID_ERROR"},
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
    {0x40, "authenticatorBioEnrollment (preview)"},
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

// CTAP 2.1 §6.7.
constexpr auto kBioEnrollmentSubcommands = std::to_array<Named>({
    {0x01, "enrollBegin"},
    {0x02, "enrollCaptureNextSample"},
    {0x03, "cancelCurrentEnrollment"},
    {0x04, "enumerateEnrollments"},
    {0x05, "setFriendlyName"},
    {0x06, "removeEnrollment"},
    {0x07, "getFingerprintSensorInfo"},
});

// CTAP 2.1 §6.11.
constexpr auto kConfigSubcommands = std::to_array<Named>({
    {0x01, "enableEnterpriseAttestation"},
    {0x02, "toggleAlwaysUv"},
    {0x03, "setMinPINLength"},
    {0x04, "enableLongTouchForReset"},
    {0xFF, "vendorPrototype"},
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

std::string HidCommandName(std::uint8_t command) { return NameOrNumber(kHidCommands, command); }

std::string CommandName(std::uint8_t command, const cbor::Value& parameters) {
  switch (command) {
    case 0x06:
      return WithSubcommand(command, parameters.Find(2), kClientPinSubcommands);
    case 0x0A:
    case 0x41:
      return WithSubcommand(command, parameters.Find(1), kCredentialManagementSubcommands);
    case 0x09:
    case 0x40:
      return WithSubcommand(command, parameters.Find(2), kBioEnrollmentSubcommands);
    case 0x0D:
      return WithSubcommand(command, parameters.Find(1), kConfigSubcommands);
    default:
      return NameOrNumber(kCommands, command);
  }
}

}  // namespace keyrig::ctap
