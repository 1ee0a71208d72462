#include "mock-entra/graph/graph_api.h"

#include "mock-entra/graph/date_time.h"
#include "mock-entra/graph/graph_fixture.h"

namespace keyrig::graph {
namespace {

using ::testing::HasSubstr;

class GraphApiTest : public GraphTest {};

TEST_F(GraphApiTest, ErrorsHaveGraphsEnvelopeAndHeaders) {
  http::Request request;
  request.method = "GET";
  request.host = "graph.microsoft.com";
  request.raw_path = request.path = "/v1.0/me";
  request.headers.Add("client-request-id", "my-id");
  const http::Response response = graph_.Handle(request);
  const Json error = Json::parse(response.body)["error"];
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(error["code"], "InvalidAuthenticationToken");
  EXPECT_EQ(error["innerError"]["date"], "2026-11-24T06:00:00");
  EXPECT_EQ(error["innerError"]["client-request-id"], "my-id");
  EXPECT_EQ(error["innerError"]["request-id"], *response.headers.Find("request-id"));
  EXPECT_EQ(response.headers.Find("client-request-id"), "my-id");
  EXPECT_EQ(response.headers.Find("Date"), "Tue, 24 Nov 2026 06:00:00 GMT");
  EXPECT_THAT(std::string(*response.headers.Find("WWW-Authenticate")), HasSubstr("Bearer"));
  EXPECT_THAT(std::string(*response.headers.Find("x-ms-ags-diagnostic")), HasSubstr("ServerInfo"));
}

TEST_F(GraphApiTest, TellsHowATokenFails) {
  const std::string token = Admin();
  const auto refusal = [&](const std::string& bad) {
    const Answer answer = Send("GET", "/v1.0/me", bad);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.Code(), "InvalidAuthenticationToken");
    return answer.Message();
  };
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("rubbish"), HasSubstr("well-formed"));
  EXPECT_THAT(refusal(token.substr(0, token.rfind('.')) + ".AAAA"), HasSubstr("signature"));
  directory::TokenClaims claims;
  claims.audience = "19db86c3-b2b9-44cc-b339-36da233a3be2";
  claims.user_id = Adele().id;
  claims.expires = clock_.Now() + std::chrono::hours(1);
  EXPECT_THAT(refusal(tokens_.Issue(directory::TokenKind::kAccessV2, claims)),
              HasSubstr("audience"));
  clock_.Advance(std::chrono::hours(2));
  EXPECT_THAT(refusal(token), HasSubstr("expired"));
}

TEST_F(GraphApiTest, ATokenOfAUserWhoIsGoneIsRefused) {
  const std::string token = UserToken("adele", {"User.Read"});
  std::erase_if(tenant_.users, [](const auto& user) { return user.display_name == "Adele Vance"; });
  EXPECT_EQ(Send("GET", "/v1.0/me", token).status, 401);
}

TEST_F(GraphApiTest, AnApplicationIsNobodysMe) {
  const Answer answer = Send("GET", "/v1.0/me", AppToken({"User.Read.All"}));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.Message(), HasSubstr("delegated"));
}

TEST_F(GraphApiTest, NamesTheSegmentThatIsNotThere) {
  const auto message = [&](const std::string& path) {
    const Answer answer = Get(path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.Code(), "BadRequest") << path;
    return answer.Message();
  };
  EXPECT_THAT(message("/v1.0/nothing/here"), HasSubstr("'nothing'"));
  EXPECT_THAT(message("/v1.0/users/x/shoes"), HasSubstr("'shoes'"));
  EXPECT_THAT(message("/v1.0/me/authentication/smoke"), HasSubstr("'smoke'"));
  EXPECT_THAT(message("/v3.0/me"), HasSubstr("version"));
  EXPECT_THAT(message("/"), HasSubstr("version"));
  EXPECT_THAT(message("/v1.0/users('x"), HasSubstr("parentheses"));
  EXPECT_THAT(message("/v1.0/users(x)"), HasSubstr("quoted key"));
}

TEST_F(GraphApiTest, RefusesMethodsThatAResourceDoesNotHave) {
  const Answer answer = Send("PUT", "/v1.0/users", Admin());
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.Code(), "methodNotAllowed");
  EXPECT_THAT(answer.Message(), HasSubstr("not supported for this URL"));
  EXPECT_EQ(Send("HEAD", "/v1.0/users", Admin()).status, 200);
}

TEST_F(GraphApiTest, EveryRefusalIsAnEvent) {
  Get("/v1.0/users/nobody");
  Send("GET", "/v1.0/me", "");
  const auto refused = Events("service.refused");
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0].Field("code"), "Request_ResourceNotFound");
  EXPECT_EQ(refused[0].Field("by"), "admin@contoso.onmicrosoft.com");
  EXPECT_EQ(refused[0].Field("request"), "GET /v1.0/users/nobody");
  EXPECT_EQ(refused[1].Field("code"), "InvalidAuthenticationToken");
}

TEST_F(GraphApiTest, BytesThatAreNoTextAreAnsweredAsText) {
  EXPECT_EQ(Get("/v1.0/users/%ff%fe").Code(), "Request_ResourceNotFound");
}

TEST(DateTimeTest, ReadsWhatItWrites) {
  const Instant instant(std::chrono::seconds(1'790'000'000));
  EXPECT_EQ(DateTime(instant), "2026-09-21T14:13:20Z");
  EXPECT_EQ(ParseDateTime("2026-09-21T14:13:20Z"), instant);
  EXPECT_EQ(ParseDateTime("2026-09-21T14:13:20.1234567Z"), instant);
  EXPECT_EQ(ParseDateTime("2026-09-21T14:13:20+00:00"), instant);
  for (const char* bad : {"", "2026-09-21", "2026-02-30T00:00:00Z", "2026-09-21T24:00:00Z",
                          "2026-09-21T14:13:20", "2026-09-21T14:13:20.Z", "2026-13-01T00:00:00Z",
                          "202x-09-21T14:13:20Z", "2026-09-21 14:13:20Z"}) {
    EXPECT_EQ(ParseDateTime(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace keyrig::graph
