#include <gtest/gtest.h>

#include "mock-entra/signin/test_service.h"

namespace keyrig::signin {
namespace {

/// Adele's registered key, and the pages that ask for it.
class FidoTest : public ::testing::Test {
 protected:
  FidoTest() { service_.Register(key_, kAdele); }

  /// The page on login.microsoft.com; an empty name leaves it to the key to say who it is.
  http::Response OpenCeremony(std::string_view user_name = "") {
    TestForm form = FormOf(browser_.Get(AuthorizeUrl()), "fidoform");
    form.fields["username"] = user_name;
    return browser_.Submit(form);
  }

  TestForm Answer(const http::Response& ceremony) {
    TestForm form = FormOf(ceremony, "hiddenform");
    form.fields["assertion"] =
        service_.Assertion(key_, ConfigOf(ceremony)["sFidoChallenge"].get<std::string>());
    return form;
  }

  /// One sign-in with the key, as `key_` says it; the code that it ends with, or the page's name.
  std::string SignIn(std::string_view user_name = "") {
    return EndOf(browser_.Submit(Answer(OpenCeremony(user_name))));
  }

  static std::string EndOf(const http::Response& page) {
    const auto config = ConfigOf(page);
    if (config["pgid"] == "KmsiInterrupt") return "granted";
    return config["sErrorCode"].get<std::string>();
  }

  webauthn::CredentialRecord& Record() { return service_.User(kAdele).fido2_methods[0].credential; }

  TestService service_;
  TestBrowser& browser_ = service_.browser;
  TestKey key_;
};

TEST_F(FidoTest, CeremonyPageSaysWhatTheBrowserNeeds) {
  const auto config = ConfigOf(OpenCeremony());
  EXPECT_EQ(config["sFidoRpId"], "login.microsoft.com");
  EXPECT_EQ(config["iFidoTimeout"], 600000);
  EXPECT_TRUE(config["arrFidoAllowList"].empty());
  EXPECT_GT(config["sFidoChallenge"].get<std::string>().size(), 500U);
  const auto named = ConfigOf(OpenCeremony(kAdele));
  EXPECT_EQ(named["arrFidoAllowList"], nlohmann::json::array({ToBase64(key_.say.credential_id)}));
}

TEST_F(FidoTest, KeySignsInWithAndWithoutUserName) {
  EXPECT_EQ(SignIn(), "granted");
  browser_.cookies.clear();
  key_.say.sign_count = 2;
  EXPECT_EQ(SignIn(kAdele), "granted");
  const auto signed_in = service_.EventsOf("service.signed_in");
  ASSERT_EQ(signed_in.size(), 2U);
  EXPECT_EQ(signed_in[0].Field("user"), kAdele);
  EXPECT_EQ(signed_in[0].Field("method"), "fido");
  EXPECT_EQ(signed_in[0].Field("amr"), "fido mfa");
}

TEST_F(FidoTest, KeyThatNamesNobodySignsInByUserName) {
  key_.say.user_handle.clear();
  EXPECT_EQ(SignIn(kAdele), "granted");
}

TEST_F(FidoTest, RecordIsBroughtUpToDate) {
  key_.say.sign_count = 41;
  EXPECT_EQ(SignIn(), "granted");
  EXPECT_EQ(Record().sign_count, 41U);
}

TEST_F(FidoTest, BodyNeedsNoPercentEncoding) {
  const TestForm form = Answer(OpenCeremony());
  http::Request request = TestBrowser::RequestFor("POST", form.action);
  for (const auto& [name, value] : form.fields) {
    const bool is_raw = name == "assertion";
    request.body += name + "=" + (is_raw ? value : http::UrlEncode(value)) + "&";
  }
  EXPECT_EQ(EndOf(browser_.Send(std::move(request))), "granted");
}

TEST_F(FidoTest, SameAssertionMayComeTwiceInItsSignIn) {
  const TestForm form = Answer(OpenCeremony());
  EXPECT_EQ(EndOf(browser_.Submit(form)), "granted");
  EXPECT_EQ(EndOf(browser_.Submit(form)), "granted");
  EXPECT_EQ(service_.EventsOf("service.signed_in").size(), 1U);
}

TEST_F(FidoTest, AssertionOfAnotherSignInIs135018) {
  const TestForm used = Answer(OpenCeremony());
  TestForm form = FormOf(OpenCeremony(), "hiddenform");
  form.fields["assertion"] = used.fields.at("assertion");
  EXPECT_EQ(EndOf(browser_.Submit(form)), "135018");
}

TEST_F(FidoTest, ChallengeServesOnce) {
  key_.say.origin = "https://login.microsoft.example";
  const TestForm form = Answer(OpenCeremony());
  EXPECT_EQ(EndOf(browser_.Submit(form)), "135008");
  EXPECT_EQ(EndOf(browser_.Submit(form)), "135018");
}

TEST_F(FidoTest, ChallengeOlderThanFiveMinutesIs135019) {
  const TestForm form = Answer(OpenCeremony());
  service_.clock.Advance(std::chrono::minutes(5));
  EXPECT_EQ(EndOf(browser_.Submit(form)), "135019");
}

TEST_F(FidoTest, SignatureOfAnotherKeyIs135000) {
  Record().public_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, key_.stream).Public();
  EXPECT_EQ(SignIn(), "135000");
  EXPECT_EQ(service_.Refusals("135000"), 1);
}

TEST_F(FidoTest, DeletedKeyIs135010) {
  service_.User(kAdele).fido2_methods.clear();
  EXPECT_EQ(SignIn(), "135010");
  EXPECT_EQ(SignIn(kAdele), "135010");
}

TEST_F(FidoTest, MissingTouchOrVerificationIs135003) {
  key_.say.flags = webauthn::flag::kUserPresent;
  EXPECT_EQ(SignIn(), "135003");
  key_.say.flags = webauthn::flag::kUserVerified;
  EXPECT_EQ(SignIn(), "135003");
}

TEST_F(FidoTest, WrongTypeIs135007) {
  key_.say.type = "webauthn.create";
  EXPECT_EQ(SignIn(), "135007");
}

TEST_F(FidoTest, OtherOriginOrRelyingPartyIs135008) {
  key_.say.origin = "https://login.microsoftonline.com";
  EXPECT_EQ(SignIn(), "135008");
  key_.say.origin = "https://login.microsoft.com";
  key_.say.rp_id = "login.microsoftonline.com";
  EXPECT_EQ(SignIn(), "135008");
}

TEST_F(FidoTest, HandleOfAnotherUserIs135012) { EXPECT_EQ(SignIn(kAlex), "135012"); }

TEST_F(FidoTest, HandleWithAnotherPrefixIs135013) {
  key_.say.user_handle[1] = 'N';
  EXPECT_EQ(SignIn(), "135013");
}

TEST_F(FidoTest, HandleOfWrongLengthIs135014) {
  key_.say.user_handle.pop_back();
  EXPECT_EQ(SignIn(), "135014");
  key_.say.user_handle.clear();
  EXPECT_EQ(SignIn(), "135014") << "no handle and no user name";
}

TEST_F(FidoTest, HandleOfNobodyIs500344) {
  key_.say.user_handle.back() ^= 1;
  EXPECT_EQ(SignIn(), "500344");
}

TEST_F(FidoTest, UnknownUserNameIs500344) {
  EXPECT_EQ(ConfigOf(OpenCeremony("who@contoso.example"))["iErrorCode"], 500344);
}

TEST_F(FidoTest, MethodTurnedOffIs135016) {
  service_.tenant.fido2.state = "disabled";
  EXPECT_EQ(SignIn(), "135016");
}

TEST_F(FidoTest, ExcludedUserIs135016) {
  service_.tenant.fido2.excludeTargets = {{"group", service_.tenant.groups[0].id}};
  EXPECT_EQ(SignIn(), "135016");
}

TEST_F(FidoTest, UserOutOfScopeIs130501) {
  service_.tenant.fido2.includeTargets = {{"user", service_.User(kAlex).id, false}};
  EXPECT_EQ(SignIn(), "130501");
}

TEST_F(FidoTest, RestrictedModelIs135016) {
  service_.tenant.fido2.keyRestrictions = {true, "allow", {}};
  EXPECT_EQ(SignIn(), "135016");
  service_.tenant.fido2.keyRestrictions.aaGuids = {key_.aaguid};
  EXPECT_EQ(SignIn(), "granted");
}

TEST_F(FidoTest, AttestationIsNotLookedAtAgain) {
  service_.tenant.fido2.isAttestationEnforced = true;
  Record().attested = false;
  EXPECT_EQ(SignIn(), "granted");
}

TEST_F(FidoTest, DisabledAccountIs50057) {
  service_.User(kAdele).account_enabled = false;
  EXPECT_EQ(SignIn(), "50057");
}

TEST_F(FidoTest, CounterThatGoesBackIs135017) {
  Record().sign_count = 10;
  key_.say.sign_count = 10;
  EXPECT_EQ(SignIn(), "135017");
  key_.say.sign_count = 11;
  EXPECT_EQ(SignIn(), "granted");
}

TEST_F(FidoTest, MalformedAssertionsAre135020) {
  for (const std::string assertion :
       {"", "[]", "{}", R"({"id":"!","clientDataJSON":"","authenticatorData":"","signature":""})",
        R"({"id":"AA","clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"})"}) {
    TestForm form = FormOf(OpenCeremony(), "hiddenform");
    form.fields["assertion"] = assertion;
    EXPECT_EQ(EndOf(browser_.Submit(form)), "135020") << assertion;
  }
}

TEST_F(FidoTest, TruncatedAuthenticatorDataIs135020) {
  key_.say.change_authenticator_data = [](Bytes& data) { data.resize(36); };
  EXPECT_EQ(SignIn(), "135020");
}

TEST_F(FidoTest, AfterARefusalAnotherCeremonyMayFollow) {
  key_.say.flags = webauthn::flag::kUserPresent;
  const http::Response refused = browser_.Submit(Answer(OpenCeremony()));
  key_.say.flags |= webauthn::flag::kUserVerified;
  const http::Response ceremony = browser_.Submit(FormOf(refused, "fidoform"));
  EXPECT_EQ(EndOf(browser_.Submit(Answer(ceremony))), "granted");
}

TEST_F(FidoTest, CrossDomainCanaryIsChecked) {
  TestForm form = Answer(OpenCeremony());
  form.fields["lmcCanary"] = "forged";
  EXPECT_EQ(EndOf(browser_.Submit(form)), "165000");
}

TEST_F(FidoTest, ForeignUrlsAndFlowsAreRefused) {
  const auto open_with = [this](const std::string& field, const std::string& value) {
    TestForm form = FormOf(browser_.Get(AuthorizeUrl()), "fidoform");
    form.fields[field] = value;
    if (field == "ctx") form.fields["canary"] = value;
    return ConfigOf(browser_.Submit(form))["iErrorCode"];
  };
  EXPECT_EQ(open_with("postBackUrl", "https://evil.example/common/login"), 135004);
  EXPECT_EQ(open_with("postBackUrl", "https://login.microsoftonline.com.evil.example/login"),
            135004);
  EXPECT_EQ(open_with("cancelUrl", "https://evil.example/common/reprocess"), 135005);
  EXPECT_EQ(open_with("resumeUrl", "javascript:alert(1)"), 135006);
  EXPECT_EQ(open_with("ctx", "unknown"), 135009);
}

/// The page that makes a credential.
class FidoCreateTest : public ::testing::Test {
 protected:
  http::Response Open(const FormFields& changed = {}) {
    TestForm form;
    form.action = "https://login.microsoft.com/" + service_.tenant.id + "/fido/create?cid=1";
    form.fields = {{"canary", "canary"},
                   {"serverChallenge", "a.b.c"},
                   {"userId", "T0Y6"},
                   {"memberName", std::string(kAdele)},
                   {"userDisplayName", "Adele Vance"},
                   {"postBackUrl", "https://mysignins.microsoft.com/api/post/newfido"},
                   {"ExcludeNextGenCredentialsJSON", R"(["AQIDBA2"])"}};
    for (const auto& [name, value] : changed) form.fields[name] = value;
    return service_.browser.Submit(form);
  }
  TestService service_;
};

TEST_F(FidoCreateTest, AsksForADiscoverableVerifiedCredential) {
  const http::Response page = Open();
  const auto config = ConfigOf(page);
  EXPECT_EQ(config["oFidoRp"]["id"], "login.microsoft.com");
  EXPECT_EQ(config["serverChallenge"], "a.b.c");
  EXPECT_EQ(config["oFidoUser"]["id"], "T0Y6");
  EXPECT_EQ(config["arrFidoAlgorithms"], nlohmann::json::array({-7, -257}));
  EXPECT_EQ(config["arrFidoExcludeList"], nlohmann::json::array({"AQIDBA"}));
  EXPECT_EQ(config["oFidoAuthenticatorSelection"]["userVerification"], "required");
  EXPECT_EQ(config["oFidoAuthenticatorSelection"]["requireResidentKey"], true);
  EXPECT_EQ(config["sFidoAttestation"], "direct");
  EXPECT_EQ(config["oFidoExtensions"]["hmacCreateSecret"], true);
  const TestForm form = FormOf(page, "hiddenform");
  EXPECT_EQ(form.action, "https://mysignins.microsoft.com/api/post/newfido");
  EXPECT_EQ(form.fields.at("canary"), "canary");
  EXPECT_TRUE(form.fields.contains("attestationObject"));
}

TEST_F(FidoCreateTest, RefusesWhatIsMissingOrForeign) {
  const auto code = [this](const FormFields& changed) {
    return ConfigOf(Open(changed))["iErrorCode"];
  };
  EXPECT_EQ(code({{"serverChallenge", ""}}), 90014);
  EXPECT_EQ(code({{"postBackUrl", "https://evil.example/"}}), 135004);
  EXPECT_EQ(code({{"ExcludeNextGenCredentialsJSON", "{}"}}), 135015);
  EXPECT_EQ(code({{"ExcludeNextGenCredentialsJSON", R"(["!"])"}}), 135015);
}

}  // namespace
}  // namespace keyrig::signin
