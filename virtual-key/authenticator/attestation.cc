#include "virtual-key/authenticator/attestation.h"

#include <chrono>

namespace keyrig::authenticator {
namespace {

using std::chrono::January;
using std::chrono::sys_days;

// WebAuthn L3 §8.2.1 and CTAP 2.3 §7.1: extensions that name the model and the very device.
constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";
constexpr const char* kSerialNumberExtension = "1.3.6.1.4.1.45724.1.1.2";
// User-assigned in ISO 3166: the key is made in no country.
constexpr const char* kCountry = "ZZ";
// Wide enough to hold every clock that a test believes in, and fixed so that runs repeat.
constexpr Instant kNotBefore = sys_days(January / 1 / 2020);
constexpr Instant kNotAfter = sys_days(January / 1 / 2050);

crypto::DistinguishedName RootName(const AuthenticatorConfig& config) {
  return {.country = kCountry,
          .organization = config.attestation_organization,
          .organizational_unit = "",
          .common_name = config.attestation_organization + " attestation root"};
}

/// `value` as an OCTET STRING of less than 128 bytes inside the extension's own.
crypto::CertificateExtension OctetsExtension(const char* oid, ByteView value) {
  const ByteArray<2> header = {0x04, static_cast<std::uint8_t>(value.size())};
  return {.oid = oid, .value = Concat({header, value})};
}

cbor::Map PackedStatement(CoseAlgorithm algorithm, Bytes signature) {
  return {{"alg", static_cast<int>(algorithm)}, {"sig", std::move(signature)}};
}

AttestationStatement PackedBy(const AttestationSource& source, const Bytes& certificate) {
  auto statement = PackedStatement(
      CoseAlgorithm::kEs256,
      source.identity->key.Sign(CoseAlgorithm::kEs256, source.SignedData(), source.stream));
  statement.emplace_back("x5c", cbor::Array{certificate});
  return {"packed", std::move(statement)};
}

}  // namespace

crypto::CertificateExtension AaguidExtension(const Aaguid& aaguid) {
  return OctetsExtension(kAaguidExtension, aaguid.bytes);
}

crypto::DistinguishedName AttestationSubject(const AuthenticatorConfig& config,
                                             std::string common_name) {
  return {.country = kCountry,
          .organization = config.attestation_organization,
          .organizational_unit = "Authenticator Attestation",
          .common_name = std::move(common_name)};
}

crypto::Certificate IssueUnderRoot(const AuthenticatorConfig& config,
                                   const AttestationIdentity& identity,
                                   const crypto::DistinguishedName& subject,
                                   const crypto::PublicKey& key,
                                   std::vector<crypto::CertificateExtension> extensions,
                                   RandomStream& stream) {
  crypto::CertificateRequest request;
  request.subject = subject;
  request.issuer = RootName(config);
  request.key = key;
  request.not_before = kNotBefore;
  request.not_after = kNotAfter;
  request.extensions = std::move(extensions);
  return crypto::IssueCertificate(request, identity.root_key, stream);
}

AttestationIdentity MakeAttestationIdentity(const AuthenticatorConfig& config, Rng& rng) {
  auto stream = rng.Stream("authenticator/attestation");
  AttestationIdentity identity;
  identity.root_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  identity.key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  crypto::CertificateRequest root;
  root.subject = root.issuer = RootName(config);
  root.key = identity.root_key.Public();
  root.not_before = kNotBefore;
  root.not_after = kNotAfter;
  root.is_ca = true;
  identity.root = crypto::IssueCertificate(root, identity.root_key, stream).Der();
  const auto subject = AttestationSubject(config, config.attestation_organization + " key");
  identity.certificate = IssueUnderRoot(config, identity, subject, identity.key.Public(),
                                        {AaguidExtension(config.aaguid)}, stream)
                             .Der();
  return identity;
}

AttestationStatement AttestByCertificate(const AttestationSource& source) {
  return PackedBy(source, source.identity->certificate);
}

AttestationStatement AttestEnterprise(const AttestationSource& source) {
  const std::string& serial = source.config.enterprise_attestation->serial_number;
  const auto subject =
      AttestationSubject(source.config, source.config.attestation_organization + " key " + serial);
  const auto certificate =
      IssueUnderRoot(source.config, *source.identity, subject, source.identity->key.Public(),
                     {AaguidExtension(source.config.aaguid),
                      OctetsExtension(kSerialNumberExtension, ViewOf(serial))},
                     source.stream);
  return PackedBy(source, certificate.Der());
}

AttestationStatement AttestBySelf(const AttestationSource& source) {
  const CoseAlgorithm algorithm = source.credential.algorithm;
  return {"packed", PackedStatement(algorithm, source.credential.key.Sign(
                                                   algorithm, source.SignedData(), source.stream))};
}

AttestationStatement AttestByNone() { return {"none", {}}; }

}  // namespace keyrig::authenticator
