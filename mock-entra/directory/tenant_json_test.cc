#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "mock-entra/directory/directory.h"

namespace keyrig::directory {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;

Json Minimal() {
  return Json::parse(R"({
    "id": "6F2D1C34-8a57-4f0e-9b63-2c1e7a90d5b8",
    "displayName": "Fabrikam",
    "defaultDomain": "fabrikam.example",
    "groups": [{"id": "0a1f6e52-7d3b-4c88-9e41-b5d20c6f7a13", "displayName": "Pilot"}],
    "users": [
      {"id": "a0c4e1d7-5b26-4f83-9d1a-8e7f3c60b201", "userPrincipalName": "ann@fabrikam.example",
       "displayName": "Ann", "groups": ["Pilot"]},
      {"id": "b1d5f2e8-6c37-4094-8e2b-9f804d71c302", "userPrincipalName": "bob@fabrikam.example",
       "displayName": "Bob"}]})");
}

/// What the loader says of the minimal tenant after one change.
std::string ErrorAfter(const std::function<void(Json&)>& change) {
  Json json = Minimal();
  change(json);
  const auto tenant = LoadTenant(json.dump());
  return tenant ? "no error" : tenant.error().message;
}

TEST(LoadTenantTest, ReadsTheMinimalTenantWithItsDefaults) {
  const auto tenant = LoadTenant(Minimal().dump());
  ASSERT_TRUE(tenant) << tenant.error().message;
  EXPECT_EQ(tenant->id, "6f2d1c34-8a57-4f0e-9b63-2c1e7a90d5b8");
  EXPECT_EQ(tenant->users[0].group_ids, std::vector{tenant->groups[0].id});
  EXPECT_TRUE(tenant->users[1].account_enabled);
  EXPECT_EQ(tenant->users[1].password, "");
  EXPECT_EQ(tenant->fido2.state, "disabled");
  EXPECT_EQ(tenant->freshness_window, std::chrono::minutes(5));
}

TEST(LoadTenantTest, TheBuiltInTenantHasWhatScenariosNeed) {
  auto tenant = LoadTenant(BuiltInTenant());
  ASSERT_TRUE(tenant) << tenant.error().message;
  EXPECT_EQ(tenant->display_name, "Contoso");
  EXPECT_EQ(tenant->fido2.state, "disabled");
  EXPECT_TRUE(tenant->fido2.isAttestationEnforced);
  ASSERT_NE(tenant->FindUser("adele@contoso.onmicrosoft.com"), nullptr);
  EXPECT_EQ(tenant->FindUser("admin@contoso.onmicrosoft.com")->roles[0], "Global Administrator");
  EXPECT_FALSE(tenant->FindUser("lee@contoso.onmicrosoft.com")->account_enabled);
  EXPECT_GE(tenant->users.size(), 7U);
  EXPECT_GE(tenant->groups.size(), 2U);
}

TEST(LoadTenantTest, EveryTenantFileOfTheCatalogueLoads) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(KEYRIG_SOURCE_DIR "/scenarios/tenants")) {
    std::ifstream file(entry.path());
    const auto tenant = LoadTenant(std::string{std::istreambuf_iterator<char>(file), {}});
    EXPECT_TRUE(tenant) << entry.path() << ": " << tenant.error().message;
    ++files;
  }
  EXPECT_GT(files, 0);
}

TEST(LoadTenantTest, NamesUnknownMembersAndThoseThatAreThere) {
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][1]["upn"] = "x"; }),
              AllOf(HasSubstr("$.users[1]"), HasSubstr("\"upn\""), HasSubstr("userPrincipalName")));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["user"] = 1; }),
              AllOf(HasSubstr("$:"), HasSubstr("\"user\"")));
}

TEST(LoadTenantTest, NamesMissingMembers) {
  for (const char* member : {"id", "displayName", "defaultDomain", "users"}) {
    EXPECT_THAT(ErrorAfter([&](Json& json) { json.erase(member); }),
                AllOf(HasSubstr("$:"), HasSubstr(member), HasSubstr("missing")));
  }
  EXPECT_THAT(ErrorAfter([](Json& json) { json["groups"][0].erase("displayName"); }),
              AllOf(HasSubstr("$.groups[0]"), HasSubstr("displayName")));
}

TEST(LoadTenantTest, RefusesBadGuids) {
  EXPECT_THAT(ErrorAfter([](Json& json) { json["id"] = "contoso"; }),
              AllOf(HasSubstr("$.id"), HasSubstr("GUID"), HasSubstr("contoso")));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][0]["id"] = 7; }),
              HasSubstr("$.users[0].id"));
}

TEST(LoadTenantTest, RefusesWhatIsThereTwice) {
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][1]["id"] = json["users"][0]["id"]; }),
              HasSubstr("$.users[1].id"));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][1]["id"] = json["groups"][0]["id"]; }),
              HasSubstr("$.users[1].id"));
  EXPECT_THAT(ErrorAfter([](Json& json) {
                json["users"][1]["userPrincipalName"] = "ANN@fabrikam.example";
              }),
              HasSubstr("$.users[1].userPrincipalName"));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][0]["groups"] = {"Pilot", "Pilot"}; }),
              HasSubstr("$.users[0].groups[1]"));
}

TEST(LoadTenantTest, RefusesGroupsAndTargetsThatDoNotExist) {
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][0]["groups"][0] = "Sales"; }),
              AllOf(HasSubstr("$.users[0].groups[0]"), HasSubstr("Sales")));
  EXPECT_THAT(ErrorAfter([](Json& json) {
                json["fido2"] = {
                    {"@odata.type", "#microsoft.graph.fido2AuthenticationMethodConfiguration"},
                    {"includeTargets",
                     {{{"targetType", "group"}, {"id", "11111111-1111-1111-1111-111111111111"}}}}};
              }),
              HasSubstr("$.fido2.includeTargets[0].id"));
}

TEST(LoadTenantTest, RefusesAWrongFido2Configuration) {
  EXPECT_THAT(ErrorAfter([](Json& json) {
                json["fido2"] = {
                    {"@odata.type", "#microsoft.graph.fido2AuthenticationMethodConfiguration"},
                    {"state", "on"}};
              }),
              AllOf(HasSubstr("$.fido2.state"), HasSubstr("enabled")));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["fido2"] = {{"state", "enabled"}}; }),
              AllOf(HasSubstr("$.fido2"), HasSubstr("@odata.type")));
  EXPECT_THAT(ErrorAfter([](Json& json) { json["fido2"] = 1; }), HasSubstr("$.fido2"));
}

TEST(LoadTenantTest, RefusesUnknownRoles) {
  EXPECT_THAT(ErrorAfter([](Json& json) { json["users"][0]["roles"] = {"King"}; }),
              AllOf(HasSubstr("$.users[0].roles[0]"), HasSubstr("Global Administrator")));
}

TEST(LoadTenantTest, RefusesApplicationsThatMakeNoSense) {
  const auto with = [](Json application) {
    application["clientId"] = "7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58";
    application["displayName"] = "App";
    return ErrorAfter([&](Json& json) { json["applications"] = Json::array({application}); });
  };
  EXPECT_EQ(with(Json::object()), "no error");
  EXPECT_THAT(with({{"appRoles", {"User.Read.All"}}}), HasSubstr("secret"));
  EXPECT_THAT(with({{"redirectUris", {"ftp://x"}}}),
              HasSubstr("$.applications[0].redirectUris[0]"));
}

TEST(LoadTenantTest, ReadsTheKnobs) {
  Json json = Minimal();
  json["excludeIdEncoding"] = "urlToken";
  json["freshnessWindowMinutes"] = 15;
  const auto tenant = LoadTenant(json.dump());
  ASSERT_TRUE(tenant) << tenant.error().message;
  EXPECT_EQ(tenant->exclude_id_encoding, ExcludeIdEncoding::kUrlToken);
  EXPECT_EQ(tenant->freshness_window, std::chrono::minutes(15));
  EXPECT_THAT(ErrorAfter([](Json& other) { other["excludeIdEncoding"] = "hex"; }),
              HasSubstr("$.excludeIdEncoding"));
  EXPECT_THAT(ErrorAfter([](Json& other) { other["freshnessWindowMinutes"] = 0; }),
              HasSubstr("$.freshnessWindowMinutes"));
  EXPECT_THAT(ErrorAfter([](Json& other) { other["attestationRoots"] = {"x"}; }),
              HasSubstr("$.attestationRoots[0]"));
}

TEST(LoadTenantTest, RefusesDuplicateMembersAndWhatIsNotJson) {
  EXPECT_THAT(LoadTenant(R"({"id": 1, "id": 2})").error().message, HasSubstr("\"id\""));
  EXPECT_THAT(LoadTenant("{\n  \"id\": ,\n}").error().message, HasSubstr("line 2"));
  EXPECT_THAT(LoadTenant("").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(LoadTenant("[]").error().message, HasSubstr("$: expected an object"));
}

}  // namespace
}  // namespace keyrig::directory
