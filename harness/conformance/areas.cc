#include "harness/conformance/altered.h"
#include "harness/conformance/case.h"

namespace keyrig::conformance {
namespace {

std::vector<Case> Joined(std::initializer_list<std::vector<Case>> parts) {
  std::vector<Case> all;
  for (const std::vector<Case>& part : parts) AppendTo(all, part);
  return all;
}

}  // namespace

const std::vector<Area>& AllAreas() {
  static const std::vector<Area> areas = {
      {"get_info", "getInfo", GetInfoCases()},
      {"make_credential", "makeCredential",
       Joined({MakeCredentialFormCases(), MakeCredentialCases(), AlgorithmCases()})},
      {"get_assertion", "getAssertion", Joined({GetAssertionFormCases(), GetAssertionCases()})},
      {"options", "options × PIN × UV", OptionSweepCases()},
      {"encoding", "CBOR", EncodingCases()},
      {"client_pin_1", "clientPIN 1", Joined({ClientPinCases(1), TokenCases(1)})},
      {"client_pin_2", "clientPIN 2", Joined({ClientPinCases(2), TokenCases(2)})},
      {"hmac_secret", "hmac-secret", HmacSecretCases()},
      {"extensions", "other extensions", ExtensionCases()},
      {"reset", "reset and selection", ResetCases()},
      {"ctaphid", "CTAPHID", CtapHidCases()},
      {"resident_keys", "resident keys", ResidentKeyCases()},
      {"credential_management", "credential management", CredentialManagementCases()},
      {"bio_enrollment", "bio enrolment", BioEnrollmentCases()},
      {"config", "authenticatorConfig", ConfigCases()},
      {"large_blobs", "large blobs", LargeBlobCases()},
      {"u2f", "U2F", U2fCases()},
      {"nfc", "NFC", NfcCases()},
  };
  return areas;
}

}  // namespace keyrig::conformance
