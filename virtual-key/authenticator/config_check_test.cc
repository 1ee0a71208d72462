#include "virtual-key/authenticator/config_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "virtual-key/authenticator/version.h"

namespace keyrig::authenticator {
namespace {

using testing::HasSubstr;

using Change = std::function<void(AuthenticatorConfig&)>;

/// A description of everything that a key can have at once.
AuthenticatorConfig Everything() {
  AuthenticatorConfig config;
  config.versions = {Version::kU2fV2, Version::kFido20, Version::kFido21Pre, Version::kFido21,
                     Version::kFido23};
  config.transports = {"usb", "nfc", "smart-card"};
  config.transports_for_reset = {"usb"};
  config.other_attestations = {Attestation::kFidoU2f};
  config.enterprise_attestation = EnterpriseAttestation{};
  config.fingerprint = FingerprintSensor{};
  config.config_commands = ConfigCommands{.pin_complexity_policy = true};
  config.has_credential_management_preview = true;
  config.has_persistent_token = true;
  config.max_large_blob_array = 1024;
  config.has_hmac_secret_mc = true;
  config.max_cred_blob = 32;
  config.has_large_blob_key = true;
  config.has_min_pin_length_extension = true;
  config.has_pin_complexity_policy_extension = true;
  config.has_third_party_payment = true;
  config.has_uvm = true;
  config.backup_eligible = true;
  config.backed_up = true;
  config.certifications = {{"FIDO", 2}, {"CC-EAL", 7}};
  return config;
}

/// One change that contradicts, what is said of it, and a change beside it that does not.
struct ContradictionRow {
  const char* name;
  Change wrong;
  const char* words;
  Change right;
};

void Nothing(AuthenticatorConfig&) {}

const ContradictionRow kContradictionRows[] = {
    {"NoVersion", [](auto& c) { c.versions = {}; }, "no version",
     [](auto& c) { c.versions = {Version::kFido20}; }},
    {"VersionTwice", [](auto& c) { c.versions.push_back(Version::kFido20); }, "named twice",
     Nothing},
    {"U2fWithoutEs256", [](auto& c) { c.algorithms = {CoseAlgorithm::kEdDsa}; }, "U2F_V2 has",
     [](auto& c) { c.algorithms = {CoseAlgorithm::kEs256}; }},
    {"Fido23WithoutHmacSecret",
     [](auto& c) {
       c.has_hmac_secret = c.has_hmac_secret_mc = false;
       c.versions = {Version::kFido23};
     },
     "FIDO_2_3 has the extension hmac-secret",
     [](auto& c) {
       c.has_hmac_secret = c.has_hmac_secret_mc = false;
       c.versions = {Version::kFido20};
     }},
    {"Fido23WithoutCredProtect",
     [](auto& c) {
       c.has_cred_protect = false;
       c.max_cred_blob.reset();
       c.versions = {Version::kFido23};
     },
     "FIDO_2_3 has the extension credProtect", [](auto& c) { c.versions = {Version::kFido23}; }},
    {"Fido21WithoutProtocol2", [](auto& c) { c.pin_uv_auth_protocols = {1}; },
     "FIDO_2_1 has PIN/UV auth protocol 2", [](auto& c) { c.pin_uv_auth_protocols = {2}; }},
    {"Fido21WithoutToken",
     [](auto& c) { c.has_pin_uv_auth_token = c.has_persistent_token = false; },
     "FIDO_2_1 has the option pinUvAuthToken",
     [](auto& c) {
       c.has_pin_uv_auth_token = c.has_persistent_token = false;
       c.versions = {Version::kFido20};
     }},
    {"Fido21WithoutCredentialManagement",
     [](auto& c) { c.has_credential_management = c.has_persistent_token = false; },
     "FIDO_2_1 has credentialManagement",
     [](auto& c) {
       c.has_credential_management = c.has_persistent_token = false;
       c.has_resident_keys = c.has_large_blob_key = false;
     }},
    {"Fido21WithoutVerification",
     [](auto& c) {
       c = {};
       c.has_client_pin = false;
     },
     "FIDO_2_1 has a PIN or a fingerprint sensor",
     [](auto& c) {
       c = {};
       c.has_client_pin = c.has_resident_keys = false;
     }},
    {"PreviewWithoutCommand", [](auto& c) { c.has_credential_management_preview = false; },
     "FIDO_2_1_PRE has a preview",
     [](auto& c) {
       c.has_credential_management_preview = false;
       c.fingerprint->has_preview = true;
     }},
    {"UnknownTransport", [](auto& c) { c.transports = {"usb", "serial"}; }, "\"serial\"",
     [](auto& c) { c.transports = {"usb", "ble"}; }},
    {"TransportTwice", [](auto& c) { c.transports = {"usb", "usb"}; }, "named twice", Nothing},
    {"ResetOverOther", [](auto& c) { c.transports_for_reset = {"ble"}; }, "no transport of this",
     [](auto& c) { c.transports_for_reset = {"nfc"}; }},
    {"AlgorithmTwice",
     [](auto& c) { c.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kEs256}; }, "named twice",
     Nothing},
    {"NoAlgorithm",
     [](auto& c) {
       c.algorithms = {};
       c.versions = {Version::kFido21};
     },
     "no algorithm", [](auto& c) { c.algorithms = {CoseAlgorithm::kEs256}; }},
    {"FidoU2fWithoutEs256",
     [](auto& c) {
       c.attestation = Attestation::kFidoU2f;
       c.algorithms = {CoseAlgorithm::kRs256};
       c.versions = {Version::kFido21};
     },
     "fido-u2f", [](auto& c) { c.attestation = Attestation::kFidoU2f; }},
    {"NonePreferred", [](auto& c) { c.other_attestations = {Attestation::kNone}; }, "\"none\"",
     [](auto& c) { c.other_attestations = {Attestation::kTpm}; }},
    {"SmallMessages", [](auto& c) { c.max_message_size = 1023; }, "maxMsgSize is 1023",
     [](auto& c) { c.max_message_size = 1024; }},
    {"LargeMessages", [](auto& c) { c.max_message_size = 7610; }, "maxMsgSize is 7610",
     [](auto& c) { c.max_message_size = 7609; }},
    {"NoList", [](auto& c) { c.max_credentials_in_list = 0; }, "maxCredentialCountInList",
     [](auto& c) { c.max_credentials_in_list = 1; }},
    {"NoFirmware", [](auto& c) { c.firmware_version = 0; }, "firmwareVersion", Nothing},
    {"SmallLargeBlobs", [](auto& c) { c.max_large_blob_array = 1023; },
     "maxSerializedLargeBlobArray is 1023", [](auto& c) { c.max_large_blob_array = 1025; }},
    {"SmallCredBlob", [](auto& c) { c.max_cred_blob = 31; }, "maxCredBlobLength is 31",
     [](auto& c) { c.max_cred_blob = 33; }},
    {"ShortPin", [](auto& c) { c.pin.min_length = 3; }, "minPINLength",
     [](auto& c) { c.pin.min_length = 6; }},
    {"LongPin", [](auto& c) { c.pin.max_length = 64; }, "maxPINLength",
     [](auto& c) { c.pin.max_length = 8; }},
    {"CrossedPin",
     [](auto& c) {
       c.pin.min_length = 9;
       c.pin.max_length = 8;
     },
     "larger than maxPINLength", [](auto& c) { c.pin.min_length = c.pin.max_length = 8; }},
    {"NoPinRetries", [](auto& c) { c.pin.max_retries = 0; }, "PIN retries",
     [](auto& c) { c.pin.max_retries = 1; }},
    {"NoMcGaWithoutFinger",
     [](auto& c) {
       c.no_mc_ga_permissions_with_client_pin = true;
       c.fingerprint.reset();
     },
     "noMcGaPermissionsWithClientPin",
     [](auto& c) { c.no_mc_ga_permissions_with_client_pin = true; }},
    {"UnknownProtocol", [](auto& c) { c.pin_uv_auth_protocols = {2, 3}; }, "protocol 3", Nothing},
    {"NoProtocol",
     [](auto& c) {
       c.pin_uv_auth_protocols = {};
       c.versions = {Version::kFido20};
     },
     "name 2", [](auto& c) { c.versions = {Version::kFido20}; }},
    {"AlwaysUvByNothing",
     [](auto& c) {
       c = {};
       c.versions = {Version::kFido20};
       c.has_client_pin = false;
       c.always_uv = true;
     },
     "alwaysUv", [](auto& c) { c.always_uv = true; }},
    {"NoTemplates", [](auto& c) { c.fingerprint->max_templates = 0; }, "template", Nothing},
    {"NoSamples", [](auto& c) { c.fingerprint->samples_per_template = 0; }, "sample", Nothing},
    {"ManyUvRetries", [](auto& c) { c.fingerprint->max_uv_retries = 26; }, "UV retries",
     [](auto& c) { c.fingerprint->max_uv_retries = 25; }},
    {"NoUvAttempts", [](auto& c) { c.fingerprint->preferred_platform_uv_attempts = 0; },
     "preferredPlatformUvAttempts", Nothing},
    {"HmacSecretMcAlone",
     [](auto& c) {
       c.has_hmac_secret = false;
       c.versions = {Version::kFido20};
     },
     "hmac-secret-mc", [](auto& c) { c.versions = {Version::kFido20}; }},
    {"LargeBlobKeyWithoutResidentKeys",
     [](auto& c) { c.has_resident_keys = c.has_persistent_token = false; },
     "largeBlobKey is for discoverable",
     [](auto& c) { c.has_resident_keys = c.has_persistent_token = c.has_large_blob_key = false; }},
    {"LargeBlobKeyWithoutArray", [](auto& c) { c.max_large_blob_array.reset(); },
     "largeBlobKey is for a key with largeBlobs",
     [](auto& c) {
       c.max_large_blob_array.reset();
       c.has_large_blob_key = false;
     }},
    {"CredBlobWithoutCredProtect",
     [](auto& c) {
       c.has_cred_protect = false;
       c.versions = {Version::kFido20};
     },
     "credBlob", [](auto& c) { c.versions = {Version::kFido20}; }},
    {"MinPinLengthWithoutCommand", [](auto& c) { c.config_commands->set_min_pin_length = false; },
     "minPinLength",
     [](auto& c) {
       c.config_commands->set_min_pin_length = c.has_min_pin_length_extension = false;
     }},
    {"ComplexityWithoutPolicy", [](auto& c) { c.config_commands->pin_complexity_policy = false; },
     "pinComplexityPolicy",
     [](auto& c) {
       c.config_commands->pin_complexity_policy = false;
       c.pin.has_complexity_policy = true;
     }},
    {"PersistentWithoutManagement",
     [](auto& c) {
       c.has_credential_management = false;
       c.versions = {Version::kFido20};
     },
     "perCredMgmtRO", [](auto& c) { c.versions = {Version::kFido20}; }},
    {"BackedUpOnly", [](auto& c) { c.backup_eligible = false; }, "backup eligible",
     [](auto& c) { c.backed_up = false; }},
    {"UnknownCertification", [](auto& c) { c.certifications = {{"ISO-9001", 1}}; }, "ISO-9001",
     [](auto& c) { c.certifications = {{"FIPS-CMVP-3-PHY", 4}}; }},
    {"CertificationLevel", [](auto& c) { c.certifications = {{"FIDO", 7}}; }, "it is 1 to 6",
     [](auto& c) { c.certifications = {{"FIDO", 6}}; }},
    {"NoSerialNumber", [](auto& c) { c.enterprise_attestation->serial_number = ""; },
     "serial number", [](auto& c) { c.enterprise_attestation.reset(); }},
};

class ConfigCheckTest : public testing::TestWithParam<ContradictionRow> {};

TEST_P(ConfigCheckTest, NamesTheContradiction) {
  AuthenticatorConfig config = Everything();
  GetParam().wrong(config);
  const auto found = FindContradiction(config);
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, HasSubstr(GetParam().words));
}

TEST_P(ConfigCheckTest, LetsItsNeighbourPass) {
  AuthenticatorConfig config = Everything();
  GetParam().right(config);
  EXPECT_EQ(FindContradiction(config), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Rows, ConfigCheckTest, testing::ValuesIn(kContradictionRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ConfigCheckDefaultsTest, TheDefaultsDescribeAKey) {
  EXPECT_EQ(FindContradiction(AuthenticatorConfig()), std::nullopt);
}

TEST(VersionTest, HasTheNameThatGetInfoTells) {
  EXPECT_EQ(Name(Version::kU2fV2), "U2F_V2");
  EXPECT_EQ(Name(Version::kFido20), "FIDO_2_0");
  EXPECT_EQ(Name(Version::kFido21Pre), "FIDO_2_1_PRE");
  EXPECT_EQ(Name(Version::kFido21), "FIDO_2_1");
  EXPECT_EQ(Name(Version::kFido23), "FIDO_2_3");
}

}  // namespace
}  // namespace keyrig::authenticator
