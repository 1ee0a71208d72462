#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/cbor.h"

/// The numbers of CTAP 2.3 that cases need.
namespace keyrig::conformance {

enum Command : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kGetInfo = 0x04,
  kClientPin = 0x06,
  kReset = 0x07,
  kGetNextAssertion = 0x08,
  kBioEnrollment = 0x09,
  kCredentialManagement = 0x0A,
  kSelection = 0x0B,
  kLargeBlobs = 0x0C,
  kConfig = 0x0D,
};

enum Status : std::uint8_t {
  kOk = 0x00,
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kInvalidSeq = 0x04,
  kUnexpectedType = 0x11,
  kInvalidCbor = 0x12,
  kMissingParameter = 0x14,
  kLimitExceeded = 0x15,
  kFpDatabaseFull = 0x17,
  kLargeBlobStorageFull = 0x18,
  kCredentialExcluded = 0x19,
  kUnsupportedAlgorithm = 0x26,
  kOperationDenied = 0x27,
  kKeyStoreFull = 0x28,
  kUnsupportedOption = 0x2B,
  kInvalidOption = 0x2C,
  kKeepaliveCancel = 0x2D,
  kNoCredentials = 0x2E,
  kUserActionTimeout = 0x2F,
  kNotAllowed = 0x30,
  kPinInvalid = 0x31,
  kPinBlocked = 0x32,
  kPinAuthInvalid = 0x33,
  kPinAuthBlocked = 0x34,
  kPinNotSet = 0x35,
  kPuatRequired = 0x36,
  kPinPolicyViolation = 0x37,
  kRequestTooLarge = 0x39,
  kUvBlocked = 0x3C,
  kIntegrityFailure = 0x3D,
  kInvalidSubcommand = 0x3E,
  kUvInvalid = 0x3F,
  kUnauthorizedPermission = 0x40,
};

/// The statuses that a case takes; more than one where the specification leaves it open.
using Statuses = std::vector<std::uint8_t>;
/// "PIN_INVALID (0x31)", or several with "or".
std::string Text(const Statuses& statuses);
std::string Text(std::uint8_t status);

/// Permissions of a token (CTAP 2.3 §6.5.5.7).
enum Permission : std::uint8_t {
  kMc = 0x01,
  kGa = 0x02,
  kCm = 0x04,
  kBe = 0x08,
  kLbw = 0x10,
  kAcfg = 0x20,
  kPcmr = 0x40,
};

/// Flags of authenticator data (WebAuthn L3 §6.1).
inline constexpr std::uint8_t kFlagUp = 0x01;
inline constexpr std::uint8_t kFlagUv = 0x04;
inline constexpr std::uint8_t kFlagAt = 0x40;
inline constexpr std::uint8_t kFlagEd = 0x80;

/// The map with a member more or another value for it; without one.
cbor::Map With(cbor::Map map, const cbor::Value& key, cbor::Value value);
cbor::Map Without(cbor::Map map, const cbor::Value& key);
/// The member, or null; of anything.
const cbor::Value& At(const cbor::Value& map, std::int64_t key);
const cbor::Value& At(const cbor::Value& map, std::string_view key);
/// A map is looked into as it is: as a Value it would be a copy that is gone too soon.
const cbor::Value& At(const cbor::Map& map, std::int64_t key);

}  // namespace keyrig::conformance
