#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/certificate.h"
#include "harness/base/clock.h"
#include "harness/base/cose.h"
#include "harness/base/crypto.h"
#include "harness/base/ids.h"

/// Relying-party verification by WebAuthn L3 §7. Pure: no clock, no store.
namespace keyrig::webauthn {

/// The check that failed. Each value is documented with its step where it is raised.
enum class Check {
  kClientDataMalformed,
  kType,
  kChallenge,
  kOrigin,
  kCrossOrigin,
  kAttestationObjectMalformed,
  kAuthenticatorDataMalformed,
  kRpIdHash,
  kUserPresent,
  kUserVerified,
  kBackupFlags,
  kAlgorithm,
  kAttestationFormat,     // a format that is not supported here
  kAttestationStatement,  // malformed, or its signature or certificate profile is wrong
  kAttestationTrust,      // the chain leads to no root that the relying party trusts
  kCredentialIdLength,
  kCredentialNotAllowed,
  kUserHandle,
  kSignature,
  kSignatureCounter,
};

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

/// WebAuthn L3 §7.1.
Result<CredentialRecord, VerifyError> VerifyRegistration(const RegistrationExpectation& expected,
                                                         const RegistrationResponse& response);

struct AssertionExpectation {
  Challenge challenge;
  RpId rp_id;
  std::vector<std::string> origins;
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

/// WebAuthn L3 §7.2.
Result<Assertion, VerifyError> VerifyAssertion(const AssertionExpectation& expected,
                                               const CredentialRecord& record,
                                               const AssertionResponse& response);

}  // namespace keyrig::webauthn
