#include "virtual-key/profiles/profile.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/base/json_schema.h"
#include "virtual-key/authenticator/config_check.h"

namespace keyrig::profiles {
namespace {

using authenticator::Attestation;
using authenticator::Version;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* kLeast = R"({ "name": "mine", "versions": ["FIDO_2_1"],
  "aaguid": "6b657972-6967-4000-8000-0000000000ff" })";

class ProfileTest : public testing::Test {
 protected:
  bool SchemaAccepts(const std::string& text) const { return schema_.Accepts(Json::parse(text)); }

  /// The least profile with a member more, or with another value of one.
  static std::string With(const char* member, const std::string& value) {
    Json json = Json::parse(kLeast);
    json[member] = Json::parse(value);
    return json.dump(2);
  }

  void ExpectRefused(const std::string& text, const std::string& words) const {
    const auto profile = Parse("mine.json", text);
    ASSERT_FALSE(profile) << text;
    EXPECT_THAT(profile.error().message, HasSubstr(words));
    EXPECT_THAT(profile.error().message, HasSubstr("mine.json:"));
    EXPECT_FALSE(SchemaAccepts(text)) << text;
  }

  const JsonSchema schema_{KEYRIG_SOURCE_DIR "/virtual-key/profiles/schema/profile.schema.json"};
};

TEST_F(ProfileTest, TheLeastProfileHasTheDefaultsOfACurrentKey) {
  const Profile profile = Parse("mine.json", kLeast).value();
  EXPECT_EQ(profile.name, "mine");
  EXPECT_EQ(profile.config.aaguid.Text(), "6b657972-6967-4000-8000-0000000000ff");
  EXPECT_THAT(profile.config.versions, ElementsAre(Version::kFido21));
  EXPECT_TRUE(profile.config.has_hmac_secret);
  EXPECT_FALSE(profile.config.fingerprint);
  EXPECT_TRUE(SchemaAccepts(kLeast));
}

TEST_F(ProfileTest, EveryModelThatComesWithKeyrigIsReadByLoaderAndSchema) {
  ASSERT_GE(BuiltInNames().size(), 12U);
  std::vector<std::string> aaguids;
  for (const std::string& name : BuiltInNames()) {
    const auto profile = Load(name);
    ASSERT_TRUE(profile) << profile.error().message;
    EXPECT_EQ(profile->name, name);
    EXPECT_FALSE(profile->description.empty()) << name;
    aaguids.push_back(profile->config.aaguid.Text());
    std::ifstream file(KEYRIG_SOURCE_DIR "/virtual-key/profiles/models/" + name + ".json");
    EXPECT_TRUE(SchemaAccepts({std::istreambuf_iterator<char>(file), {}})) << name;
  }
  std::ranges::sort(aaguids);
  EXPECT_EQ(std::ranges::adjacent_find(aaguids), aaguids.end()) << "two models share an AAGUID";
}

TEST_F(ProfileTest, WhatIsWrittenIsReadBackAsItIs) {
  for (const std::string& name : BuiltInNames()) {
    const Profile profile = Load(name).value();
    const std::string text = Write(profile);
    EXPECT_TRUE(SchemaAccepts(text)) << text;
    const auto again = Parse("again.json", text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(Write(*again), text);
    EXPECT_EQ(again->config.versions, profile.config.versions);
    EXPECT_EQ(again->config.max_cred_blob, profile.config.max_cred_blob);
    EXPECT_EQ(again->config.pin.min_length, profile.config.pin.min_length);
    EXPECT_EQ(again->config.fingerprint.has_value(), profile.config.fingerprint.has_value());
    EXPECT_EQ(again->config.certifications, profile.config.certifications);
    EXPECT_EQ(again->usb, profile.usb);
  }
}

TEST_F(ProfileTest, ASerialNumberIsKept) {
  Profile profile = Load("pin_key").value();
  EXPECT_EQ(profile.usb.serial_number, "");
  profile.usb.serial_number = "A-0001";
  const std::string text = Write(profile);
  EXPECT_TRUE(SchemaAccepts(text)) << text;
  EXPECT_EQ(Parse("again.json", text).value().usb.serial_number, "A-0001");
}

TEST_F(ProfileTest, ReadsWhatMakesAModelDifferent) {
  const auto bio = Load("biometric_key").value().config;
  EXPECT_EQ(bio.fingerprint->max_templates, 5U);
  EXPECT_TRUE(bio.has_uvm);
  const auto old = Load("fido20_key").value().config;
  EXPECT_THAT(old.pin_uv_auth_protocols, ElementsAre(1));
  EXPECT_FALSE(old.has_pin_uv_auth_token);
  EXPECT_FALSE(old.has_cred_protect);
  const auto enterprise = Load("enterprise_key").value().config;
  EXPECT_THAT(enterprise.enterprise_attestation->rp_ids, ElementsAre("login.microsoft.com"));
  EXPECT_EQ(enterprise.attestation_organization, "Contoso");
  EXPECT_EQ(Load("enhanced_pin_key").value().config.pin.min_length, 6U);
  EXPECT_EQ(Load("small_key").value().config.max_discoverable_credentials, 3U);
  EXPECT_EQ(Load("self_attesting_key").value().config.attestation, Attestation::kSelf);
}

TEST_F(ProfileTest, RefusesByNameAndPlace) {
  ExpectRefused(With("verions", "[]"), "did you mean \"versions\"");
  ExpectRefused(With("versions", R"(["FIDO_2_2"])"), "\"FIDO_2_2\" is not known");
  ExpectRefused(With("aaguid", R"("12")"), "$.aaguid");
  ExpectRefused(With("algorithms", R"(["ES257"])"), "did you mean \"ES25");
  ExpectRefused(With("extensions", R"(["credProtect", "credProtect"])"), "twice");
  ExpectRefused(With("options", R"({ "clientPIN": true })"), "did you mean \"clientPin\"");
  ExpectRefused(With("pin", R"({ "min_length": 3 })"), "from 4 to 63");
  ExpectRefused(With("limits", R"({ "message": 8000 })"), "$.limits.message");
  ExpectRefused(With("large_blob_array", "100"), "from 1024");
  ExpectRefused(With("usb", R"({ "vendor": "12g9" })"), "4 hexadecimal digits");
  ExpectRefused(With("fingerprint", R"({ "fingers": 5 })"), "unknown member \"fingers\"");
  ExpectRefused(With("config_commands", R"({ "toggle_always_uv": 1 })"), "true or false");
  ExpectRefused(With("certifications", R"({ "FIDO": 256 })"), "from 0 to 255");
}

TEST_F(ProfileTest, WhatIsNestedWithoutEndIsRefused) {
  const auto profile = Parse("mine.json", std::string(100'000, '['));
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("mine.json:1:65: "));
  EXPECT_THAT(profile.error().message, HasSubstr("nested more than 64 deep"));
}

TEST_F(ProfileTest, AProfileWithoutADescriptionIsReadBackToo) {
  const std::string text = Write(Parse("mine.json", kLeast).value());
  EXPECT_TRUE(SchemaAccepts(text)) << text;
  const auto again = Parse("again.json", text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(Write(*again), text);
}

TEST_F(ProfileTest, AMaximumBelowTheMinimumIsRefused) {
  const auto profile = Parse("mine.json", With("pin", R"({ "min_length": 20, "max_length": 8 })"));
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("less than min_length"));
}

TEST_F(ProfileTest, AnUnknownNameIsAnsweredWithTheNearest) {
  const auto profile = Load("pin_kay");
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("did you mean \"pin_key\""));
}

class MetadataTest : public testing::Test {
 protected:
  /// A statement as the service publishes them, in the members that matter here.
  static Json Statement() {
    return Json::parse(R"({
      "description": "Example Key 5", "aaguid": "aaaaaaaa-0000-4000-8000-000000000001",
      "protocolFamily": "fido2", "schema": 3, "attestationTypes": ["basic_full"],
      "authenticatorGetInfo": {
        "versions": ["U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE", "FIDO_2_1"],
        "extensions": ["credProtect", "hmac-secret", "credBlob", "minPinLength"],
        "aaguid": "aaaaaaaa000040008000000000000001",
        "options": { "plat": false, "rk": true, "up": true, "clientPin": true, "credMgmt": true,
                     "bioEnroll": false, "uv": false, "pinUvAuthToken": true, "authnrCfg": true,
                     "setMinPINLength": true, "makeCredUvNotRqd": false, "alwaysUv": true,
                     "largeBlobs": true, "ep": false },
        "maxMsgSize": 1536, "pinUvAuthProtocols": [2, 1], "maxCredentialCountInList": 16,
        "transports": ["usb", "nfc"], "maxSerializedLargeBlobArray": 4096, "minPINLength": 6,
        "maxCredBlobLength": 64, "maxRPIDsForSetMinPINLength": 3, "firmwareVersion": 328707,
        "algorithms": [ { "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -8 } ]
      } })");
  }
};

TEST_F(MetadataTest, AStatementBecomesTheModel) {
  const Profile profile = FromMetadata("key.json", Statement().dump(), "").value();
  const auto& config = profile.config;
  EXPECT_EQ(profile.description, "Example Key 5");
  EXPECT_EQ(config.aaguid.Text(), "aaaaaaaa-0000-4000-8000-000000000001");
  EXPECT_THAT(config.versions, ElementsAre(Version::kU2fV2, Version::kFido20, Version::kFido21Pre,
                                           Version::kFido21));
  EXPECT_THAT(config.algorithms, ElementsAre(CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa));
  EXPECT_THAT(config.transports, ElementsAre("usb", "nfc"));
  EXPECT_TRUE(config.has_client_pin);
  EXPECT_TRUE(config.always_uv);
  EXPECT_TRUE(config.fingerprint) << "bioEnroll: false is a sensor without a finger";
  EXPECT_TRUE(config.enterprise_attestation);
  EXPECT_EQ(config.config_commands->max_min_pin_length_rp_ids, 3U);
  EXPECT_EQ(config.max_large_blob_array, 4096U);
  EXPECT_EQ(config.max_cred_blob, 64U);
  EXPECT_FALSE(config.has_large_blob_key);
  EXPECT_EQ(config.pin.min_length, 6U);
  EXPECT_EQ(config.max_message_size, 1536U);
  EXPECT_EQ(config.firmware_version, 328707U);
  EXPECT_EQ(config.attestation, Attestation::kPacked);
  EXPECT_TRUE(Parse("again.json", Write(profile)));
}

TEST_F(MetadataTest, AnEntryOfABlobIsFoundByItsAaguid) {
  Json other = Statement();
  other["aaguid"] = "bbbbbbbb-0000-4000-8000-000000000002";
  other["description"] = "Another";
  Json payload = {{"no", 1}, {"entries", Json::array()}};
  for (const Json& statement : {Statement(), other}) {
    payload["entries"].push_back(
        {{"aaguid", statement["aaguid"]}, {"metadataStatement", statement}});
  }
  const std::string jwt = "e30." + ToBase64Url(ViewOf(payload.dump())) + ".c2ln";
  for (const std::string& text : {payload.dump(), jwt}) {
    const auto found = FromMetadata("blob.jwt", text, "bbbbbbbb-0000-4000-8000-000000000002");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->description, "Another");
  }
  EXPECT_THAT(FromMetadata("blob.jwt", jwt, "").error().message, HasSubstr("has 2 FIDO2 models"));
  EXPECT_THAT(FromMetadata("blob.jwt", jwt, "cccccccc-0000-4000-8000-000000000003").error().message,
              HasSubstr("no FIDO2 model with the AAGUID cccccccc"));
}

TEST_F(MetadataTest, WhatIsNoMetadataIsRefusedInWords) {
  EXPECT_THAT(FromMetadata("x", "hello", "").error().message, HasSubstr("is not JSON"));
  EXPECT_THAT(FromMetadata("x", "{}", "").error().message,
              HasSubstr("neither a metadata statement"));
  Json strange = Statement();
  strange["authenticatorGetInfo"]["versions"] = {"FIDO_9"};
  EXPECT_THAT(FromMetadata("x", strange.dump(), "").error().message,
              HasSubstr("names no known version"));
}

TEST_F(MetadataTest, MembersOfTheWrongTypeAreNotThere) {
  const Json whole = Statement();
  for (const Json& wrong : {Json(7), Json("x"), Json(nullptr), Json{{"a", 1}}, Json{{1, "a"}}}) {
    for (const char* member : {"description", "aaguid", "attestationTypes"}) {
      Json statement = whole;
      statement[member] = wrong;
      FromMetadata("key.json", statement.dump(), "");
    }
    for (const auto& [member, value] : whole["authenticatorGetInfo"].items()) {
      Json statement = whole;
      statement["authenticatorGetInfo"][member] = wrong;
      const auto profile = FromMetadata("key.json", statement.dump(), "");
      EXPECT_EQ(profile.has_value(), member != "versions") << member << " " << wrong;
    }
    Json statement = whole;
    statement["authenticatorGetInfo"]["algorithms"] = {{{"alg", wrong}}, {{"alg", -257}}};
    EXPECT_THAT(FromMetadata("key.json", statement.dump(), "")->config.algorithms,
                ElementsAre(CoseAlgorithm::kRs256));
    EXPECT_FALSE(FromMetadata("key.json", Json{{"entries", Json::array({wrong})}}.dump(), ""));
    const Json entry{{"aaguid", "a"}, {"metadataStatement", wrong}};
    EXPECT_FALSE(FromMetadata("key.json", Json{{"entries", Json::array({entry})}}.dump(), ""));
    EXPECT_FALSE(FromMetadata("key.json", Json{{"authenticatorGetInfo", wrong}}.dump(), ""));
  }
}

TEST_F(MetadataTest, FiguresBeyondWhatAProfileMaySayAreTheNearest) {
  Json statement = Statement();
  for (const char* member :
       {"maxMsgSize", "maxCredentialCountInList", "maxSerializedLargeBlobArray", "minPINLength",
        "maxPINLength", "maxCredBlobLength", "maxRPIDsForSetMinPINLength", "firmwareVersion",
        "preferredPlatformUvAttempts"}) {
    for (const std::uint64_t figure : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
      statement["authenticatorGetInfo"][member] = figure;
      const auto profile = FromMetadata("key.json", statement.dump(), "");
      ASSERT_TRUE(profile) << profile.error().message;
      const auto again = Parse("again.json", Write(*profile));
      EXPECT_TRUE(again) << again.error().message;
    }
  }
}

TEST_F(MetadataTest, AModelsOwnStatementLeadsBackToIt) {
  for (const std::string& name : BuiltInNames()) {
    const Profile profile = Load(name).value();
    const std::string text = MetadataStatement(profile, Bytes{1, 2, 3});
    const Json statement = Json::parse(text);
    EXPECT_EQ(statement["attestationRootCertificates"], Json::array({"AQID"}));
    const auto again = FromMetadata(name, text, "");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->config.versions, profile.config.versions) << name;
    EXPECT_EQ(again->config.algorithms, profile.config.algorithms) << name;
    EXPECT_EQ(again->config.has_hmac_secret, profile.config.has_hmac_secret) << name;
    EXPECT_EQ(again->config.has_resident_keys, profile.config.has_resident_keys) << name;
    EXPECT_EQ(again->config.has_client_pin, profile.config.has_client_pin) << name;
    EXPECT_EQ(again->config.fingerprint.has_value(), profile.config.fingerprint.has_value())
        << name;
    EXPECT_EQ(again->config.pin.min_length, profile.config.pin.min_length) << name;
  }
}

TEST_F(MetadataTest, ABlobIsSignedByTheCertificateItCarries) {
  Rng rng(1);
  auto stream = rng.Stream("test");
  const auto root_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  auto key = crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  const auto certificate = crypto::IssueCertificate(
      {.subject = {"", "", "", "blob"}, .issuer = {"", "", "", "root"}, .key = key.Public()},
      root_key, stream);
  const Profile profile = Load("pin_key").value();
  const std::string blob =
      MetadataBlob(profile, Bytes{9}, {key, certificate, "2030-01-01"}, stream);

  const std::size_t end = blob.rfind('.');
  const Json header =
      Json::parse([&] { return FromBase64Url(blob.substr(0, blob.find('.'))).value(); }());
  EXPECT_EQ(header["x5c"][0], ToBase64(certificate.Der()));
  EXPECT_TRUE(certificate.Key().Verify(CoseAlgorithm::kRs256, ViewOf(blob.substr(0, end)),
                                       FromBase64Url(blob.substr(end + 1)).value()));
  EXPECT_EQ(FromMetadata("blob.jwt", blob, "")->config.aaguid, profile.config.aaguid);
}

TEST_F(ProfileTest, NoModelContradictsItself) {
  for (const std::string& name : BuiltInNames()) {
    EXPECT_EQ(authenticator::FindContradiction(Load(name)->config), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace keyrig::profiles
