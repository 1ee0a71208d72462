#include "virtual-key/authenticator/attestation.h"

#include <chrono>

#include "harness/base/certificate.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::January;
using std::chrono::sys_days;

// id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1).
constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";
// User-assigned in ISO 3166: the key is made in no country.
constexpr const char* kCountry = "ZZ";
// Wide enough to hold every clock that a test believes in, and fixed so that runs repeat.
constexpr Instant kNotBefore = sys_days(January / 1 / 2020);
constexpr Instant kNotAfter = sys_days(January / 1 / 2050);

/// The AAGUID as an OCTET STRING inside the extension's own.
crypto::CertificateExtension AaguidExtension(const Aaguid& aaguid) {
  return {.oid = kAaguidExtension, .value = Concat({ByteArray<2>{0x04, 0x10}, aaguid.bytes})};
}

cbor::Map PackedStatement(CoseAlgorithm algorithm, Bytes signature) {
  return {{"alg", static_cast<int>(algorithm)}, {"sig", std::move(signature)}};
}

}  // namespace

AttestationIdentity MakeAttestationIdentity(const AuthenticatorConfig& config, Rng& rng) {
  auto stream = rng.Stream("authenticator/attestation");
  const auto root_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  auto leaf_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  const crypto::DistinguishedName root_name{
      .country = kCountry,
      .organization = config.attestation_organization,
      .organizational_unit = "",
      .common_name = config.attestation_organization + " attestation root"};
  const crypto::DistinguishedName leaf_name{
      .country = kCountry,
      .organization = config.attestation_organization,
      .organizational_unit = "Authenticator Attestation",
      .common_name = config.attestation_organization + " key"};
  crypto::CertificateRequest root;
  root.subject = root.issuer = root_name;
  root.key = root_key.Public();
  root.not_before = kNotBefore;
  root.not_after = kNotAfter;
  root.is_ca = true;
  crypto::CertificateRequest leaf = root;
  leaf.subject = leaf_name;
  leaf.key = leaf_key.Public();
  leaf.is_ca = false;
  leaf.extensions = {AaguidExtension(config.aaguid)};
  Bytes root_der = crypto::IssueCertificate(root, root_key, stream).Der();
  Bytes leaf_der = crypto::IssueCertificate(leaf, root_key, stream).Der();
  return {std::move(leaf_key), std::move(leaf_der), std::move(root_der)};
}

AttestationStatement AttestByCertificate(const AttestationIdentity& identity, ByteView signed_data,
                                         RandomStream& stream) {
  auto statement = PackedStatement(CoseAlgorithm::kEs256,
                                   identity.key.Sign(CoseAlgorithm::kEs256, signed_data, stream));
  statement.emplace_back("x5c", cbor::Array{identity.certificate});
  return {"packed", std::move(statement)};
}

AttestationStatement AttestBySelf(CoseAlgorithm algorithm, const crypto::PrivateKey& key,
                                  ByteView signed_data, RandomStream& stream) {
  return {"packed", PackedStatement(algorithm, key.Sign(algorithm, signed_data, stream))};
}

AttestationStatement AttestByNone() { return {"none", {}}; }

}  // namespace keyrig::authenticator
