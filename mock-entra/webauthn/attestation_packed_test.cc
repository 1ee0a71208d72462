#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "mock-entra/webauthn/attestation.h"
#include "mock-entra/webauthn/test_authenticator.h"

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

cbor::Value& Member(cbor::Map& map, std::string_view name) {
  for (auto& [key, value] : map) {
    if (key.AsText() != nullptr && *key.AsText() == name) return value;
  }
  ADD_FAILURE() << "no member " << name;
  return map.front().second;
}

/// What §8.2 and §8.2.1 say of a packed statement.
class PackedTest : public testing::Test {
 protected:
  TestAuthenticator authenticator;

  void ExpectRefused(const std::string& message) {
    const auto record =
        VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register());
    ASSERT_FALSE(record) << "accepted; expected: " << message;
    EXPECT_EQ(record.error().check, Check::kAttestationStatement);
    EXPECT_EQ(record.error().step, "§7.1 step 22");
    EXPECT_THAT(record.error().message, HasSubstr(message));
  }
  void ChangeStatement(std::function<void(cbor::Map&)> change, const std::string& message) {
    authenticator.say.change_statement = std::move(change);
    ExpectRefused(message);
  }
};

TEST_F(PackedTest, AlgIsAnInteger) {
  ChangeStatement([](cbor::Map& map) { Member(map, "alg") = "ES256"; }, "alg is not an integer");
}

TEST_F(PackedTest, SigIsAByteString) {
  ChangeStatement([](cbor::Map& map) { Member(map, "sig") = "text"; }, "sig");
}

TEST_F(PackedTest, X5cIsAListOfCertificates) {
  ChangeStatement([](cbor::Map& map) { Member(map, "x5c") = cbor::Array{}; }, "x5c");
  ChangeStatement([](cbor::Map& map) { Member(map, "x5c") = cbor::Array{"text"}; }, "x5c");
  ChangeStatement([](cbor::Map& map) { Member(map, "x5c") = cbor::Array{Bytes{0x30, 0x00}}; },
                  "X.509");
}

TEST_F(PackedTest, ThereAreNoOtherMembers) {
  ChangeStatement([](cbor::Map& map) { map.emplace_back("ver", "2.0"); }, "members other");
}

TEST_F(PackedTest, TheStatementAlgorithmIsTheCertificateKeys) {
  ChangeStatement([](cbor::Map& map) { Member(map, "alg") = -257; }, "signature");
  ChangeStatement([](cbor::Map& map) { Member(map, "alg") = -65535; }, "-65535");
}

TEST_F(PackedTest, TheSignatureIsTheCertificateKeys) {
  ChangeStatement(
      [this](cbor::Map& map) {
        Member(map, "sig") = authenticator.attestation_key.Sign(CoseAlgorithm::kEs256, Bytes(8),
                                                                authenticator.stream);
      },
      "signature");
}

TEST_F(PackedTest, CertificateNamesCountryVendorUnitAndModel) {
  const auto whole = authenticator.say.certificate.subject;
  const std::pair<std::string crypto::DistinguishedName::*, std::string> parts[] = {
      {&crypto::DistinguishedName::country, "country"},
      {&crypto::DistinguishedName::organization, "organization (O)"},
      {&crypto::DistinguishedName::organizational_unit, "organizational unit"},
      {&crypto::DistinguishedName::common_name, "common name"}};
  for (const auto& [part, message] : parts) {
    authenticator.say.certificate.subject = whole;
    authenticator.say.certificate.subject.*part = "";
    ExpectRefused(message);
  }
}

TEST_F(PackedTest, TheCertificateIsOfVersionThree) {
  auto certificate = crypto::IssueCertificate(authenticator.say.certificate, authenticator.root_key,
                                              authenticator.stream);
  X509_set_version(certificate.Handle(), X509_VERSION_1);
  ChangeStatement([&](cbor::Map& map) { Member(map, "x5c") = cbor::Array{certificate.Der()}; },
                  "version 3");
}

TEST_F(PackedTest, TheUnitIsTheLiteralOne) {
  authenticator.say.certificate.subject.organizational_unit = "authenticator attestation";
  ExpectRefused("Authenticator Attestation");
}

TEST_F(PackedTest, TheCountryIsACode) {
  authenticator.say.certificate.subject.country = "se";
  ExpectRefused("country");
}

TEST_F(PackedTest, TheCertificateIsNoCa) {
  authenticator.say.certificate.is_ca = true;
  ExpectRefused("CA false");
}

TEST_F(PackedTest, TheAaguidExtensionIsTheKeys) {
  authenticator.say.certificate.extensions[0].value.back() ^= 1;
  ExpectRefused(authenticator.aaguid.Text());
}

TEST_F(PackedTest, TheAaguidExtensionIsAnOctetString) {
  authenticator.say.certificate.extensions[0].value =
      Bytes(authenticator.aaguid.bytes.begin(), authenticator.aaguid.bytes.end());
  ExpectRefused("another AAGUID");
}

TEST_F(PackedTest, TheAaguidExtensionIsNotCritical) {
  authenticator.say.certificate.extensions[0].critical = true;
  ExpectRefused("critical");
}

TEST_F(PackedTest, TheAaguidExtensionMayBeLeftOut) {
  authenticator.say.certificate.extensions.clear();
  const auto record =
      VerifyRegistration(authenticator.ExpectedRegistration(), authenticator.Register());
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_TRUE(record->attested);
}

TEST_F(PackedTest, TheChainMayHaveAnIntermediate) {
  auto& say = authenticator.say;
  auto& stream = authenticator.stream;
  const auto key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  const crypto::DistinguishedName name{"SE", "Example Keys", "", "Example Intermediate"};
  auto request = say.certificate;
  const auto root_name = request.issuer;
  request.subject = name;
  request.key = key.Public();
  request.is_ca = true;
  request.extensions.clear();
  request.issuer = root_name;
  const auto intermediate = crypto::IssueCertificate(request, authenticator.root_key, stream);
  say.certificate.issuer = name;
  const auto leaf = crypto::IssueCertificate(say.certificate, key, stream);
  const auto expected = authenticator.ExpectedRegistration();

  say.change_statement = [&](cbor::Map& map) {
    Member(map, "x5c") = cbor::Array{leaf.Der(), intermediate.Der()};
  };
  const auto record = VerifyRegistration(expected, authenticator.Register());
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->attestation_chain.size(), 2U);

  say.change_statement = [&](cbor::Map& map) { Member(map, "x5c") = cbor::Array{leaf.Der()}; };
  const auto broken = VerifyRegistration(expected, authenticator.Register());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().check, Check::kAttestationTrust);
}

TEST_F(PackedTest, SelfAttestationIsByTheCredentialsKeyAndAlgorithm) {
  authenticator.say.attestation = TestAttestation::kSelf;
  ChangeStatement([](cbor::Map& map) { Member(map, "alg") = -8; }, "credential public key");
  ChangeStatement(
      [this](cbor::Map& map) {
        Member(map, "sig") = authenticator.attestation_key.Sign(CoseAlgorithm::kEs256, Bytes(8),
                                                                authenticator.stream);
      },
      "own signature");
  ChangeStatement([](cbor::Map& map) { map.emplace_back("ver", "2.0"); }, "members other");
}

TEST_F(PackedTest, NoneHasAnEmptyStatement) {
  authenticator.say.attestation = TestAttestation::kNone;
  ChangeStatement([](cbor::Map& map) { map.emplace_back("alg", -7); }, "empty");
}

TEST_F(PackedTest, NoBitOfTheStatementOrTheDataCanChange) {
  auto expected = authenticator.ExpectedRegistration();
  expected.require_attestation = true;
  const auto genuine = authenticator.Register();
  ASSERT_TRUE(VerifyRegistration(expected, genuine));
  for (const auto part :
       {&RegistrationResponse::client_data_json, &RegistrationResponse::attestation_object}) {
    for (std::size_t i = 0; i < (genuine.*part).size(); ++i) {
      auto forged = genuine;
      (forged.*part)[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
      EXPECT_FALSE(VerifyRegistration(expected, forged)) << "byte " << i;
    }
  }
}

}  // namespace
}  // namespace keyrig::webauthn
