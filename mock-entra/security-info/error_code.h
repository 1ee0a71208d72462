#pragma once

#include <string>
#include <string_view>

#include "mock-entra/directory/service.h"

namespace keyrig::security_info {

/// Why security info says no (facts D2), by the numbers of its ErrorCode member.
enum class ErrorCode {
  kNone = 0,
  kInvalidCanary = 3,
  kBadRequest = 4,
  kDataNotFound = 5,
  kNgcMfaRequired = 6,
  kKeyDisallowedByPolicy = 7,
  kChallengeExpired = 8,
  kInvalidAttestationDataFormat = 13,
  kRequiredParamMissing = 14,
  kBadDirectoryRequest = 17,
  kUserGroupRestriction = 20,
  kFeatureDisallowedByPolicy = 21,
  kInvalidKeyDataFormat = 22,
  kAttestationValidationFailed = 23,
  kVerificationFailed = 24,
  kKeyNotFound = 32,
  kInvalidSession = 33,
};

/// A refusal and what it was about.
struct Refusal {
  ErrorCode code = ErrorCode::kNone;
  std::string reason;
};

void EmitRefused(directory::Service& service, const Refusal& refusal, std::string_view user_name);

}  // namespace keyrig::security_info
