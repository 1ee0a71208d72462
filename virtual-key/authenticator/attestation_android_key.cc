#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/der.h"

namespace keyrig::authenticator {
namespace {

constexpr const char* kKeyDescriptionExtension = "1.3.6.1.4.1.11129.2.1.17";

/// Android's KeyDescription, for a key that a trusted environment made for signing.
Bytes KeyDescription(ByteView challenge) {
  constexpr std::uint8_t kTrustedEnvironment = 1, kSign = 2, kGenerated = 0;
  constexpr ByteArray<4> kAttestationVersion300 = {der::kInteger, 0x02, 0x01, 0x2C};
  constexpr ByteArray<3> kOriginTag = {0xBF, 0x85, 0x3E};  // [702]
  const Bytes purpose =
      der::Element(der::Context(1), {der::Element(der::kSet, {der::Small(der::kInteger, kSign)})});
  const Bytes origin = der::Small(der::kInteger, kGenerated);
  const ByteArray<1> origin_size = {static_cast<std::uint8_t>(origin.size())};
  const Bytes software_enforced = der::Element(der::kSequence, {});
  const Bytes hardware_enforced =
      der::Element(der::kSequence, {purpose, kOriginTag, origin_size, origin});
  return der::Element(der::kSequence,
                      {kAttestationVersion300, der::Small(der::kEnumerated, kTrustedEnvironment),
                       kAttestationVersion300, der::Small(der::kEnumerated, kTrustedEnvironment),
                       der::Element(der::kOctetString, {challenge}),
                       der::Element(der::kOctetString, {}), software_enforced, hardware_enforced});
}

}  // namespace

// WebAuthn L3 §8.4: the credential's own certificate, and its own signature.
AttestationStatement AttestAndroidKey(const AttestationSource& source) {
  const CoseAlgorithm algorithm = source.credential.algorithm;
  const auto certificate = IssueUnderRoot(
      source.config, *source.identity, AttestationSubject(source.config, "Android Keystore Key"),
      source.credential.key.Public(),
      {{.oid = kKeyDescriptionExtension, .value = KeyDescription(source.client_data_hash)}},
      source.stream);
  return {"android-key",
          {{"alg", static_cast<int>(algorithm)},
           {"sig", source.credential.key.Sign(algorithm, source.SignedData(), source.stream)},
           {"x5c", cbor::Array{certificate.Der()}}}};
}

}  // namespace keyrig::authenticator
