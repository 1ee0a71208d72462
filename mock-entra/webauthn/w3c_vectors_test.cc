// The test vectors of W3C WebAuthn Level 3 §16, each taken through both ceremonies.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "mock-entra/webauthn/test_authenticator.h"
#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {
namespace {

using nlohmann::json;

/// A vector, by its name in the specification, and what it exercises.
struct Row {
  const char* test;
  const char* vector;
  enum { kNone, kSelf, kCertified, kUnsupported } attestation;
};

constexpr Row kRows[] = {
    {"NoneEs256", "ES256 Credential with No Attestation", Row::kNone},
    {"SelfEs256", "ES256 Credential with Self Attestation", Row::kSelf},
    {"NoneCrossOrigin", "ES256 Credential with \"crossOrigin\": true in clientDataJSON",
     Row::kNone},
    {"NoneTopOrigin", "ES256 Credential with \"topOrigin\" in clientDataJSON", Row::kNone},
    {"NoneLongCredentialId", "ES256 Credential with very long credential ID", Row::kNone},
    {"PackedEs256", "Packed Attestation with ES256 Credential", Row::kCertified},
    {"PackedEs384", "Packed Attestation with ES384 Credential", Row::kCertified},
    {"PackedEs512", "Packed Attestation with ES512 Credential", Row::kCertified},
    {"PackedRs256", "Packed Attestation with RS256 Credential", Row::kCertified},
    {"PackedEd25519", "Packed Attestation with Ed25519 Credential", Row::kCertified},
    {"PackedEd448", "Packed Attestation with Ed448 Credential", Row::kCertified},
    {"Tpm", "TPM Attestation with ES256 Credential", Row::kUnsupported},
    {"AndroidKey", "Android Key Attestation with ES256 Credential", Row::kUnsupported},
    {"Apple", "Apple Anonymous Attestation with ES256 Credential", Row::kUnsupported},
    {"FidoU2f", "FIDO U2F Attestation with ES256 Credential", Row::kUnsupported},
};

Bytes Hex(const json& text) { return FromHex(text.get<std::string>()).value(); }

void FlipOneBit(Bytes& bytes, std::size_t i) {
  bytes[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
}

class W3cVectorTest : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    const std::filesystem::path path = KEYRIG_WEBAUTHN_VECTORS;
    if (!std::filesystem::exists(path)) {
      GTEST_SKIP() << "no W3C vectors at " << path
                   << "; configure with -DKEYRIG_WEBAUTHN_VECTORS=…";
    }
    const json file = json::parse(std::ifstream(path));
    for (const json& vector : file["vectors"]) {
      if (vector["name"] == GetParam().vector) Load(vector, file["attestationRoot"]);
    }
    ASSERT_FALSE(registered.client_data_json.empty())
        << path << " has no vector named " << GetParam().vector;
  }

  void Load(const json& vector, const json& root) {
    const json& registration = vector["registration"];
    const json& authentication = vector["authentication"];
    registration_expected.rp_id = {vector["rpId"]};
    registration_expected.origins = {vector["origin"]};
    registration_expected.allow_cross_origin = vector["crossOrigin"];
    if (vector["topOrigin"].is_string()) registration_expected.top_origins = {vector["topOrigin"]};
    registration_expected.require_user_verification = false;
    registration_expected.challenge = {Hex(registration["challenge"])};
    registration_expected.algorithms = {CoseAlgorithm{vector["alg"].get<std::int32_t>()}};
    registration_expected.attestation_roots = {
        crypto::Certificate::FromDer(Hex(root["attestation_ca_cert"])).value()};
    registration_expected.require_attestation = GetParam().attestation == Row::kCertified;
    registration_expected.now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    registered = {Hex(registration["clientDataJSON"]), Hex(registration["attestationObject"]), {}};

    assertion_expected.rp_id = registration_expected.rp_id;
    assertion_expected.origins = registration_expected.origins;
    assertion_expected.allow_cross_origin = registration_expected.allow_cross_origin;
    assertion_expected.top_origins = registration_expected.top_origins;
    assertion_expected.require_user_verification = false;
    assertion_expected.challenge = {Hex(authentication["challenge"])};
    assertion_expected.allowed = {{Hex(vector["credentialId"])}};
    asserted = {{Hex(vector["credentialId"])},
                Hex(authentication["clientDataJSON"]),
                Hex(authentication["authenticatorData"]),
                Hex(authentication["signature"]),
                std::nullopt};
    aaguid = Hex(vector["aaguid"]);
  }

  RegistrationExpectation registration_expected;
  RegistrationResponse registered;
  AssertionExpectation assertion_expected;
  AssertionResponse asserted;
  Bytes aaguid;
};

class W3cSupportedVectorTest : public W3cVectorTest {};
class W3cUnsupportedVectorTest : public W3cVectorTest {};

TEST_P(W3cSupportedVectorTest, BothCeremoniesVerify) {
  const auto record = VerifyRegistration(registration_expected, registered);
  ASSERT_TRUE(record) << record.error().step << ": " << record.error().message;
  EXPECT_EQ(record->id, asserted.credential_id);
  EXPECT_TRUE(Equal(record->aaguid.bytes, aaguid));
  EXPECT_EQ(record->attested, GetParam().attestation == Row::kCertified);
  EXPECT_EQ(record->attestation_format, GetParam().attestation == Row::kNone ? "none" : "packed");
  const auto assertion = VerifyAssertion(assertion_expected, *record, asserted);
  EXPECT_TRUE(assertion) << assertion.error().step << ": " << assertion.error().message;
}

TEST_P(W3cSupportedVectorTest, NoSignedBitOfTheAssertionCanChange) {
  const auto record = VerifyRegistration(registration_expected, registered);
  ASSERT_TRUE(record);
  for (const auto part : {&AssertionResponse::client_data_json,
                          &AssertionResponse::authenticator_data, &AssertionResponse::signature}) {
    for (std::size_t i = 0; i < (asserted.*part).size(); ++i) {
      auto forged = asserted;
      FlipOneBit(forged.*part, i);
      EXPECT_FALSE(VerifyAssertion(assertion_expected, *record, forged)) << "byte " << i;
    }
  }
}

TEST_P(W3cSupportedVectorTest, NoSignedBitOfTheRegistrationCanChange) {
  if (GetParam().attestation == Row::kNone) {
    // Nothing signs this registration; what can be compared must still be what was expected.
    constexpr std::string_view kBefore = R"("challenge":")";
    const std::size_t at = AsText(registered.client_data_json).find(kBefore) + kBefore.size();
    for (std::size_t i = at; i < at + 43; ++i) {
      auto forged = registered;
      FlipOneBit(forged.client_data_json, i);
      EXPECT_FALSE(VerifyRegistration(registration_expected, forged)) << "byte " << i;
    }
    return;
  }
  for (const auto part :
       {&RegistrationResponse::client_data_json, &RegistrationResponse::attestation_object}) {
    for (std::size_t i = 0; i < (registered.*part).size(); ++i) {
      auto forged = registered;
      FlipOneBit(forged.*part, i);
      EXPECT_FALSE(VerifyRegistration(registration_expected, forged)) << "byte " << i;
    }
  }
}

TEST_P(W3cUnsupportedVectorTest, TheFormatIsRefused) {
  const auto record = VerifyRegistration(registration_expected, registered);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().check, Check::kAttestationFormat) << record.error().message;
  EXPECT_EQ(record.error().step, "§7.1 step 21");
}

const auto kTestName = [](const auto& row) { return std::string(row.param.test); };

INSTANTIATE_TEST_SUITE_P(Section16, W3cSupportedVectorTest, testing::ValuesIn(kRows, kRows + 11),
                         kTestName);
INSTANTIATE_TEST_SUITE_P(Section16, W3cUnsupportedVectorTest,
                         testing::ValuesIn(kRows + 11, kRows + 15), kTestName);

}  // namespace
}  // namespace keyrig::webauthn
