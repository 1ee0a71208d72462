#include "mock-entra/webauthn/attestation.h"
#include "mock-entra/webauthn/attestation_object.h"
#include "mock-entra/webauthn/client_data.h"
#include "mock-entra/webauthn/refuse.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {
Result<CredentialRecord, VerifyError> VerifyRegistration(const RegistrationExpectation& expected,
                                                         const RegistrationResponse& response) {
  // WebAuthn L3 §7.1 steps 1 and 2 are the page's: it made the options and called create().
  // Step 3: `response` is an AuthenticatorAttestationResponse by its type.
  // Step 4: client extension outputs are not used (step 28), so they are not handed in.

  // Steps 5 and 6: UTF-8 decode and parse the client data C.
  const auto client_data = ParseClientData(response.client_data_json);
  if (!client_data) {
    return Refuse(Check::kClientDataMalformed, "§7.1 step 6", client_data.error().message);
  }
  // Step 7.
  if (client_data->type != "webauthn.create") {
    return Refuse(Check::kType, "§7.1 step 7",
                  "type is \"" + client_data->type + "\", not \"webauthn.create\"");
  }
  // Step 8.
  if (client_data->challenge != ToBase64Url(expected.challenge.bytes)) {
    return Refuse(Check::kChallenge, "§7.1 step 8", "the challenge is not the one that was sent");
  }
  // Step 9.
  if (!Contains(expected.origins, client_data->origin)) {
    return Refuse(Check::kOrigin, "§7.1 step 9",
                  "origin " + client_data->origin + " is not the relying party's");
  }
  // Step 10.
  if (client_data->cross_origin == true && !expected.allow_cross_origin) {
    return Refuse(Check::kCrossOrigin, "§7.1 step 10",
                  "the ceremony ran in a frame of another origin");
  }
  // Step 11.
  if (client_data->top_origin &&
      (!expected.allow_cross_origin || !Contains(expected.top_origins, *client_data->top_origin))) {
    return Refuse(Check::kCrossOrigin, "§7.1 step 11",
                  "the ceremony ran in a frame below " + *client_data->top_origin);
  }
  // Step 12.
  const auto hash = crypto::Sha256(response.client_data_json);

  // Step 13: decode the attestation object, and the authenticator data in it.
  const auto object = DecodeAttestationObject(response.attestation_object);
  if (!object) {
    return Refuse(Check::kAttestationObjectMalformed, "§7.1 step 13", object.error().message);
  }
  const auto data = ParseAuthenticatorData(object->authenticator_data_bytes);
  if (!data) {
    return Refuse(Check::kAuthenticatorDataMalformed, "§7.1 step 13", data.error().message);
  }
  if (!data->attested_credential_data) {
    return Refuse(Check::kAuthenticatorDataMalformed, "§7.1 step 13",
                  "authenticator data of a registration must hold attested credential data");
  }
  const AttestedCredentialData& credential = *data->attested_credential_data;

  // Step 14.
  if (data->rp_id_hash != crypto::Sha256(ViewOf(expected.rp_id.text))) {
    return Refuse(Check::kRpIdHash, "§7.1 step 14",
                  "the credential is not for " + expected.rp_id.text);
  }
  // Step 15: mediation is never conditional here, so a user must have been present.
  if (!data->user_present) {
    return Refuse(Check::kUserPresent, "§7.1 step 15", "the UP flag is not set");
  }
  // Step 16.
  if (expected.require_user_verification && !data->user_verified) {
    return Refuse(Check::kUserVerified, "§7.1 step 16", "the UV flag is not set");
  }
  // Step 17.
  if (!data->backup_eligible && data->backup_state) {
    return Refuse(Check::kBackupFlags, "§7.1 step 17", "the BS flag is set without the BE flag");
  }
  // Steps 18 and 19: what BE and BS mean for policy is the caller's; the record carries both.
  // Step 20.
  const auto algorithm = SupportedAlgorithm(credential.credential_public_key.algorithm);
  if (!algorithm || !Contains(expected.algorithms, *algorithm)) {
    return Refuse(Check::kAlgorithm, "§7.1 step 20",
                  "algorithm " + std::to_string(credential.credential_public_key.algorithm) +
                      " was not asked for");
  }
  // Step 21.
  const VerificationProcedure verify = FindVerificationProcedure(object->format);
  if (verify == nullptr) {
    return Refuse(Check::kAttestationFormat, "§7.1 step 21",
                  "attestation format \"" + object->format + "\" is not supported");
  }
  // Step 22.
  auto attestation = verify({object->statement, *data, object->authenticator_data_bytes, hash});
  if (!attestation) {
    return Refuse(Check::kAttestationStatement, "§7.1 step 22", attestation.error().message);
  }
  // Step 23: the trust anchors are those of the expectation.
  // Step 24: none and self leave the model unproven; else the trust path must lead to a root.
  Result<void, Error> trusted = Fail("no certificate vouches for the key's model");
  if (attestation->type == AttestationType::kCertified) {
    trusted =
        crypto::VerifyChain(attestation->trust_path, expected.attestation_roots, expected.now);
  }
  if (expected.require_attestation && !trusted) {
    return Refuse(Check::kAttestationTrust, "§7.1 step 24", trusted.error().message);
  }
  // Step 25.
  if (credential.credential_id.bytes.size() > 1023) {
    return Refuse(Check::kCredentialIdLength, "§7.1 step 25",
                  "the credential ID has " + std::to_string(credential.credential_id.bytes.size()) +
                      " bytes; 1023 is the most");
  }
  // Step 26, that the credential ID is new, needs the store: the caller's.
  // Step 27.
  CredentialRecord record{.id = credential.credential_id,
                          .public_key = *credential.credential_public_key.key,
                          .algorithm = *algorithm,
                          .sign_count = data->sign_count,
                          .uv_initialized = data->user_verified,
                          .backup_eligible = data->backup_eligible,
                          .backup_state = data->backup_state,
                          .transports = response.transports,
                          .aaguid = credential.aaguid,
                          .attestation_format = object->format,
                          .attested = trusted.has_value(),
                          .attestation_chain = std::move(attestation->trust_path)};
  // Step 28: no extension output decides anything here; unsolicited ones are ignored.
  // Step 29, storing the record, is the caller's.
  return record;
}

}  // namespace keyrig::webauthn
