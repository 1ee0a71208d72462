#include "mock-entra/graph/graph_fixture.h"

namespace keyrig::graph {
namespace {

using ::testing::HasSubstr;

class MethodsTest : public GraphTest {
 protected:
  /// Gives Adele a key without a ceremony.
  directory::Fido2Method& GiveKey(std::uint8_t id, bool attested = true) {
    directory::Fido2Method method;
    method.credential.id = {Bytes(16, id)};
    method.credential.aaguid = Aaguid::Parse("2fc0579f-8113-47ea-b116-bb5a8db9202a").value();
    method.credential.attested = attested;
    method.display_name = "Red key";
    method.model = directory::KeyModel(method.credential.aaguid);
    method.created = clock_.Now();
    Adele().fido2_methods.push_back(method);
    return Adele().fido2_methods.back();
  }

  const std::string base_ = "/v1.0/users/adele@contoso.onmicrosoft.com/authentication/";
};

TEST_F(MethodsTest, ListsKeysWithAllThatGraphTells) {
  GiveKey(1);
  GiveKey(2, /*attested=*/false).credential.backup_eligible = true;
  const Answer answer = Get(base_ + "fido2Methods");
  ASSERT_EQ(answer.status, 200) << answer.Message();
  EXPECT_EQ(answer.body["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#users('" +
                                               Adele().id + "')/authentication/fido2Methods");
  EXPECT_EQ(answer.body["value"][0],
            Json({{"@odata.type", "#microsoft.graph.fido2AuthenticationMethod"},
                  {"id", "AQEBAQEBAQEBAQEBAQEBAQ2"},
                  {"displayName", "Red key"},
                  {"createdDateTime", "2026-11-24T06:00:00Z"},
                  {"aaGuid", "2fc0579f-8113-47ea-b116-bb5a8db9202a"},
                  {"model", "YubiKey 5 Series with NFC"},
                  {"attestationCertificates", Json::array()},
                  {"attestationLevel", "attested"},
                  {"passkeyType", "deviceBound"}}));
  EXPECT_EQ(answer.body["value"][1]["attestationLevel"], "notAttested");
  EXPECT_EQ(answer.body["value"][1]["passkeyType"], "synced");
}

TEST_F(MethodsTest, GetsAndDeletesOneKey) {
  GiveKey(1);
  GiveKey(2);
  const std::string one = base_ + "FIDO2methods/AQEBAQEBAQEBAQEBAQEBAQ2";
  EXPECT_EQ(Get(one).body["displayName"], "Red key");
  const Answer deleted = Send("DELETE", one, Admin());
  EXPECT_EQ(deleted.status, 204);
  EXPECT_TRUE(deleted.body.is_null());
  ASSERT_EQ(Adele().fido2_methods.size(), 1U);
  EXPECT_EQ(Adele().fido2_methods[0].credential.id.bytes, Bytes(16, 2));
  ASSERT_EQ(Events("service.deleted").size(), 1U);
  EXPECT_EQ(Events("service.deleted")[0].Field("credential_id"), "AQEBAQEBAQEBAQEBAQEBAQ");
  EXPECT_EQ(Get(one).Code(), "resourceNotFound");
  EXPECT_EQ(Send("DELETE", one, Admin()).status, 404);
}

TEST_F(MethodsTest, ListsMethodsOfEveryKind) {
  GiveKey(1);
  Post(base_ + "temporaryAccessPassMethods", Json::object());
  std::vector<std::string> types;
  const Answer answer = Get(base_ + "methods");
  for (const Json& method : answer.body["value"]) {
    types.push_back(method["@odata.type"]);
  }
  EXPECT_EQ(types,
            (std::vector<std::string>{"#microsoft.graph.passwordAuthenticationMethod",
                                      "#microsoft.graph.fido2AuthenticationMethod",
                                      "#microsoft.graph.temporaryAccessPassAuthenticationMethod"}));
}

TEST_F(MethodsTest, APasswordHasTheSameIdForEverybody) {
  const Answer list = Get(base_ + "passwordMethods");
  ASSERT_EQ(list.body["value"].size(), 1U);
  EXPECT_EQ(list.body["value"][0]["id"], "28c10230-6103-485e-b985-444c60001490");
  EXPECT_TRUE(list.body["value"][0]["password"].is_null());
  EXPECT_EQ(Get(base_ + "passwordMethods/28c10230-6103-485e-b985-444c60001490").status, 200);
  EXPECT_EQ(Get(base_ + "passwordMethods/1").status, 404);
  const std::string nestor = "/v1.0/users/nestor@contoso.onmicrosoft.com/authentication/";
  EXPECT_TRUE(Get(nestor + "passwordMethods").body["value"].empty());
}

TEST_F(MethodsTest, OwnMethodsTakeASmallerScopeAndNoRole) {
  const std::string own = "/v1.0/me/authentication/fido2Methods";
  GiveKey(1);
  EXPECT_EQ(Send("GET", own, UserToken("adele", {"UserAuthenticationMethod.Read"})).status, 200);
  EXPECT_EQ(Send("GET", own, UserToken("adele", {"UserAuthMethod-Passkey.Read"})).status, 200);
  EXPECT_EQ(Send("GET", own, UserToken("adele", {"User.Read"})).Code(), "accessDenied");
  const std::string one = own + "/AQEBAQEBAQEBAQEBAQEBAQ2";
  EXPECT_EQ(Send("DELETE", one, UserToken("adele", {"UserAuthenticationMethod.Read"})).status, 403);
  EXPECT_EQ(Send("DELETE", one, UserToken("adele", {"UserAuthenticationMethod.ReadWrite"})).status,
            204);
}

TEST_F(MethodsTest, OthersMethodsTakeARole) {
  const std::string all = "UserAuthenticationMethod.ReadWrite.All";
  EXPECT_EQ(Send("GET", base_ + "fido2Methods", UserToken("alex", {all})).Code(), "accessDenied");
  EXPECT_EQ(Send("GET", base_ + "fido2Methods", UserToken("megan", {all})).status, 200);
  EXPECT_EQ(
      Send("GET", base_ + "fido2Methods", UserToken("megan", {"UserAuthenticationMethod.Read"}))
          .status,
      403);
  EXPECT_EQ(Send("GET", base_ + "fido2Methods", AppToken({all})).status, 200);
  EXPECT_EQ(Send("GET", base_ + "fido2Methods", AppToken({"User.Read.All"})).status, 403);
}

TEST_F(MethodsTest, AnAdministratorsMethodsTakeAPrivilegedRole) {
  const std::string all = "UserAuthenticationMethod.ReadWrite.All";
  const std::string passes =
      "/v1.0/users/admin@contoso.onmicrosoft.com/authentication/temporaryAccessPassMethods";
  const Answer denied = Send("POST", passes, UserToken("megan", {all}), "{}");
  EXPECT_EQ(denied.status, 403);
  EXPECT_THAT(denied.Message(), HasSubstr("Privileged Authentication Administrator"));
  tenant_.FindUser("megan@contoso.onmicrosoft.com")->roles = {
      "Privileged Authentication Administrator"};
  EXPECT_EQ(Send("POST", passes, UserToken("megan", {all}), "{}").status, 201);
}

class PassesTest : public MethodsTest {
 protected:
  const std::string passes_ = base_ + "temporaryAccessPassMethods";
};

TEST_F(PassesTest, APassIsShownOnceAndThenNeverAgain) {
  const Answer made = Post(passes_, {{"lifetimeInMinutes", 120}, {"isUsableOnce", true}});
  ASSERT_EQ(made.status, 201) << made.Message();
  EXPECT_EQ(made.body["temporaryAccessPass"], Adele().temporary_access_pass->pass);
  EXPECT_EQ(made.body["lifetimeInMinutes"], 120);
  EXPECT_EQ(made.body["isUsableOnce"], true);
  EXPECT_EQ(made.body["isUsable"], true);
  EXPECT_EQ(made.body["methodUsabilityReason"], "EnabledByPolicy");
  const std::string one = passes_ + "/" + made.body["id"].get<std::string>();
  EXPECT_TRUE(Get(one).body["temporaryAccessPass"].is_null());
  EXPECT_EQ(Get(passes_).body["value"].size(), 1U);
  ASSERT_EQ(Events("service.pass_issued").size(), 1U);
  EXPECT_TRUE(Events("service.pass_issued")[0].fields[2].secret);
}

TEST_F(PassesTest, TellsWhyAPassCannotBeUsed) {
  Post(passes_, {{"startDateTime", "2026-11-24T06:46:40.000Z"}});
  EXPECT_EQ(Get(passes_).body["value"][0]["methodUsabilityReason"], "NotYetValid");
  EXPECT_EQ(Get(passes_).body["value"][0]["isUsable"], false);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Get(passes_).body["value"][0]["methodUsabilityReason"], "EnabledByPolicy");
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Get(passes_).body["value"][0]["methodUsabilityReason"], "Expired");
}

TEST_F(PassesTest, ANewPassReplacesTheOld) {
  const std::string first = Post(passes_, Json::object()).body["id"];
  const std::string second = Post(passes_, Json::object()).body["id"];
  EXPECT_EQ(Get(passes_ + "/" + first).status, 404);
  EXPECT_EQ(Send("DELETE", passes_ + "/" + first, Admin()).Code(), "resourceNotFound");
  EXPECT_EQ(Send("DELETE", passes_ + "/" + second, Admin()).status, 204);
  EXPECT_TRUE(Get(passes_).body["value"].empty());
}

TEST_F(PassesTest, RefusesWishesOutsideThePolicy) {
  for (const Json& body :
       {Json{{"lifetimeInMinutes", 59}}, Json{{"lifetimeInMinutes", 481}},
        Json{{"lifetimeInMinutes", "60"}}, Json{{"isUsableOnce", "yes"}},
        Json{{"startDateTime", "tomorrow"}}, Json{{"temporaryAccessPass", "mine"}}, Json("{}")}) {
    EXPECT_EQ(Post(passes_, body).Code(), "badRequest") << body;
  }
  EXPECT_FALSE(Adele().temporary_access_pass);
}

TEST_F(PassesTest, NobodyMakesAPassForThemself) {
  EXPECT_EQ(Send("POST", "/v1.0/me/authentication/temporaryAccessPassMethods",
                 UserToken("adele", {"UserAuthenticationMethod.ReadWrite.All"}), "{}")
                .status,
            403);
}

}  // namespace
}  // namespace keyrig::graph
