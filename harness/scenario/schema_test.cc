// The schema that editors use and the loader are two descriptions of one language: they must accept
// and refuse the same files.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "harness/base/json_schema.h"
#include "harness/scenario/codes.h"
#include "harness/scenario/loader.h"

namespace keyrig::scenario {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr const char* kSchema = KEYRIG_SOURCE_DIR "/scenarios/schema/scenario.schema.json";

class SchemaTest : public testing::Test {
 protected:
  void ExpectAccepted(const std::string& text, const std::string& file = "a.json") {
    const auto loaded = LoadScenario(file, text);
    EXPECT_TRUE(loaded) << text << '\n' << (loaded ? "" : loaded.error().message);
    EXPECT_TRUE(schema_.Accepts(Json::parse(text))) << text;
  }
  void ExpectRefused(const std::string& text) {
    EXPECT_FALSE(LoadScenario("a.json", text)) << text;
    EXPECT_FALSE(schema_.Accepts(Json::parse(text))) << text;
  }

  const JsonSchema schema_{kSchema};
};

std::string With(const std::string& members) {
  return fmt::format(R"({{ "name": "a", "intent": "i", "tenant": "t", {} }})", members);
}
std::string WithStep(const std::string& step) {
  return With(fmt::format(R"("steps": [ {} ])", step));
}
std::string WithExpectation(const std::string& expect) {
  return WithStep(
      fmt::format(R"({{ "sign_in": {{ "as": "adele", "pin": "1234", "expect": {} }} }})", expect));
}

TEST_F(SchemaTest, BothAcceptTheCatalogue) {
  int count = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(KEYRIG_SOURCE_DIR) / "scenarios/flows")) {
    if (entry.path().extension() != ".json") continue;
    ++count;
    ExpectAccepted(ReadFile(entry.path()), entry.path());
  }
  EXPECT_GE(count, 10);
}

TEST_F(SchemaTest, BothAcceptWhatIsAllowed) {
  const std::string kPlug = R"("steps": [ { "plug_key": {} } ])";
  ExpectAccepted(With(kPlug));
  ExpectAccepted(With(R"("$schema": "x", "$comment": "y", )" + kPlug));
  ExpectAccepted(With(R"("lab": [], "requires": ["rk", "RS256"], "key": {}, )" + kPlug));
  ExpectAccepted(
      With(R"("key": { "attestation": "none", "model": "u2f_key", "pin": "1234", "$comment": "y",
      "aaguid": "00000000-0000-0000-0000-000000000000" }, )" +
           kPlug));
  for (const char* step : {
           R"({ "enable_security_keys": { "as": "admin" } })",
           R"({ "enable_security_keys": { "as": "admin", "include": [], "exclude": ["G"],
                "key_restrictions": { "type": "block", "aaguids": [] } } })",
           R"({ "register_key": { "as": "a", "pin": "1234", "name": "K", "transport": "nfc" } })",
           R"({ "register_key": { "as": "a", "pin": "1234", "name": "K", "on_open_page": true } })",
           R"({ "open_security_info": { "as": "a", "administrator": "b", "expect": "granted" } })",
           R"({ "sign_in": { "as": "a", "pin": "1234", "gesture": "decline" }, "$comment": "c" })",
           R"({ "delete_keys": { "as": "a", "of": "b", "$comment": "c" } })",
           R"({ "advance_clock": { "seconds": 2592000 } })",
           R"({ "advance_clock": { "seconds": 1 } })",
           R"({ "unplug_key": { "$comment": "c" } })",
           R"({ "set_fault": { "fault": "slow=3s", "$comment": "c" } })",
           R"({ "clear_faults": {} })",
       }) {
    ExpectAccepted(WithStep(step));
  }
  for (const char* expect :
       {R"("granted")", R"({ "security_info": 1 })", R"({ "security_info": 35 })",
        R"({ "ctap": "PIN_INVALID", "$comment": "c" })", R"({ "not_offered": "security_key" })"}) {
    ExpectAccepted(WithExpectation(expect));
  }
}

TEST_F(SchemaTest, BothRefuseWhatIsNot) {
  const std::string kPlug = R"("steps": [ { "plug_key": {} } ])";
  ExpectRefused("[]");
  ExpectRefused("{}");
  ExpectRefused(With(R"("steps": [])"));
  ExpectRefused(With(R"("steps": {})"));
  ExpectRefused(With(R"("surplus": 1, )" + kPlug));
  ExpectRefused(With(R"("$comment": 1, )" + kPlug));
  ExpectRefused(With(R"("lab": ["4"], )" + kPlug));
  ExpectRefused(With(R"("key": { "model": "A B" }, )" + kPlug));
  ExpectRefused(With(R"("steps": [ { "set_fault": {} } ])"));
  ExpectRefused(With(R"("steps": [ { "clear_faults": { "fault": "slow=3s" } } ])"));
  ExpectRefused(With(R"("lab": ["1", "1"], )" + kPlug));
  ExpectRefused(With(R"("requires": ["pin"], )" + kPlug));
  ExpectRefused(With(R"("key": { "aaguid": "0" }, )" + kPlug));
  ExpectRefused(With(R"("key": { "attestation": "tpm" }, )" + kPlug));
  ExpectRefused(With(R"("key": { "pin": "123" }, )" + kPlug));
  ExpectRefused(R"({ "name": "a-b", "intent": "i", "tenant": "t", "steps": [{"plug_key": {}}] })");
  ExpectRefused(R"({ "name": "a", "intent": "", "tenant": "t", "steps": [{"plug_key": {}}] })");
  for (const char* step : {
           R"("plug_key")",
           R"({})",
           R"({ "plug": {} })",
           R"({ "plug_key": {}, "unplug_key": {} })",
           R"({ "plug_key": { "expect": "granted" } })",
           R"({ "enable_security_keys": {} })",
           R"({ "enable_security_keys": { "as": "admin", "enabled": "true" } })",
           R"({ "enable_security_keys": { "as": "admin", "include": ["G", "G"] } })",
           R"({ "enable_security_keys": { "as": "admin", "key_restrictions": {} } })",
           R"({ "enable_security_keys": { "as": "admin",
                "key_restrictions": { "type": "deny", "aaguids": [] } } })",
           R"({ "enable_security_keys": { "as": "admin",
                "key_restrictions": { "type": "allow", "aaguids": ["X"] } } })",
           R"({ "register_key": { "as": "a", "pin": "1234" } })",
           R"({ "register_key": { "as": "a", "pin": "1234", "name": "K", "transport": "ble" } })",
           R"({ "register_key": { "as": "a", "pin": "1234", "name": "K", "on_open_page": 1 } })",
           R"({ "open_security_info": {} })",
           R"({ "open_security_info": { "as": "a", "pin": "1234" } })",
           R"({ "sign_in": { "as": "a", "pin": "1234", "gesture": "manual" } })",
           R"({ "sign_in": { "as": "a", "pin": "1234", "at": "elsewhere" } })",
           R"({ "sign_in": { "as": "a" } })",
           R"({ "delete_keys": { "as": "a" } })",
           R"({ "advance_clock": { "seconds": 0 } })",
           R"({ "advance_clock": { "seconds": 1.5 } })",
           R"({ "advance_clock": { "seconds": 2592001 } })",
           R"({ "advance_clock": {} })",
       }) {
    ExpectRefused(WithStep(step));
  }
  for (const char* expect :
       {R"("refused")", "{}", R"({ "ctap": "OK" })", R"({ "ctap": 49 })", R"({ "aadsts": "1" })",
        R"({ "aadsts": 135016 })", R"({ "security_info": 0 })", R"({ "security_info": 36 })",
        R"({ "security_info": "7" })", R"({ "graph": "no" })", R"({ "not_offered": "fido" })",
        R"({ "ctap": "PIN_INVALID", "aadsts": "135016" })", R"({ "other": "x" })"}) {
    ExpectRefused(WithExpectation(expect));
  }
}

TEST_F(SchemaTest, BothKnowTheSameCodes) {
  const Json schema = Json::parse(ReadFile(kSchema));
  const Json& refusals = schema.at("/definitions/expect/oneOf/1/properties"_json_pointer);
  for (const RefusalKind& kind : RefusalKinds()) {
    const Json& codes = refusals.at(std::string(kind.name));
    if (kind.is_number) {
      EXPECT_EQ(codes.at("minimum"), 1);
      EXPECT_EQ(codes.at("maximum"), KnownCodes(kind.kind).size());
    } else {
      EXPECT_EQ(codes.at("enum"), Json(KnownCodes(kind.kind))) << kind.name;
    }
  }
  EXPECT_EQ(schema.at("/properties/requires/items/enum"_json_pointer), Json(KnownRequirements()));
}

}  // namespace
}  // namespace keyrig::scenario
