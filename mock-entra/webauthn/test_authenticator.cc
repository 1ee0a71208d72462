#include "mock-entra/webauthn/test_authenticator.h"

#include <algorithm>
#include <chrono>

namespace keyrig::webauthn {
namespace {

constexpr Instant kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};
constexpr const char* kAaguidExtension = "1.3.6.1.4.1.45724.1.1.4";

std::int64_t Number(CoseAlgorithm algorithm) { return static_cast<std::int64_t>(algorithm); }

}  // namespace

cbor::Map CoseKeyOf(const crypto::PublicKey& key, CoseAlgorithm algorithm) {
  if (const auto point = key.Ec()) {
    const int curve =
        point->curve == crypto::Curve::kSecp256k1 ? 8 : 1 + static_cast<int>(point->curve);
    return {{1, 2}, {3, Number(algorithm)}, {-1, curve}, {-2, point->x}, {-3, point->y}};
  }
  if (const auto point = key.Edwards()) {
    const int curve = point->curve == crypto::EdwardsCurve::kEd25519 ? 6 : 7;
    return {{1, 1}, {3, Number(algorithm)}, {-1, curve}, {-2, point->x}};
  }
  if (const auto encoded = key.MlDsa()) {
    return {{1, 7}, {3, Number(algorithm)}, {-1, encoded->encoded}};
  }
  const auto numbers = key.Rsa();
  return {{1, 3}, {3, Number(algorithm)}, {-1, numbers->n}, {-2, numbers->e}};
}

TestAuthenticator::TestAuthenticator(CoseAlgorithm with_algorithm)
    : rng(1),
      stream(rng.Stream("test authenticator")),
      algorithm(with_algorithm),
      credential_key(crypto::PrivateKey::Generate(algorithm, stream)),
      root_key(crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream)),
      attestation_key(crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream)) {
  aaguid.bytes.fill(0xAA);
  challenge.bytes = stream.Take(32);
  const crypto::DistinguishedName root_name{"SE", "Example Keys", "", "Example Root"};
  crypto::CertificateRequest root{.subject = root_name,
                                  .issuer = root_name,
                                  .key = root_key.Public(),
                                  .not_before = kNow - std::chrono::days(1),
                                  .not_after = kNow + std::chrono::days(1000),
                                  .is_ca = true};
  roots = {crypto::IssueCertificate(root, root_key, stream)};
  say.cose_key = CoseKeyOf(credential_key.Public(), algorithm);
  say.certificate = {
      .subject = {"SE", "Example Keys", "Authenticator Attestation", "Example Key"},
      .issuer = root_name,
      .key = attestation_key.Public(),
      .not_before = kNow - std::chrono::days(1),
      .not_after = kNow + std::chrono::days(1000),
      .extensions = {{kAaguidExtension, Concat({ByteArray<2>{0x04, 0x10}, aaguid.bytes})}}};
}

RegistrationExpectation TestAuthenticator::ExpectedRegistration() const {
  return {.challenge = challenge,
          .rp_id = {std::string(kTestRpId)},
          .origins = {std::string(kTestOrigin)},
          .algorithms = {algorithm},
          .attestation_roots = roots,
          .require_attestation = say.attestation == TestAttestation::kCertified,
          .now = kNow};
}

AssertionExpectation TestAuthenticator::ExpectedAssertion() const {
  return {.challenge = challenge,
          .rp_id = {std::string(kTestRpId)},
          .origins = {std::string(kTestOrigin)},
          .allowed = {},
          .user_handle = {Bytes(8, 0x55)}};
}

RegistrationResponse TestAuthenticator::Register() {
  const std::string client_data = ClientData("webauthn.create");
  const Bytes attested =
      Concat({aaguid.bytes, BigEndian16(static_cast<std::uint16_t>(say.credential_id.size())),
              say.credential_id, cbor::Encode(say.cose_key)});
  const Bytes data = AuthenticatorDataBytes(flag::kAttestedData, attested);
  cbor::Map statement = Statement(Concat({data, crypto::Sha256(ViewOf(client_data))}));
  if (say.change_statement) say.change_statement(statement);
  std::string format = say.attestation == TestAttestation::kNone ? "none" : "packed";
  if (!say.format.empty()) format = say.format;
  return {.client_data_json = ToBytes(client_data),
          .attestation_object =
              cbor::Encode(cbor::Map{{"fmt", format}, {"attStmt", statement}, {"authData", data}}),
          .transports = {"usb"}};
}

AssertionResponse TestAuthenticator::Assert() {
  const std::string client_data = ClientData("webauthn.get");
  const Bytes data = AuthenticatorDataBytes(0, {});
  const Bytes signature =
      credential_key.Sign(algorithm, Concat({data, crypto::Sha256(ViewOf(client_data))}), stream);
  return {.credential_id = {say.credential_id},
          .client_data_json = ToBytes(client_data),
          .authenticator_data = data,
          .signature = signature,
          .user_handle = UserHandle{say.user_handle}};
}

std::string TestAuthenticator::ClientData(const std::string& type) const {
  std::string text = R"({"type":")" + (say.type.empty() ? type : say.type) + R"(","challenge":")" +
                     ToBase64Url(challenge.bytes) + R"(","origin":")" + say.origin + '"';
  if (say.cross_origin) {
    text += std::string(R"(,"crossOrigin":)") + (*say.cross_origin ? "true" : "false");
  }
  if (say.top_origin) text += R"(,"topOrigin":")" + *say.top_origin + '"';
  text += '}';
  if (say.change_client_data) say.change_client_data(text);
  return text;
}

Bytes TestAuthenticator::AuthenticatorDataBytes(std::uint8_t more_flags, ByteView attested) const {
  auto flags = static_cast<std::uint8_t>(say.flags | more_flags);
  if (say.extensions) flags |= flag::kExtensions;
  Bytes data = Concat({crypto::Sha256(ViewOf(say.rp_id)), ByteArray<1>{flags},
                       BigEndian32(say.sign_count), attested});
  if (say.extensions) Append(data, cbor::Encode(*say.extensions));
  if (say.change_authenticator_data) say.change_authenticator_data(data);
  return data;
}

cbor::Map TestAuthenticator::Statement(ByteView signed_bytes) {
  switch (say.attestation) {
    case TestAttestation::kNone:
      return {};
    case TestAttestation::kSelf:
      return {{"alg", Number(algorithm)},
              {"sig", credential_key.Sign(algorithm, signed_bytes, stream)}};
    case TestAttestation::kCertified:
      break;
  }
  const auto certificate = crypto::IssueCertificate(say.certificate, root_key, stream);
  return {{"alg", Number(CoseAlgorithm::kEs256)},
          {"sig", attestation_key.Sign(CoseAlgorithm::kEs256, signed_bytes, stream)},
          {"x5c", cbor::Array{certificate.Der()}}};
}

}  // namespace keyrig::webauthn
