#include <algorithm>

#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/der.h"

namespace keyrig::authenticator {
namespace {

// Trusted Platform Module Library, part 2: algorithms, curves and structure tags.
constexpr std::uint16_t kRsa = 0x0001, kSha256 = 0x000B, kNull = 0x0010, kEcc = 0x0023;
constexpr std::uint32_t kGenerated = 0xFF544347;  // TPM_GENERATED_VALUE
constexpr std::uint16_t kAttestCertify = 0x8017;  // TPM_ST_ATTEST_CERTIFY
constexpr std::uint32_t kSignAttribute = 0x00040000;

// TCG EK Credential Profile: attributes of the device, and what an attestation key is for.
constexpr ByteArray<7> kManufacturer = {0x06, 0x05, 0x67, 0x81, 0x05, 0x02, 0x01};
constexpr ByteArray<7> kModel = {0x06, 0x05, 0x67, 0x81, 0x05, 0x02, 0x02};
constexpr ByteArray<7> kVersion = {0x06, 0x05, 0x67, 0x81, 0x05, 0x02, 0x03};
constexpr ByteArray<7> kAikCertificate = {0x06, 0x05, 0x67, 0x81, 0x05, 0x08, 0x03};
/// A vendor that the FIDO Alliance has set aside for tests; no maker of TPMs.
constexpr std::string_view kTestVendor = "id:FFFFF1D0";

/// A TPM2B: its size, then the bytes.
Bytes Sized(ByteView bytes) {
  return Concat({BigEndian16(static_cast<std::uint16_t>(bytes.size())), bytes});
}

std::uint16_t CurveId(crypto::Curve curve) {
  return static_cast<std::uint16_t>(3 + static_cast<int>(curve));  // P-256, P-384, P-521
}

/// TPMT_PUBLIC of the credential's key.
Bytes PublicArea(const crypto::PublicKey& key) {
  constexpr std::uint16_t kRsaBits = 2048;
  constexpr std::uint32_t kUsualExponent = 0;  // 65537
  const auto head = [](std::uint16_t type) {
    return Concat({BigEndian16(type), BigEndian16(kSha256), BigEndian32(kSignAttribute), Sized({}),
                   BigEndian16(kNull), BigEndian16(kNull)});
  };
  if (const auto point = key.Ec()) {
    return Concat({head(kEcc), BigEndian16(CurveId(point->curve)), BigEndian16(kNull),
                   Sized(point->x), Sized(point->y)});
  }
  return Concat(
      {head(kRsa), BigEndian16(kRsaBits), BigEndian32(kUsualExponent), Sized(key.Rsa()->n)});
}

/// TPMS_ATTEST, as TPM2_Certify makes it.
Bytes CertifyInfo(ByteView public_area, ByteView signed_data) {
  const Bytes name = Concat({BigEndian16(kSha256), crypto::Sha256(public_area)});
  const Bytes clock_info(17), firmware_version(8);
  return Concat({BigEndian32(kGenerated), BigEndian16(kAttestCertify), Sized({}),
                 Sized(crypto::Sha256(signed_data)), clock_info, firmware_version, Sized(name),
                 Sized({})});
}

/// The subjectAltName that says which TPM (WebAuthn L3 §8.3.1).
crypto::CertificateExtension DeviceNames(const AuthenticatorConfig& config) {
  const auto attribute = [](ByteView oid, std::string_view text) {
    return der::Element(der::kSequence, {oid, der::Element(der::kUtf8String, {ViewOf(text)})});
  };
  std::vector<Bytes> attributes = {attribute(kManufacturer, kTestVendor),
                                   attribute(kModel, config.attestation_organization),
                                   attribute(kVersion, "id:00010000")};
  std::ranges::sort(attributes);  // as DER has a set
  const Bytes set = der::Element(der::kSet, {attributes[0], attributes[1], attributes[2]});
  const Bytes name = der::Element(der::kSequence, {set});
  return {.oid = "2.5.29.17",
          .value = der::Element(der::kSequence, {der::Element(der::Context(4), {name})}),
          .critical = true};
}

}  // namespace

// WebAuthn L3 §8.3.
AttestationStatement AttestTpm(const AttestationSource& source) {
  const Bytes public_area = PublicArea(source.credential.key.Public());
  const Bytes certify_info = CertifyInfo(public_area, source.SignedData());
  // §8.3.1: an empty subject.
  const auto certificate = IssueUnderRoot(
      source.config, *source.identity, {}, source.identity->key.Public(),
      {DeviceNames(source.config),
       {.oid = "2.5.29.37", .value = der::Element(der::kSequence, {kAikCertificate})},
       AaguidExtension(source.config.aaguid)},
      source.stream);
  return {"tpm",
          {{"alg", static_cast<int>(CoseAlgorithm::kEs256)},
           {"sig", source.identity->key.Sign(CoseAlgorithm::kEs256, certify_info, source.stream)},
           {"ver", "2.0"},
           {"x5c", cbor::Array{certificate.Der()}},
           {"pubArea", public_area},
           {"certInfo", certify_info}}};
}

}  // namespace keyrig::authenticator
