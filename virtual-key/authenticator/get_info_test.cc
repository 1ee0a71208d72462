#include <algorithm>

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class GetInfoTest : public AuthenticatorTest {
 protected:
  Reply GetInfo() { return SendRaw(Bytes{0x04}); }
  cbor::Value Option(std::string_view name) {
    const Reply info = GetInfo();
    const cbor::Value* option = info.At(0x04).Find(name);
    return option == nullptr ? cbor::Value("absent") : *option;
  }
};

TEST_F(GetInfoTest, TellsWhatTheKeyIs) {
  config_.aaguid = Aaguid::Parse("2fc0579f-8113-47ea-b116-bb5a8db9202a").value();
  const Reply info = GetInfo();
  EXPECT_EQ(cbor::Diagnose(info.body),
            "{1: [\"FIDO_2_0\", \"FIDO_2_1\"], 2: [\"credProtect\", \"hmac-secret\"], "
            "3: h'2fc0579f811347eab116bb5a8db9202a', "
            "4: {\"rk\": true, \"up\": true, \"plat\": false, \"credMgmt\": true, "
            "\"clientPin\": false, \"pinUvAuthToken\": true, \"makeCredUvNotRqd\": true}, "
            "5: 1768, 6: [2, 1], 7: 10, 8: 320, 9: [\"usb\"], "
            "10: [{\"alg\": -7, \"type\": \"public-key\"}, {\"alg\": -8, \"type\": "
            "\"public-key\"}, {\"alg\": -257, \"type\": \"public-key\"}], "
            "13: 4, 14: 1, 20: 100}");
}

TEST_F(GetInfoTest, ClientPinTurnsTrueWithThePin) {
  EXPECT_EQ(Option("clientPin"), cbor::Value(false));
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Option("clientPin"), cbor::Value(true));
}

TEST_F(GetInfoTest, UvIsAbsentOnAKeyWithoutBuiltInVerification) {
  EXPECT_EQ(Option("uv"), cbor::Value("absent"));
}

TEST_F(GetInfoTest, AKeyWithoutClientPinHasNothingOfIt) {
  config_.has_client_pin = false;
  const Reply info = GetInfo();
  EXPECT_EQ(cbor::Diagnose(info.At(0x04)), "{\"rk\": true, \"up\": true, \"plat\": false}");
  EXPECT_TRUE(info.At(0x06).IsNull());
  EXPECT_TRUE(info.At(0x0D).IsNull());
}

TEST_F(GetInfoTest, AKeyWithoutResidentKeysHasNoCredentialManagement) {
  config_.has_resident_keys = false;
  EXPECT_EQ(Option("rk"), cbor::Value(false));
  EXPECT_EQ(Option("credMgmt"), cbor::Value("absent"));
  EXPECT_TRUE(GetInfo().At(0x14).IsNull());
}

TEST_F(GetInfoTest, AKeyWithoutHmacSecretDoesNotListIt) {
  config_.has_hmac_secret = false;
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x02)), "[\"credProtect\"]");
}

TEST_F(GetInfoTest, AnEmptyListIsLeftOut) {
  config_.algorithms = {};
  EXPECT_TRUE(GetInfo().At(0x0A).IsNull());
}

TEST_F(GetInfoTest, CountsTheRemainingDiscoverableCredentials) {
  config_.max_discoverable_credentials = 2;
  EXPECT_EQ(GetInfo().At(0x14), cbor::Value(2));
  ASSERT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
  EXPECT_EQ(GetInfo().At(0x14), cbor::Value(1));
  ASSERT_EQ(Send(Register()).status, Status::kOk);
  EXPECT_EQ(GetInfo().At(0x14), cbor::Value(1)) << "a wrapped credential takes no room";
}

TEST_F(GetInfoTest, NoCredentialIdIsLongerThanItSays) {
  const auto limit = GetInfo().At(0x08).AsUnsigned().value();
  std::size_t longest = 0;
  for (const int algorithm : {-7, -8, -257}) {
    const cbor::Array params = {cbor::Map{{"alg", algorithm}, {"type", "public-key"}}};
    longest = std::max(longest, IdOf(Send(Register().With(0x04, params))).size());
  }
  EXPECT_EQ(longest, limit);
}

TEST_F(GetInfoTest, NamesTheVersionsWhoseObligationsHold) {
  config_.versions = {Version::kU2fV2, Version::kFido20, Version::kFido21, Version::kFido23};
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x01)),
            "[\"U2F_V2\", \"FIDO_2_0\", \"FIDO_2_1\", \"FIDO_2_3\"]");
  config_.has_hmac_secret = false;
  ReplaceKey();
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x01)), "[\"U2F_V2\", \"FIDO_2_0\"]");
  config_.algorithms = {CoseAlgorithm::kEdDsa};
  ReplaceKey();
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x01)), "[\"FIDO_2_0\"]");
}

TEST_F(GetInfoTest, ACtap20KeySaysWhatCtap20Knew) {
  config_.versions = {Version::kFido20};
  const Reply info = GetInfo();
  for (const int member : {0x07, 0x08, 0x09, 0x0A, 0x0E}) EXPECT_TRUE(info.At(member).IsNull());
  EXPECT_EQ(info.At(0x05), cbor::Value(1768));
}

TEST_F(GetInfoTest, PinUvAuthProtocolsAreInTheProfilesOrder) {
  config_.pin_uv_auth_protocols = {1, 2};
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x06)), "[1, 2]");
  config_.pin_uv_auth_protocols = {2};
  ReplaceKey();
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x06)), "[2]");
}

TEST_F(GetInfoTest, TransportsAreTheProfiles) {
  config_.transports = {"usb", "nfc", "smart-card"};
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x09)), "[\"usb\", \"nfc\", \"smart-card\"]");
  config_.transports = {};
  ReplaceKey();
  EXPECT_TRUE(GetInfo().At(0x09).IsNull());
}

TEST_F(GetInfoTest, CertificationsAreTheProfiles) {
  EXPECT_TRUE(GetInfo().At(0x13).IsNull());
  config_.certifications = {{"FIDO", 2}};
  ReplaceKey();
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x13)), "{\"FIDO\": 2}");
}

TEST_F(GetInfoTest, AttestationFormatsHaveNeitherNoneNorDuplicates) {
  config_.versions.push_back(Version::kFido23);
  config_.other_attestations = {Attestation::kSelf, Attestation::kTpm};
  EXPECT_EQ(cbor::Diagnose(GetInfo().At(0x16)), "[\"packed\", \"tpm\"]");
  config_.attestation = Attestation::kNone;
  config_.other_attestations = {};
  ReplaceKey();
  EXPECT_TRUE(GetInfo().At(0x16).IsNull());
}

TEST_F(GetInfoTest, NeverAsksForATouch) {
  GetInfo();
  EXPECT_TRUE(user_.asked.empty());
}

}  // namespace
}  // namespace keyrig::authenticator
