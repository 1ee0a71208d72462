#include "mock-entra/webauthn/authenticator_data.h"
#include "mock-entra/webauthn/client_data.h"
#include "mock-entra/webauthn/refuse.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {
Result<Assertion, VerifyError> VerifyAssertion(const AssertionExpectation& expected,
                                               const CredentialRecord& record,
                                               const AssertionResponse& response) {
  // WebAuthn L3 §7.2 steps 1 and 2 are the page's: it made the options and called get().
  // Step 3: `response` is an AuthenticatorAssertionResponse by its type.
  // Step 4: client extension outputs are not used (step 23), so they are not handed in.

  // Step 5.
  if (!expected.allowed.empty() && !Contains(expected.allowed, response.credential_id)) {
    return Refuse(Check::kCredentialNotAllowed, "§7.2 step 5",
                  "the credential is not among those that were asked for");
  }
  // Step 6: the caller looked the record up; it must be this credential's, and the account's. A
  // user who was not known before (no allow list) must be named by the response.
  if (record.id != response.credential_id) {
    return Refuse(Check::kCredentialNotAllowed, "§7.2 step 6",
                  "the record is another credential's");
  }
  if (!response.user_handle && expected.allowed.empty()) {
    return Refuse(Check::kUserHandle, "§7.2 step 6",
                  "a user handle is needed where no credential was named");
  }
  if (response.user_handle && *response.user_handle != expected.user_handle) {
    return Refuse(Check::kUserHandle, "§7.2 step 6", "the user handle is another account's");
  }
  // Step 7: cData, authData and sig; authData is read here.
  const auto data = ParseAuthenticatorData(response.authenticator_data);
  if (!data) {
    return Refuse(Check::kAuthenticatorDataMalformed, "§7.2 step 7", data.error().message);
  }
  // Steps 8 and 9: UTF-8 decode and parse the client data C.
  const auto client_data = ParseClientData(response.client_data_json);
  if (!client_data) {
    return Refuse(Check::kClientDataMalformed, "§7.2 step 9", client_data.error().message);
  }
  // Step 10.
  if (client_data->type != "webauthn.get") {
    return Refuse(Check::kType, "§7.2 step 10",
                  "type is \"" + client_data->type + "\", not \"webauthn.get\"");
  }
  // Step 11.
  if (client_data->challenge != ToBase64Url(expected.challenge.bytes)) {
    return Refuse(Check::kChallenge, "§7.2 step 11", "the challenge is not the one that was sent");
  }
  // Step 12.
  if (!Contains(expected.origins, client_data->origin)) {
    return Refuse(Check::kOrigin, "§7.2 step 12",
                  "origin " + client_data->origin + " is not the relying party's");
  }
  // Step 13.
  if (client_data->cross_origin == true && !expected.allow_cross_origin) {
    return Refuse(Check::kCrossOrigin, "§7.2 step 13",
                  "the ceremony ran in a frame of another origin");
  }
  // Step 14.
  if (client_data->top_origin &&
      (!expected.allow_cross_origin || !Contains(expected.top_origins, *client_data->top_origin))) {
    return Refuse(Check::kCrossOrigin, "§7.2 step 14",
                  "the ceremony ran in a frame below " + *client_data->top_origin);
  }
  // Step 15. (The appid extension, which would need special logic, is never asked for.)
  if (data->rp_id_hash != crypto::Sha256(ViewOf(expected.rp_id.text))) {
    return Refuse(Check::kRpIdHash, "§7.2 step 15",
                  "the assertion is not for " + expected.rp_id.text);
  }
  // Step 16.
  if (!data->user_present) {
    return Refuse(Check::kUserPresent, "§7.2 step 16", "the UP flag is not set");
  }
  // Step 17.
  if (expected.require_user_verification && !data->user_verified) {
    return Refuse(Check::kUserVerified, "§7.2 step 17", "the UV flag is not set");
  }
  // Step 18.
  if (!data->backup_eligible && data->backup_state) {
    return Refuse(Check::kBackupFlags, "§7.2 step 18", "the BS flag is set without the BE flag");
  }
  // Step 19: backup eligibility never changes; backup state may, and goes to the caller's policy.
  if (data->backup_eligible != record.backup_eligible) {
    return Refuse(Check::kBackupFlags, "§7.2 step 19",
                  "the BE flag is not what it was at registration");
  }
  // Step 20.
  const auto hash = crypto::Sha256(response.client_data_json);
  // Step 21.
  if (!record.public_key.Verify(record.algorithm, Concat({response.authenticator_data, hash}),
                                response.signature)) {
    return Refuse(Check::kSignature, "§7.2 step 21",
                  "the signature is not by the credential's key over this assertion");
  }
  // Step 22: where either counter is in use, it must have grown, else the key may be a clone. The
  // specification leaves the answer to the relying party; this one refuses.
  if ((data->sign_count != 0 || record.sign_count != 0) && data->sign_count <= record.sign_count) {
    return Refuse(Check::kSignatureCounter, "§7.2 step 22",
                  "the signature counter is " + std::to_string(data->sign_count) +
                      ", not more than " + std::to_string(record.sign_count));
  }
  // Step 23: no extension output decides anything here; unsolicited ones are ignored.
  // Step 24, updating the record with what follows, is the caller's. Step 25.
  return Assertion{.sign_count = data->sign_count,
                   .user_verified = data->user_verified,
                   .backup_state = data->backup_state};
}

}  // namespace keyrig::webauthn
