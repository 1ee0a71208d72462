#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/certificate.h"
#include "harness/base/clock.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"
#include "harness/base/ids.h"

/// Relying-party verification by WebAuthn L3 §7. Pure: no clock, no store.
namespace keyrig::webauthn {

/// The check that failed. Steps are those of W3C WebAuthn Level 3 (§7.1 registration / §7.2
/// assertion).
enum class Check {
  kClientDataMalformed,         // steps 5, 6 / 8, 9: not UTF-8 JSON with the members of §5.8.1
  kType,                        // step 7 / 10: not webauthn.create / webauthn.get
  kChallenge,                   // step 8 / 11
  kOrigin,                      // step 9 / 12
  kCrossOrigin,                 // steps 10, 11 / 13, 14: a frame that is not expected
  kAttestationObjectMalformed,  // step 13
  kAuthenticatorDataMalformed,  // step 13 / 7: §6.1, §6.5.1 and the COSE key of §5.8.5
  kRpIdHash,                    // step 14 / 15
  kUserPresent,                 // step 15 / 16
  kUserVerified,                // step 16 / 17
  kBackupFlags,                 // step 17 / 18, 19: BS without BE, or BE has changed
  kAlgorithm,                   // step 20: none of those that the relying party asked for
  kAttestationFormat,           // step 21: a format that is not supported here
  kAttestationStatement,        // step 22: malformed, or its signature or certificate is wrong
  kAttestationTrust,            // step 24: leads to no root that the relying party trusts
  kCredentialIdLength,          // step 25: more than 1023 bytes
  kCredentialNotAllowed,        // - / 5, 6: not in allowCredentials, or not this record's
  kUserHandle,                  // - / 6: missing, or another account's
  kSignature,                   // - / 21
  kSignatureCounter,            // - / 22: did not grow
};
std::string_view Name(Check check);

struct VerifyError {
  Check check;
  std::string step;     // "§7.1 step 9"
  std::string message;  // in words
};

/// What the relying party knows of a credential (WebAuthn L3 §4, credential record).
struct CredentialRecord {
  CredentialId id;
  crypto::PublicKey public_key;
  CoseAlgorithm algorithm{};
  std::uint32_t sign_count = 0;
  bool uv_initialized = false;
  bool backup_eligible = false;
  bool backup_state = false;
  std::vector<std::string> transports;
  Aaguid aaguid;
  std::string attestation_format;  // "none", "packed"
  bool attested = false;           // packed with a chain to a trusted root
  std::vector<crypto::Certificate> attestation_chain;
};

struct RegistrationExpectation {
  Challenge challenge;
  RpId rp_id;
  std::vector<std::string> origins;
  /// Whether the ceremony may run in a frame of another origin, and below which pages.
  bool allow_cross_origin = false;
  std::vector<std::string> top_origins{};
  bool require_user_verification = true;
  std::vector<CoseAlgorithm> algorithms;
  /// Roots that attestation may chain to.
  std::vector<crypto::Certificate> attestation_roots;
  /// Where true, a chain to no root (and self or none) is an error (§7.1 step 24); else it is only
  /// recorded as not attested.
  bool require_attestation = false;
  Instant now{};  // for certificate validity
};

struct RegistrationResponse {
  Bytes client_data_json;
  Bytes attestation_object;
  std::vector<std::string> transports;
};

/// WebAuthn L3 §7.1. The caller makes and keeps the challenge (steps 1 to 4), refuses a credential
/// ID that is registered already (step 26) and stores the record (step 29).
Result<CredentialRecord, VerifyError> VerifyRegistration(const RegistrationExpectation& expected,
                                                         const RegistrationResponse& response);

struct AssertionExpectation {
  Challenge challenge;
  RpId rp_id;
  std::vector<std::string> origins;
  /// Whether the ceremony may run in a frame of another origin, and below which pages.
  bool allow_cross_origin = false;
  std::vector<std::string> top_origins{};
  bool require_user_verification = true;
  /// Empty: any credential of the user (discoverable).
  std::vector<CredentialId> allowed;
  UserHandle user_handle;  // of the account that the credential belongs to
};

struct AssertionResponse {
  CredentialId credential_id;
  Bytes client_data_json;
  Bytes authenticator_data;
  Bytes signature;
  std::optional<UserHandle> user_handle;
};

/// What a verified assertion changes in the record, and what it proved.
struct Assertion {
  std::uint32_t sign_count = 0;
  bool user_verified = false;
  bool backup_state = false;
};

/// WebAuthn L3 §7.2. The caller makes and keeps the challenge (steps 1 to 4), finds the record by
/// the credential ID (step 6) and updates it (step 24).
Result<Assertion, VerifyError> VerifyAssertion(const AssertionExpectation& expected,
                                               const CredentialRecord& record,
                                               const AssertionResponse& response);

}  // namespace keyrig::webauthn
