#include "harness/base/ctap_members.h"

#include <array>

namespace keyrig::ctap {
namespace {

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
    {0x0B, "attestationFormatsPreference"},
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
    {0x17, "uvCountSinceLastPinEntry"},
    {0x18, "longTouchForReset"},
    {0x19, "encIdentifier"},
    {0x1A, "transportsForReset"},
    {0x1B, "pinComplexityPolicy"},
    {0x1C, "pinComplexityPolicyURL"},
    {0x1D, "maxPINLength"},
    {0x1E, "encCredStoreState"},
    {0x1F, "authenticatorConfigCommands"},
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
    {0x0C, "thirdPartyPayment"},
});
constexpr auto kCredentialManagementParameters = std::to_array<MemberName>({
    {0x01, "rpIDHash"},
    {0x02, "credentialID"},
    {0x03, "user"},
});
constexpr auto kBioEnrollmentRequest = std::to_array<MemberName>({
    {0x01, "modality"},
    {0x02, "subCommand"},
    {0x03, "subCommandParams"},
    {0x04, "pinUvAuthProtocol"},
    {0x05, "pinUvAuthParam", true},
    {0x06, "getModality"},
});
constexpr auto kBioEnrollmentResponse = std::to_array<MemberName>({
    {0x01, "modality"},
    {0x02, "fingerprintKind"},
    {0x03, "maxCaptureSamplesRequiredForEnroll"},
    {0x04, "templateId"},
    {0x05, "lastEnrollSampleStatus"},
    {0x06, "remainingSamples"},
    {0x07, "templateInfos"},
    {0x08, "maxTemplateFriendlyName"},
});
// Of subCommandParams and of each of templateInfos.
constexpr auto kTemplateInfo = std::to_array<MemberName>({
    {0x01, "templateId"},
    {0x02, "templateFriendlyName"},
    {0x03, "timeoutMilliseconds"},
});
constexpr auto kLargeBlobsRequest = std::to_array<MemberName>({
    {0x01, "get"},
    {0x02, "set"},
    {0x03, "offset"},
    {0x04, "length"},
    {0x05, "pinUvAuthParam", true},
    {0x06, "pinUvAuthProtocol"},
});
constexpr auto kLargeBlobsResponse = std::to_array<MemberName>({{0x01, "config"}});
constexpr auto kConfigRequest = std::to_array<MemberName>({
    {0x01, "subCommand"},
    {0x02, "subCommandParams"},
    {0x03, "pinUvAuthProtocol"},
    {0x04, "pinUvAuthParam", true},
});
// CTAP 2.1 §6.11.4: the config subcommand that has parameters.
constexpr int kSetMinPinLength = 0x03;
constexpr auto kMinPinLengthParameters = std::to_array<MemberName>({
    {0x01, "newMinPINLength"},
    {0x02, "minPinLengthRPIDs"},
    {0x03, "forceChangePin"},
    {0x04, "pinComplexityPolicy"},
});

}  // namespace

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
    case 0x09:
    case 0x40:
      return kBioEnrollmentRequest;
    case 0x0C:
      return kLargeBlobsRequest;
    case 0x0D:
      return kConfigRequest;
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
    case 0x09:
    case 0x40:
      return kBioEnrollmentResponse;
    case 0x0C:
      return kLargeBlobsResponse;
    default:
      return {};
  }
}

std::span<const MemberName> RequestMembersBelow(std::uint8_t command, const cbor::Value& parameters,
                                                std::uint64_t key) {
  const bool is_credential_management = command == 0x0A || command == 0x41;
  const bool is_bio_enrollment = command == 0x09 || command == 0x40;
  if (is_credential_management && key == 2) return kCredentialManagementParameters;
  if (is_bio_enrollment && key == 3) return kTemplateInfo;
  const bool is_set_min_pin_length = command == 0x0D && parameters.Find(1) != nullptr &&
                                     *parameters.Find(1) == cbor::Value(kSetMinPinLength);
  if (is_set_min_pin_length && key == 2) return kMinPinLengthParameters;
  return {};
}

std::span<const MemberName> ResponseMembersBelow(std::uint8_t command, std::uint64_t key) {
  const bool is_bio_enrollment = command == 0x09 || command == 0x40;
  if (is_bio_enrollment && key == 7) return kTemplateInfo;
  return {};
}

}  // namespace keyrig::ctap
