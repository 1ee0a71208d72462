#include "mock-entra/graph/graph_fixture.h"

namespace keyrig::graph {
namespace {

using ::testing::HasSubstr;

class DirectoryObjectsTest : public GraphTest {
 protected:
  /// The user names of a list, shortened to what stands before the '@'.
  static std::vector<std::string> Names(const Answer& answer) {
    std::vector<std::string> names;
    for (const Json& user : answer.body["value"]) {
      const std::string name = user["userPrincipalName"];
      names.push_back(name.substr(0, name.find('@')));
    }
    return names;
  }
};

TEST_F(DirectoryObjectsTest, FindsAUserByName) {
  const Answer answer =
      Get("/v1.0/users?$filter=userPrincipalName%20eq%20'Adele@contoso.onmicrosoft.com'"
          "&$select=id,displayName,accountEnabled&$top=1");
  ASSERT_EQ(answer.status, 200) << answer.Message();
  ASSERT_EQ(answer.body["value"].size(), 1U);
  EXPECT_EQ(answer.body["value"][0],
            Json({{"id", Adele().id}, {"displayName", "Adele Vance"}, {"accountEnabled", true}}));
  EXPECT_EQ(answer.body["@odata.context"],
            "https://graph.microsoft.com/v1.0/$metadata#users(id,displayName,accountEnabled)");
}

TEST_F(DirectoryObjectsTest, FiltersWithOperators) {
  const auto named = [&](const std::string& filter) {
    return Names(Get("/v1.0/users?$filter=" + http::UrlEncode(filter)));
  };
  EXPECT_EQ(named("accountEnabled eq false"), std::vector<std::string>{"lee"});
  EXPECT_EQ(named("displayName eq 'Adele Vance' or startswith(displayName,'Alex')"),
            (std::vector<std::string>{"adele", "alex"}));
  EXPECT_EQ(named("startswith(displayName,'A') and not (displayName eq 'Alex Wilber')"),
            std::vector<std::string>{"adele"});
  EXPECT_EQ(named("displayName eq 'O''Neill'"), std::vector<std::string>{});
}

TEST_F(DirectoryObjectsTest, RefusesQueriesThatItDoesNotKnow) {
  for (const std::string query :
       {"$filter=shoeSize%20eq%20'x'", "$filter=displayName", "$filter=displayName%20gt%20'x'",
        "$filter=displayName%20eq%20'x", "$filter=", "$filter=(displayName%20eq%20'x'",
        "$filter=displayName%20eq%20'x'%20and", "$select=shoeSize", "$top=0", "$top=x", "$top=1000",
        "$expand=manager", "$count=maybe"}) {
    const Answer answer = Get("/v1.0/users?" + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.Code(), "Request_BadRequest") << query;
  }
}

TEST_F(DirectoryObjectsTest, PagesThroughAList) {
  std::vector<std::string> seen;
  std::string target = "/v1.0/users?$top=3&$count=true";
  int pages = 0;
  while (!target.empty()) {
    const Answer answer = Get(target);
    ASSERT_EQ(answer.status, 200) << answer.Message();
    EXPECT_EQ(answer.body["@odata.count"], tenant_.users.size());
    for (const std::string& name : Names(answer)) seen.push_back(name);
    const std::string next = answer.body.value("@odata.nextLink", "");
    EXPECT_TRUE(next.empty() || next.starts_with("https://graph.microsoft.com/v1.0/users?"));
    target = next.empty() ? "" : next.substr(std::string("https://graph.microsoft.com").size());
    ASSERT_LE(++pages, 3);
  }
  EXPECT_EQ(seen.size(), tenant_.users.size());
  EXPECT_EQ(pages, 3);
}

TEST_F(DirectoryObjectsTest, GetsAUserByIdNameAndMe) {
  for (const std::string& path :
       {"/v1.0/users/" + Adele().id, std::string("/v1.0/users/adele%40contoso.onmicrosoft.com"),
        std::string("/beta/users('adele@contoso.onmicrosoft.com')")}) {
    EXPECT_EQ(Get(path).body.value("displayName", ""), "Adele Vance") << path;
  }
  const Answer me = Send("GET", "/v1.0/me", UserToken("adele", {"User.Read"}));
  EXPECT_EQ(me.body["id"], Adele().id);
  EXPECT_FALSE(me.body.contains("accountEnabled"));
}

TEST_F(DirectoryObjectsTest, WhatDoesNotExistIsNotFound) {
  const Answer answer = Get("/v1.0/users/nobody@contoso.onmicrosoft.com");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.Code(), "Request_ResourceNotFound");
  EXPECT_THAT(answer.Message(), HasSubstr("nobody@contoso.onmicrosoft.com"));
  EXPECT_EQ(Get("/v1.0/groups/11111111-1111-1111-1111-111111111111").Code(),
            "Request_ResourceNotFound");
}

TEST_F(DirectoryObjectsTest, ListsGroupsMembersAndMemberships) {
  const Answer groups = Get("/v1.0/groups?$filter=displayName%20eq%20'Security%20key%20pilot'");
  ASSERT_EQ(groups.body["value"].size(), 1U);
  const std::string id = groups.body["value"][0]["id"];
  EXPECT_EQ(Get("/v1.0/groups/" + id).body["displayName"], "Security key pilot");
  const Answer members = Get("/v1.0/groups/" + id + "/members");
  EXPECT_EQ(Names(members), (std::vector<std::string>{"adele", "alex"}));
  EXPECT_EQ(members.body["value"][0]["@odata.type"], "#microsoft.graph.user");
  const Answer of = Get("/v1.0/users/" + Adele().id + "/memberOf");
  ASSERT_EQ(of.body["value"].size(), 1U);
  EXPECT_EQ(of.body["value"][0]["displayName"], "Security key pilot");
  const Answer own = Send("GET", "/v1.0/me/memberOf", UserToken("alex", {"User.Read"}));
  EXPECT_EQ(own.body["value"].size(), 2U);
}

TEST_F(DirectoryObjectsTest, WantsAPermission) {
  const std::string only_me = UserToken("adele", {"User.Read"});
  EXPECT_EQ(Send("GET", "/v1.0/users", only_me).Code(), "Authorization_RequestDenied");
  EXPECT_EQ(Send("GET", "/v1.0/users/" + Adele().id, only_me).status, 200);
  EXPECT_EQ(Send("GET", "/v1.0/users/alex@contoso.onmicrosoft.com", only_me).status, 403);
  EXPECT_EQ(Send("GET", "/v1.0/groups", UserToken("admin", {"User.Read.All"})).Code(),
            "Authorization_RequestDenied");
  EXPECT_EQ(Send("GET", "/v1.0/groups", AppToken({"Group.Read.All"})).status, 200);
}

}  // namespace
}  // namespace keyrig::graph
