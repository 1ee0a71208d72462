#include <algorithm>
#include <string>

#include "mock-entra/webauthn/attestation.h"

namespace keyrig::webauthn {
namespace {

constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";  // id-fido-gen-ce-aaguid

bool IsCountryCode(const std::string& text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

Result<void, Error> CheckPackedCertificate(const crypto::Certificate& certificate,
                                           const Aaguid& aaguid) {
  // WebAuthn L3 §8.2.1: version 3.
  if (certificate.Version() != 3) return Fail("the attestation certificate is not of version 3");
  // The subject: country, vendor, the literal unit, and a name of the vendor's choosing.
  const crypto::DistinguishedName subject = certificate.Subject();
  if (!IsCountryCode(subject.country)) {
    return Fail("the attestation certificate's subject has no two-letter country (C)");
  }
  if (subject.organization.empty()) {
    return Fail("the attestation certificate's subject has no organization (O)");
  }
  if (subject.organizational_unit != "Authenticator Attestation") {
    return Fail(
        "the attestation certificate's organizational unit (OU) is not \"Authenticator "
        "Attestation\"");
  }
  if (subject.common_name.empty()) {
    return Fail("the attestation certificate's subject has no common name (CN)");
  }
  // Basic Constraints are there and say that this is no CA.
  if (certificate.IsCa() != false) {
    return Fail("the attestation certificate must have Basic Constraints with CA false");
  }
  // The AAGUID extension is required only where one root serves several models, which a
  // certificate does not tell. Where it is there, it is not critical ...
  const auto extension = certificate.Extension(kAaguidExtension);
  if (!extension) return {};
  if (extension->critical) return Fail("the certificate's AAGUID extension is marked critical");
  // ... and (§8.2 step 2) its value, an OCTET STRING, is the AAGUID in the authenticator data.
  const ByteArray<2> octet_string_of_16 = {0x04, 0x10};
  if (!Equal(extension->value, Concat({octet_string_of_16, aaguid.bytes}))) {
    return Fail("the attestation certificate is for another AAGUID than " + aaguid.Text());
  }
  return {};
}

}  // namespace keyrig::webauthn
