#include "mock-entra/graph/graph_fixture.h"

namespace keyrig::graph {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFido2 =
    "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";

class PoliciesTest : public GraphTest {};

TEST_F(PoliciesTest, TheFixtureAnswers) { EXPECT_EQ(Get("/v1.0/me").status, 200); }

TEST_F(PoliciesTest, TheConfigurationAnswersUnderAllItsSpellings) {
  for (const std::string path :
       {"/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2",
        "/beta/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Fido2",
        "/v1.0/authenticationMethodsPolicy/authenticationMethodConfigurations/FIDO2",
        "/beta/policies/authenticationmethodspolicy/authenticationMethodConfigurations/Fido2",
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations('Fido2')",
        "/V1.0/policies/authenticationMethodsPolicy/"
        "authenticationMethodConfigurations(%27Fido2%27)/"}) {
    const Answer answer = Get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body.value("id", ""), "Fido2") << path;
  }
}

TEST_F(PoliciesTest, TheConfigurationStartsAsTheDocumentedDefault) {
  const Json body = Get(kFido2).body;
  EXPECT_EQ(
      body["@odata.context"],
      "https://graph.microsoft.com/v1.0/$metadata#authenticationMethodConfigurations/$entity");
  EXPECT_EQ(body["state"], "disabled");
  EXPECT_EQ(body["isAttestationEnforced"], true);
  EXPECT_EQ(body["includeTargets"][0]["id"], "all_users");
}

TEST_F(PoliciesTest, APatchChangesWhatItNamesAndAnswersNothing) {
  const Answer answer = Patch({{"state", "enabled"}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_TRUE(answer.body.is_null());
  const Json body = Get(kFido2).body;
  EXPECT_EQ(body["state"], "enabled");
  EXPECT_EQ(body["isAttestationEnforced"], true);
  ASSERT_EQ(Events("service.policy_changed").size(), 1U);
  EXPECT_EQ(Events("service.policy_changed")[0].Field("state"), "enabled");
  EXPECT_EQ(Events("service.policy_changed")[0].Field("by"), "admin@contoso.onmicrosoft.com");
}

TEST_F(PoliciesTest, APatchWithoutItsTypeIsTakenAndChangesNothing) {
  EXPECT_EQ(Send("PATCH", kFido2, Admin(), R"({"state":"enabled"})").status, 204);
  EXPECT_EQ(Get(kFido2).body["state"], "disabled");
  EXPECT_TRUE(Events("service.policy_changed").empty());
}

TEST_F(PoliciesTest, WhatGetReturnedCanBePatchedBack) {
  Json body = Get(kFido2).body;
  body["state"] = "enabled";
  EXPECT_EQ(Send("PATCH", kFido2, Admin(), body.dump()).status, 204);
  EXPECT_EQ(Get(kFido2).body["state"], "enabled");
}

TEST_F(PoliciesTest, APatchIsRefusedWhereItMakesNoSense) {
  const auto refused = [&](const Json& change, const std::string& word) {
    const Answer answer = Patch(change);
    EXPECT_EQ(answer.status, 400) << change;
    EXPECT_EQ(answer.Code(), "badRequest") << change;
    EXPECT_THAT(answer.Message(), HasSubstr(word));
  };
  refused({{"state", "on"}}, "state");
  refused({{"keyRestrictions", {{"aaGuids", {"x"}}}}}, "aaGuids[0]");
  refused({{"includeTargets",
            {{{"targetType", "group"}, {"id", "11111111-1111-1111-1111-111111111111"}}}}},
          "11111111-1111-1111-1111-111111111111");
  refused({{"excludeTargets", {{{"targetType", "group"}, {"id", Adele().id}}}}}, "excludeTargets");
  EXPECT_EQ(Get(kFido2).body["state"], "disabled");
  EXPECT_EQ(Send("PATCH", kFido2, Admin(), "not json").Code(), "badRequest");
  EXPECT_EQ(Send("PATCH", kFido2, Admin()).status, 400);  // no JSON content type
}

TEST_F(PoliciesTest, DeleteResetsToTheDefault) {
  ASSERT_EQ(Patch({{"state", "enabled"}, {"isAttestationEnforced", false}}).status, 204);
  EXPECT_EQ(Send("DELETE", kFido2, Admin()).status, 204);
  const Json body = Get(kFido2).body;
  EXPECT_EQ(body["state"], "disabled");
  EXPECT_EQ(body["isAttestationEnforced"], true);
}

TEST_F(PoliciesTest, OptsInToPasskeyProfilesForGood) {
  const std::string id = "00000000-0000-0000-0000-000000000001";
  ASSERT_EQ(Patch({{"passkeyProfiles",
                    {{{"id", id},
                      {"attestationEnforcement", "disabled"},
                      {"passkeyTypes", "deviceBound,synced"}}}}})
                .status,
            204);
  Json body = Get(kFido2).body;
  EXPECT_EQ(body["defaultPasskeyProfile"], id);
  EXPECT_EQ(body["passkeyProfiles"][0]["passkeyTypes"], "deviceBound,synced");
  EXPECT_EQ(body["includeTargets"][0]["allowedPasskeyProfiles"], Json({id}));
  EXPECT_EQ(Send("DELETE", kFido2, Admin()).status, 204);
  body = Get(kFido2).body;
  EXPECT_EQ(body["passkeyProfiles"][0]["passkeyTypes"], "deviceBound");
  EXPECT_EQ(body["state"], "disabled");
}

TEST_F(PoliciesTest, TheWholePolicyHasEveryMethodWithSecurityKeysFirst) {
  const Json body = Get("/v1.0/policies/authenticationMethodsPolicy").body;
  EXPECT_EQ(body["id"], "authenticationMethodsPolicy");
  EXPECT_EQ(body["authenticationMethodConfigurations"][0]["id"], "Fido2");
  EXPECT_EQ(body["authenticationMethodConfigurations"].size(), 11U);
  EXPECT_FALSE(body.contains("reportSuspiciousActivitySettings"));
  EXPECT_TRUE(Get("/beta/policies/authenticationMethodsPolicy")
                  .body.contains("reportSuspiciousActivitySettings"));
}

TEST_F(PoliciesTest, OtherMethodsCanBeReadButNotChanged) {
  const std::string base =
      "/v1.0/policies/authenticationMethodsPolicy/"
      "authenticationMethodConfigurations/";
  EXPECT_EQ(Get(base + "temporaryAccessPass").body["defaultLifetimeInMinutes"], 60);
  EXPECT_EQ(Send("PATCH", base + "sms", Admin(), "{}").Code(), "methodNotAllowed");
  EXPECT_EQ(Get(base + "smoke").Code(), "resourceNotFound");
  EXPECT_EQ(Send("DELETE", base + "smoke", Admin()).status, 404);
}

TEST_F(PoliciesTest, TakesNoQueryOptions) {
  EXPECT_EQ(Get(std::string(kFido2) + "?$select=state").status, 400);
}

TEST_F(PoliciesTest, WantsAScopeAndARole) {
  const std::string scope = "Policy.ReadWrite.AuthenticationMethod";
  const std::string body = R"({"@odata.type":)"
                           R"("#microsoft.graph.fido2AuthenticationMethodConfiguration"})";
  // The scope without the role, and the role without the scope.
  EXPECT_EQ(Send("PATCH", kFido2, UserToken("adele", {scope}), body).Code(), "accessDenied");
  EXPECT_EQ(Send("PATCH", kFido2, UserToken("admin", {"User.Read"}), body).status, 403);
  EXPECT_EQ(Send("PATCH", kFido2, UserToken("admin", {"Policy.Read.All"}), body).status, 403);
  EXPECT_EQ(Send("GET", kFido2, UserToken("admin", {"Policy.Read.All"})).status, 200);
  EXPECT_EQ(Send("GET", kFido2, UserToken("megan", {"Policy.Read.All"})).status, 403);
  // An application needs its permission only.
  EXPECT_EQ(Send("PATCH", kFido2, AppToken({scope}), body).status, 204);
  EXPECT_EQ(Send("PATCH", kFido2, AppToken({"Policy.Read.All"}), body).status, 403);
  Adele().roles = {"Authentication Policy Administrator"};
  EXPECT_EQ(Send("PATCH", kFido2, UserToken("adele", {scope}), body).status, 204);
  Adele().roles = {"Global Reader"};
  EXPECT_EQ(Send("GET", kFido2, UserToken("adele", {scope})).status, 200);
  EXPECT_EQ(Send("PATCH", kFido2, UserToken("adele", {scope}), body).status, 403);
}

}  // namespace
}  // namespace keyrig::graph
