#include <algorithm>
#include <functional>

#include "harness/base/hosts.h"
#include "mock-entra/graph/graph_fixture.h"
#include "mock-entra/webauthn/test_authenticator.h"

namespace keyrig::graph {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMethods =
    "/v1.0/users/adele@contoso.onmicrosoft.com/authentication/fido2Methods";
constexpr const char* kBetaMethods =
    "/beta/users/adele@contoso.onmicrosoft.com/authentication/fido2Methods";

/// An administrator with one key in hand registers it for Adele.
class ProvisioningTest : public GraphTest {
 protected:
  void SetUp() override {
    EnableForAll(/*attestation=*/true);
    key_.say.rp_id = hosts::kWebAuthn;
    key_.say.origin = "https://" + std::string(hosts::kWebAuthn);
    tenant_.attestation_roots = key_.roots;
  }

  Json Options(const std::string& target = std::string(kMethods) + "/creationOptions") {
    const Answer answer = Get(target);
    EXPECT_EQ(answer.status, 200) << answer.Message();
    return answer.body;
  }

  /// The body to post for what the key makes of `options`.
  Json Body(const Json& options) {
    key_.challenge = {FromBase64Url(options["publicKey"]["challenge"].get<std::string>()).value()};
    const webauthn::RegistrationResponse made = key_.Register();
    return {{"displayName", "Blue key"},
            {"publicKeyCredential",
             {{"id", ToBase64Url(key_.say.credential_id)},
              {"response",
               {{"clientDataJSON", ToBase64Url(made.client_data_json)},
                {"attestationObject", ToBase64Url(made.attestation_object)}}},
              {"clientExtensionResults", Json::object()}}}};
  }

  Answer Provision() { return Post(kMethods, Body(Options())); }

  void ExpectRefused(const Answer& answer, const std::string& words) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.Code(), "badRequest");
    EXPECT_THAT(answer.Message(), HasSubstr(words));
    EXPECT_TRUE(Adele().fido2_methods.empty());
  }

  webauthn::TestAuthenticator key_;
};

TEST_F(ProvisioningTest, RegistersAKey) {
  const Answer answer = Provision();
  ASSERT_EQ(answer.status, 201) << answer.Message();
  EXPECT_EQ(answer.body["displayName"], "Blue key");
  EXPECT_EQ(answer.body["attestationLevel"], "attested");
  EXPECT_EQ(answer.body["aaGuid"], key_.aaguid.Text());
  EXPECT_EQ(answer.body["attestationCertificates"][0].get<std::string>().size(), 40U);
  ASSERT_EQ(Adele().fido2_methods.size(), 1U);
  EXPECT_EQ(Adele().fido2_methods[0].user_handle, tenant_.HandleOf(Adele()));
  EXPECT_EQ(answer.headers.Find("Location"), "https://graph.microsoft.com/v1.0/users('" +
                                                 Adele().id + "')/authentication/fido2Methods('" +
                                                 Adele().fido2_methods[0].GraphId() + "')");
  ASSERT_EQ(Events("service.registered").size(), 1U);
  EXPECT_EQ(Events("service.registered")[0].Field("user"), "adele@contoso.onmicrosoft.com");
  EXPECT_EQ(Events("service.registered")[0].Field("attested"), "true");
}

TEST_F(ProvisioningTest, TheOptionsAreTheRealServices) {
  const Json options = Options();
  const Json& key = options["publicKey"];
  EXPECT_EQ(key["rp"], Json({{"id", "login.microsoft.com"}, {"name", "Microsoft"}}));
  EXPECT_EQ(key["user"]["name"], "adele@contoso.onmicrosoft.com");
  EXPECT_EQ(FromBase64Url(key["user"]["id"].get<std::string>()).value(),
            tenant_.HandleOf(Adele()).bytes);
  EXPECT_EQ(key["pubKeyCredParams"],
            Json::parse(R"([{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}])"));
  EXPECT_EQ(key["attestation"], "direct");
  EXPECT_EQ(key["authenticatorSelection"]["requireResidentKey"], true);
  EXPECT_EQ(key["extensions"]["hmacCreateSecret"], true);
  EXPECT_TRUE(key["excludeCredentials"].empty());
  // A compact JWE in base64url: five parts, kilobytes long.
  const Bytes challenge = FromBase64Url(key["challenge"].get<std::string>()).value();
  EXPECT_EQ(std::ranges::count(AsText(challenge), '.'), 4);
  EXPECT_GT(challenge.size(), 4096U);
}

TEST_F(ProvisioningTest, TheThreeFormsOfTheCall) {
  const std::string base = std::string(kBetaMethods) + "/creationOptions";
  EXPECT_EQ(Options(base)["challengeTimeoutDateTime"], "2026-11-24T06:05:00Z");
  EXPECT_EQ(Options(base + "()")["challengeTimeoutDateTime"], "2026-11-24T06:05:00Z");
  EXPECT_EQ(Options(base + "(challengeTimeoutInMinutes=10)")["challengeTimeoutDateTime"],
            "2026-11-24T06:10:00Z");
  EXPECT_EQ(Options(base + "?challengeTimeoutInMinutes=60")["challengeTimeoutDateTime"],
            "2026-11-24T07:00:00Z");
  for (const std::string bad :
       {"(challengeTimeoutInMinutes=4)", "(challengeTimeoutInMinutes=43201)",
        "?challengeTimeoutInMinutes=x", "(minutes=5)"}) {
    EXPECT_EQ(Get(base + bad).status, 400) << bad;
  }
}

TEST_F(ProvisioningTest, VersionOneHasNoTimeoutArgument) {
  const std::string base = std::string(kMethods) + "/creationOptions";
  EXPECT_EQ(Get(base + "(challengeTimeoutInMinutes=10)").status, 400);
  EXPECT_EQ(Options(base + "?challengeTimeoutInMinutes=60")["challengeTimeoutDateTime"],
            "2026-11-24T06:05:00Z");
}

TEST_F(ProvisioningTest, ExcludedIdsComeInEachEncoding) {
  for (int i = 0; i < 2; ++i) {
    directory::Fido2Method method;
    method.credential.id = {Bytes(16, 0xFB)};
    method.credential.transports = {"usb"};
    Adele().fido2_methods.push_back(method);
  }
  const std::string base64 = "+/v7+/v7+/v7+/v7+/v7+w==";
  const std::string url_token = "-_v7-_v7-_v7-_v7-_v7-w2";
  const auto ids = [&] {
    std::vector<std::string> list;
    const Json options = Options();
    for (const Json& entry : options["publicKey"]["excludeCredentials"]) {
      list.push_back(entry["id"]);
      EXPECT_EQ(entry["transports"], Json({"usb"}));
    }
    return list;
  };
  EXPECT_EQ(ids(), (std::vector{base64, url_token}));
  tenant_.exclude_id_encoding = directory::ExcludeIdEncoding::kBase64;
  EXPECT_EQ(ids(), (std::vector{base64, base64}));
  tenant_.exclude_id_encoding = directory::ExcludeIdEncoding::kUrlToken;
  EXPECT_EQ(ids(), (std::vector{url_token, url_token}));
}

TEST_F(ProvisioningTest, NobodyProvisionsForThemself) {
  for (const std::string& target :
       {std::string("/beta/me/authentication/fido2Methods/creationOptions"),
        std::string("/v1.0/users/admin@contoso.onmicrosoft.com/authentication/fido2Methods/"
                    "creationOptions")}) {
    const Answer answer = Get(target);
    EXPECT_EQ(answer.status, 405) << target;
    EXPECT_EQ(answer.Code(), "methodNotAllowed");
  }
  EXPECT_EQ(Post("/v1.0/me/authentication/fido2Methods", Json::object()).status, 405);
}

TEST_F(ProvisioningTest, WantsAPermissionAndARole) {
  const std::string target = std::string(kMethods) + "/creationOptions";
  EXPECT_EQ(Send("GET", target, AppToken({"UserAuthMethod-Passkey.ReadWrite.All"})).status, 200);
  EXPECT_EQ(Send("GET", target, AppToken({"UserAuthenticationMethod.Read.All"})).Code(),
            "accessDenied");
  EXPECT_EQ(
      Send("GET", target, UserToken("alex", {"UserAuthenticationMethod.ReadWrite.All"})).status,
      403);
}

TEST_F(ProvisioningTest, RefusesUsersWhomPolicyDoesNotLet) {
  const auto refused = [&](policy::Denial denial) {
    ExpectRefused(Get(std::string(kMethods) + "/creationOptions"),
                  std::string(policy::Name(denial)));
  };
  tenant_.fido2.isSelfServiceRegistrationAllowed = false;
  refused(policy::Denial::kSelfServiceDisabled);
  tenant_.fido2.isSelfServiceRegistrationAllowed = true;
  tenant_.fido2.excludeTargets = {{"group", Adele().group_ids[0]}};
  refused(policy::Denial::kUserExcluded);
  tenant_.fido2.excludeTargets.clear();
  tenant_.fido2.includeTargets.clear();
  refused(policy::Denial::kUserNotTargeted);
  tenant_.fido2.state = "disabled";
  refused(policy::Denial::kMethodDisabled);
}

TEST_F(ProvisioningTest, ChecksPolicyAgainWhenTheKeyArrives) {
  const Json body = Body(Options());
  tenant_.fido2.state = "disabled";
  ExpectRefused(Post(kMethods, body), std::string(policy::Name(policy::Denial::kMethodDisabled)));
}

TEST_F(ProvisioningTest, RefusesAModelThatIsNotAllowed) {
  tenant_.fido2.keyRestrictions = {true, "allow", {Aaguid{}}};
  ExpectRefused(Provision(), std::string(policy::Name(policy::Denial::kKeyRestricted)));
  tenant_.fido2.keyRestrictions.aaGuids = {key_.aaguid};
  EXPECT_EQ(Provision().status, 201);
}

TEST_F(ProvisioningTest, RefusesAnUnattestedKeyWhereAttestationIsEnforced) {
  tenant_.attestation_roots.clear();
  ExpectRefused(Provision(), "§7.1");
  key_.say.attestation = webauthn::TestAttestation::kSelf;
  ExpectRefused(Provision(), "§7.1");
  tenant_.fido2.isAttestationEnforced = false;
  const Answer answer = Provision();
  ASSERT_EQ(answer.status, 201) << answer.Message();
  EXPECT_EQ(answer.body["attestationLevel"], "notAttested");
}

TEST_F(ProvisioningTest, RefusesAKeyThatIsRegisteredAlready) {
  ASSERT_EQ(Provision().status, 201);
  const Answer again = Provision();
  EXPECT_EQ(again.Code(), "badRequest");
  EXPECT_THAT(again.Message(), HasSubstr("already registered"));
  EXPECT_EQ(Adele().fido2_methods.size(), 1U);
}

TEST_F(ProvisioningTest, AChallengeWorksOnceForOneUserUntilItExpires) {
  const Json body = Body(Options());
  const std::string alex = "/v1.0/users/alex@contoso.onmicrosoft.com/authentication/fido2Methods";
  ExpectRefused(Post(alex, body), "challenge is not one that is open for alex");
  ASSERT_EQ(Post(kMethods, body).status, 201);
  Adele().fido2_methods.clear();
  ExpectRefused(Post(kMethods, body), "challenge is not one");
  const Json late = Body(Options());
  clock_.Advance(std::chrono::minutes(5));
  ExpectRefused(Post(kMethods, late), "expired");
}

TEST_F(ProvisioningTest, RefusesAnotherOrigin) {
  key_.say.origin = "https://login.microsoftonline.com";
  ExpectRefused(Provision(), "§7.1");
}

TEST_F(ProvisioningTest, RefusesAKeyThatDidNotVerifyItsUser) {
  key_.say.flags = webauthn::flag::kUserPresent;
  ExpectRefused(Provision(), "§7.1");
}

TEST_F(ProvisioningTest, RefusesBodiesOfTheWrongShape) {
  const Json good = Body(Options());
  const auto refused = [&](const std::string& words, const std::function<void(Json&)>& change) {
    Json body = good;
    change(body);
    ExpectRefused(Post(kMethods, body), words);
  };
  refused("'publicKeyCredential' is missing", [](Json& body) {
    body = body["publicKeyCredential"];
    body.clear();
  });
  refused("'id' does not exist", [](Json& body) { body = body["publicKeyCredential"]; });
  refused("holds JSON", [](Json& body) { body = Json(body.dump()); });
  refused("'rawId'", [](Json& body) { body["publicKeyCredential"]["rawId"] = "AA"; });
  refused("'transports'",
          [](Json& body) { body["publicKeyCredential"]["response"]["transports"] = {"usb"}; });
  refused("base64url without padding", [](Json& body) {
    Json& id = body["publicKeyCredential"]["id"];
    id = id.get<std::string>() + "==";
  });
  refused("is not the credential id",
          [](Json& body) { body["publicKeyCredential"]["id"] = "AAAA"; });
  refused("clientDataJSON is not",
          [](Json& body) { body["publicKeyCredential"]["response"]["clientDataJSON"] = "AAAA"; });
  refused("'response' is missing",
          [](Json& body) { body["publicKeyCredential"].erase("response"); });
  refused("1 to 30", [](Json& body) { body["displayName"] = std::string(31, 'x'); });
  refused("1 to 30", [](Json& body) { body["displayName"] = ""; });
  refused("must be a text", [](Json& body) { body["displayName"] = 1; });
  ExpectRefused(Send("POST", kMethods, Admin(), "{"), "not JSON");
  EXPECT_EQ(Post(kMethods, good).status, 201);
}

TEST_F(ProvisioningTest, OnlyBetaInsistsOnADisplayName) {
  Json body = Body(Options());
  body.erase("displayName");
  ExpectRefused(Post(kBetaMethods, body), "displayName");
  const Answer answer = Post(kMethods, body);
  ASSERT_EQ(answer.status, 201) << answer.Message();
  EXPECT_EQ(answer.body["displayName"], "Security key");
}

}  // namespace
}  // namespace keyrig::graph
