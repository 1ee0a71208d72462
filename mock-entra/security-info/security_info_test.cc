#include "mock-entra/security-info/security_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/directory/first_party.h"
#include "mock-entra/signin/test_service.h"

namespace keyrig::security_info {
namespace {

using nlohmann::json;
using signin::ConfigOf;
using signin::FormOf;
using signin::kAdele;
using signin::kAlex;
using webauthn::TestAttestation;

constexpr int kFido = 12;
constexpr int kPasskey = 18;

/// Adele's browser at My Security Info, with a new key in her hand.
class SecurityInfoTest : public ::testing::Test {
 protected:
  SecurityInfoTest()
      : security_info_(service_.service), browser_([this](const http::Request& request) {
          return request.host == "mysignins.microsoft.com" ? security_info_.Handle(request)
                                                           : service_.signin.Handle(request);
        }) {
    service_.tenant.attestation_roots = key_.roots;
    SignIn(kAdele);
  }

  directory::TokenClaims FreshClaims(std::string_view user) {
    directory::TokenClaims claims;
    claims.audience = claims.client_id = directory::first_party::kMySignIns.client_id;
    claims.user_id = service_.User(user).id;
    claims.amr = {"otp", "mfa", "ngcmfa"};
    claims.authenticated = service_.clock.Now();
    claims.expires = service_.clock.Now() + std::chrono::hours(1);
    return claims;
  }
  void UseToken(const directory::TokenClaims& claims) {
    token_ = service_.tokens.Issue(directory::TokenKind::kAccessV1, claims);
  }
  /// A fresh token and a session context for it.
  json SignIn(std::string_view user) {
    UseToken(FreshClaims(user));
    const json answer = Call("/api/session/authorize", json::object());
    session_ = answer["sessionCtxV2"].get<std::string>();
    return answer;
  }

  http::Response Send(const std::string& path, const json& body) {
    http::Request request = signin::TestBrowser::RequestFor(
        body.is_null() ? "GET" : "POST", "https://mysignins.microsoft.com" + path);
    if (!token_.empty()) request.headers.Add("Authorization", "Bearer " + token_);
    if (!session_.empty()) request.headers.Add("SessionCtxV2", session_);
    if (!body.is_null()) request.body = body.dump();
    return browser_.Send(std::move(request));
  }
  json Call(const std::string& path, const json& body) {
    return json::parse(Send(path, body).body, nullptr, false);
  }
  json Method(const std::string& name, const json& body = nullptr) {
    return Call("/api/authenticationmethods/" + name, body);
  }
  json New(int type = kPasskey) { return Method("new", {{"Type", type}}); }

  /// From `new` to what the page after the ceremony holds.
  json Ceremony() {
    const json data = json::parse(New()["Data"].get<std::string>());
    signin::FormFields fields;
    for (const auto& [name, value] : data["requestData"].items()) {
      fields.emplace_back(name, value.is_null() ? "" : value.get<std::string>());
    }
    const http::Response page =
        browser_.Post(data["provisionUrl"].get<std::string>() + "?cid=1", fields);
    const json config = ConfigOf(page);
    key_.challenge.bytes = ToBytes(config["serverChallenge"].get<std::string>());
    const webauthn::RegistrationResponse made = key_.Register();
    signin::TestForm form = FormOf(page, "hiddenform");
    form.fields["transports"] = "usb";
    form.fields["aaguid"] = key_.aaguid.Text();
    form.fields["credentialDeviceType"] = "singleDevice";
    form.fields["clientDataJson"] = ToBase64Url(made.client_data_json);
    form.fields["attestationObject"] = ToBase64Url(made.attestation_object);
    form.fields["credentialId"] = ToBase64Url(key_.say.credential_id);
    const http::Response back = browser_.Submit(form);
    return json::parse(signin::AttributeOf(back, "context", "data-content"));
  }
  json Verify(json context, const std::string& name = "Blue key") {
    if (!name.empty()) context["Name"] = name;
    return Method("verify", {{"Type", kPasskey}, {"VerificationData", context.dump()}});
  }
  /// A whole registration; the ErrorCode that it ends with.
  int Register() { return Verify(Ceremony())["ErrorCode"].get<int>(); }

  directory::User& Adele() { return service_.User(kAdele); }

  signin::TestService service_;
  SecurityInfo security_info_;
  signin::TestBrowser browser_;
  signin::TestKey key_;
  std::string token_, session_;
};

TEST_F(SecurityInfoTest, PageSaysHowToWorkWithIt) {
  for (const char* path : {"/", "/security-info"}) {
    const http::Response page = browser_.Get("https://mysignins.microsoft.com" + std::string(path));
    EXPECT_EQ(page.status, 200);
    const json config = signin::ScriptOf(page, "config");
    EXPECT_EQ(config["clientId"], "19db86c3-b2b9-44cc-b339-36da233a3be2");
    EXPECT_EQ(config["redirectUri"], "https://mysignins.microsoft.com");
    EXPECT_EQ(config["api"]["new"], "/api/authenticationmethods/new");
    EXPECT_TRUE(json::parse(config["stepUpClaims"].get<std::string>()).contains("access_token"));
    EXPECT_EQ(page.body.find("$("), std::string::npos);
  }
  for (const char* name : {"token.js", "security_info.js", "newfido.js", "security_info.css"}) {
    EXPECT_EQ(browser_.Get("https://mysignins.microsoft.com/assets/" + std::string(name)).status,
              200);
  }
  EXPECT_EQ(browser_.Get("https://mysignins.microsoft.com/nothing").status, 404);
  EXPECT_EQ(browser_.Get("https://mysignins.microsoft.com/api/session/authorize").status, 405);
}

TEST_F(SecurityInfoTest, CallsWithoutAGoodTokenAre401WithoutBody) {
  const std::vector<std::string> tokens = {"", "nonsense", [this] {
                                             auto claims = FreshClaims(kAdele);
                                             claims.audience = "https://graph.microsoft.com";
                                             return service_.tokens.Issue(
                                                 directory::TokenKind::kAccessV1, claims);
                                           }()};
  for (const std::string& token : tokens) {
    token_ = token;
    const http::Response response = Send("/api/authenticationmethods/new", {{"Type", kPasskey}});
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, "");
  }
}

TEST_F(SecurityInfoTest, SessionSaysWhetherMfaIsFresh) {
  EXPECT_EQ(SignIn(kAdele)["requireNgcMfaForSecurityInfo"], false);
  service_.clock.Advance(std::chrono::minutes(5) + std::chrono::seconds(1));
  EXPECT_EQ(Call("/api/session/authorize", json::object())["requireNgcMfaForSecurityInfo"], true);
  auto claims = FreshClaims(kAdele);
  claims.amr = {"pwd"};
  UseToken(claims);
  const json answer = Call("/api/session/authorize", json::object());
  EXPECT_EQ(answer["requireNgcMfaForSecurityInfo"], true);
  EXPECT_EQ(answer["hasMfaClaim"], false);
}

TEST_F(SecurityInfoTest, RegistersAKey) {
  const json answer = Verify(Ceremony());
  EXPECT_EQ(answer["ErrorCode"], 0);
  EXPECT_EQ(answer["VerificationState"], 2);
  const json device = answer["DataUpdates"]["FidoDevices"];
  EXPECT_EQ(device["DisplayName"], "Blue key");
  EXPECT_EQ(device["AaGuid"], key_.aaguid.Text());
  EXPECT_EQ(device["CredentialId"], directory::UrlTokenEncode(key_.say.credential_id));
  ASSERT_EQ(Adele().fido2_methods.size(), 1U);
  const directory::Fido2Method& method = Adele().fido2_methods[0];
  EXPECT_TRUE(method.credential.attested);
  EXPECT_EQ(method.credential.transports, std::vector<std::string>{"usb"});
  EXPECT_EQ(method.user_handle, service_.tenant.HandleOf(Adele()));
  const auto registered = service_.EventsOf("service.registered");
  ASSERT_EQ(registered.size(), 1U);
  EXPECT_EQ(registered[0].Field("user"), kAdele);
  EXPECT_EQ(Method("registeredmethods")["FidoDevices"][0], device);
}

TEST_F(SecurityInfoTest, RequestDataIsWhatTheCeremonyPageWants) {
  service_.Register(key_, kAdele);
  const json answer = New();
  EXPECT_EQ(answer["VerificationState"], 1);
  const json data = json::parse(answer["Data"].get<std::string>());
  EXPECT_EQ(data["provisionUrl"],
            "https://login.microsoft.com/" + service_.tenant.id + "/fido/create");
  const json request = data["requestData"];
  EXPECT_EQ(request["memberName"], kAdele);
  EXPECT_EQ(request["userId"], ToBase64Url(service_.tenant.HandleOf(Adele()).bytes));
  EXPECT_EQ(json::parse(request["ExcludeNextGenCredentialsJSON"].get<std::string>()),
            json::array({directory::UrlTokenEncode(key_.say.credential_id)}));
  EXPECT_GT(request["serverChallenge"].get<std::string>().size(), 4000U);
}

TEST_F(SecurityInfoTest, WhatFollowsTheCeremonyGoesBackToThePage) {
  const http::Response back = browser_.Post("https://mysignins.microsoft.com/api/post/newfido",
                                            {{"canary", "a b"}, {"transports", "usb"}});
  EXPECT_EQ(
      signin::AttributeOf(back, "redirectUrl", "data-content"),
      "https://mysignins.microsoft.com/security-info#fidoProvisionSuccess=a%20b&postinfo=usb");
  const http::Response failed = browser_.Post("https://mysignins.microsoft.com/api/post/newfido",
                                              {{"canary", "a"}, {"error_code", "NotAllowedError"}});
  EXPECT_THAT(signin::AttributeOf(failed, "redirectUrl", "data-content"),
              testing::HasSubstr("#fidoProvisionError=NotAllowedError"));
}

TEST_F(SecurityInfoTest, MethodIsOfferedOnlyWherePolicyLets) {
  EXPECT_TRUE(Method("availablemethods").contains("Fido"));
  service_.tenant.fido2.isSelfServiceRegistrationAllowed = false;
  EXPECT_TRUE(Method("availablemethods").empty());
}

TEST_F(SecurityInfoTest, MethodOffOrWithoutSelfServiceIs21) {
  service_.tenant.fido2.state = "disabled";
  EXPECT_EQ(New()["ErrorCode"], 21);
  service_.tenant.fido2.state = "enabled";
  service_.tenant.fido2.isSelfServiceRegistrationAllowed = false;
  EXPECT_EQ(New()["ErrorCode"], 21);
  EXPECT_EQ(service_.Refusals("21"), 2);
}

TEST_F(SecurityInfoTest, UserExcludedOrOutOfScopeIs20) {
  service_.tenant.fido2.excludeTargets = {{"group", service_.tenant.groups[0].id}};
  EXPECT_EQ(New()["ErrorCode"], 20);
  service_.tenant.fido2.excludeTargets.clear();
  service_.tenant.fido2.includeTargets = {{"user", service_.User(kAlex).id, false}};
  EXPECT_EQ(New()["ErrorCode"], 20);
}

TEST_F(SecurityInfoTest, PolicyIsAskedAgainAfterTheCeremony) {
  const json context = Ceremony();
  service_.tenant.fido2.state = "disabled";
  const json answer = Verify(context);
  EXPECT_EQ(answer["ErrorCode"], 21);
  EXPECT_EQ(answer["VerificationState"], 3);
  EXPECT_TRUE(answer["DataUpdates"].is_null());
}

TEST_F(SecurityInfoTest, StaleMfaIs6) {
  service_.clock.Advance(std::chrono::minutes(5) + std::chrono::seconds(1));
  EXPECT_EQ(New()["ErrorCode"], 6);
  service_.tenant.freshness_window = std::chrono::minutes(15);
  EXPECT_EQ(New()["ErrorCode"], 0);
}

TEST_F(SecurityInfoTest, TokenWithoutNgcmfaIs6) {
  auto claims = FreshClaims(kAdele);
  claims.amr = {"otp", "mfa"};
  UseToken(claims);
  EXPECT_EQ(New()["ErrorCode"], 6);
}

TEST_F(SecurityInfoTest, ScopeComesBeforeFreshness) {
  service_.clock.Advance(std::chrono::minutes(6));
  service_.tenant.fido2.state = "disabled";
  EXPECT_EQ(New()["ErrorCode"], 21);
}

TEST_F(SecurityInfoTest, CanaryIsTheUsersOwnAndServesOnce) {
  json context = Ceremony();
  json forged = context;
  forged["Canary"] = "forged";
  EXPECT_EQ(Verify(forged)["ErrorCode"], 3);
  SignIn(kAlex);
  EXPECT_EQ(Verify(context)["ErrorCode"], 3);
  SignIn(kAdele);
  EXPECT_EQ(Verify(context)["ErrorCode"], 0);
  EXPECT_EQ(Verify(context)["ErrorCode"], 3);
}

TEST_F(SecurityInfoTest, ChallengeOlderThanFiveMinutesIs8) {
  const json context = Ceremony();
  service_.clock.Advance(std::chrono::minutes(5));
  EXPECT_EQ(Verify(context)["ErrorCode"], 8);
}

TEST_F(SecurityInfoTest, AttestationIsJudgedAsPolicySays) {
  service_.tenant.fido2.isAttestationEnforced = true;
  key_.say.attestation = TestAttestation::kSelf;
  EXPECT_EQ(Register(), 23);
  key_.say.attestation = TestAttestation::kNone;
  EXPECT_EQ(Register(), 23);
  key_.say.attestation = TestAttestation::kCertified;
  service_.tenant.attestation_roots.clear();
  EXPECT_EQ(Register(), 23);
  service_.tenant.fido2.isAttestationEnforced = false;
  EXPECT_EQ(Register(), 0);
  EXPECT_FALSE(Adele().fido2_methods[0].credential.attested);
}

TEST_F(SecurityInfoTest, UnknownAttestationFormatIs13) {
  key_.say.format = "sundry";
  EXPECT_EQ(Register(), 13);
}

TEST_F(SecurityInfoTest, ModelThatIsNotAllowedIs7AfterAttestation) {
  service_.tenant.fido2.keyRestrictions = {true, "allow", {}};
  EXPECT_EQ(Register(), 7);
  service_.tenant.fido2.keyRestrictions = {true, "block", {key_.aaguid}};
  EXPECT_EQ(Register(), 7);
  key_.say.attestation = TestAttestation::kSelf;
  EXPECT_EQ(Register(), 23);
  key_.say.attestation = TestAttestation::kCertified;
  service_.tenant.fido2.keyRestrictions = {true, "allow", {key_.aaguid}};
  EXPECT_EQ(Register(), 0);
}

TEST_F(SecurityInfoTest, CeremonyThatDoesNotVerifyIs24) {
  const auto with = [this](auto change) {
    key_.say = signin::TestKey().say;
    change(key_.say);
    return Register();
  };
  EXPECT_EQ(with([](auto& say) { say.origin = "https://evil.example"; }), 24);
  EXPECT_EQ(with([](auto& say) { say.rp_id = "evil.example"; }), 24);
  EXPECT_EQ(with([](auto& say) { say.type = "webauthn.get"; }), 24);
  EXPECT_EQ(with([](auto& say) { say.flags = webauthn::flag::kUserPresent; }), 24);
}

TEST_F(SecurityInfoTest, MalformedDataIs13Or22) {
  json context = Ceremony();
  context["AttestationObject"] = "AAAA";
  EXPECT_EQ(Verify(context)["ErrorCode"], 13);
  context = Ceremony();
  context["AttestationObject"] = "not base64!";
  EXPECT_EQ(Verify(context)["ErrorCode"], 13);
  context = Ceremony();
  context["ClientDataJson"] = "AAAA";
  EXPECT_EQ(Verify(context)["ErrorCode"], 22);
  context = Ceremony();
  context["CredentialId"] = "AAAA";
  EXPECT_EQ(Verify(context)["ErrorCode"], 22);
}

TEST_F(SecurityInfoTest, MissingMembersAre14Or5) {
  const json context = Ceremony();
  const auto without = [&](const char* name) {
    json data = context;
    data["Name"] = "Blue key";
    data.erase(name);
    return Verify(data, "")["ErrorCode"].get<int>();
  };
  for (const char* name :
       {"Name", "Canary", "AttestationObject", "ClientDataJson", "CredentialId"}) {
    EXPECT_EQ(without(name), 14) << name;
  }
  EXPECT_EQ(without("AAGuid"), 5);
  EXPECT_EQ(without("CredentialDeviceType"), 5);
  EXPECT_EQ(Method("verify", {{"Type", kPasskey}})["ErrorCode"], 14);
  EXPECT_EQ(Method("verify", {{"Type", kPasskey}, {"VerificationData", "["}})["ErrorCode"], 4);
}

TEST_F(SecurityInfoTest, NameHasOneToThirtyCharacters) {
  std::string name;
  for (int i = 0; i < 30; ++i) name += "é";
  EXPECT_EQ(Verify(Ceremony(), name + "é")["ErrorCode"], 4);
  EXPECT_EQ(Verify(Ceremony(), name)["ErrorCode"], 0);
}

TEST_F(SecurityInfoTest, TenKeysAreTheLimit) {
  for (std::uint8_t i = 0; i < 10; ++i) {
    key_.say.credential_id = Bytes(16, i);
    service_.Register(key_, kAdele);
  }
  EXPECT_EQ(New()["ErrorCode"], 4);
  Adele().fido2_methods.pop_back();
  EXPECT_EQ(New()["ErrorCode"], 0);
}

TEST_F(SecurityInfoTest, CredentialThatIsRegisteredAlreadyIs17) {
  service_.Register(key_, kAlex);
  EXPECT_EQ(Register(), 17);
}

TEST_F(SecurityInfoTest, OtherTypesAre4) { EXPECT_EQ(New(6)["ErrorCode"], 4); }

TEST_F(SecurityInfoTest, SessionContextIsTheUsersOwn) {
  const std::string of_adele = session_;
  SignIn(kAlex);
  session_ = of_adele;
  EXPECT_EQ(New()["ErrorCode"], 33);
  session_.clear();
  EXPECT_EQ(New()["ErrorCode"], 33);
}

TEST_F(SecurityInfoTest, DeletesTheUsersOwnKeysOnly) {
  service_.Register(key_, kAdele);
  const auto remove = [this](const std::string& id) {
    return Method("delete", {{"Type", kFido}, {"Data", json{{"CredentialId", id}}.dump()}});
  };
  const std::string id = Adele().fido2_methods[0].GraphId();
  EXPECT_EQ(remove("AAAA0")["ErrorCode"], 32);
  SignIn(kAlex);
  EXPECT_EQ(remove(id)["ErrorCode"], 32);
  SignIn(kAdele);
  EXPECT_EQ(remove(id)["Deleted"], true);
  EXPECT_TRUE(Adele().fido2_methods.empty());
  EXPECT_EQ(remove("")["ErrorCode"], 14);
  EXPECT_EQ(service_.EventsOf("service.deleted").size(), 1U);
}

TEST_F(SecurityInfoTest, TokenOfTheSignInServiceOpensIt) {
  const signin::Proof proof = signin::FidoProof();
  const auto& session = signin::StartSession(service_.service, Adele(), proof);
  browser_.cookies["login.microsoftonline.com"]["ESTSAUTH"] = session.id;
  const json config =
      signin::ScriptOf(browser_.Get("https://mysignins.microsoft.com/security-info"), "config");
  const auto text = [&config](const char* name) { return config[name].get<std::string>(); };
  const std::string answer = signin::Location(browser_.Get(
      text("authorizeUrl") + "?client_id=" + text("clientId") + "&response_type=code" +
      "&redirect_uri=" + http::UrlEncode(text("redirectUri")) +
      "&response_mode=" + text("responseMode") + "&scope=" + http::UrlEncode(text("scope")) +
      "&claims=" + http::UrlEncode(text("stepUpClaims")) +
      "&code_challenge=" + std::string(signin::kCodeChallenge) + "&code_challenge_method=S256"));
  browser_.headers = {{"Origin", "https://mysignins.microsoft.com"}};
  const json tokens =
      json::parse(browser_
                      .Post(text("tokenUrl"), {{"grant_type", "authorization_code"},
                                               {"client_id", text("clientId")},
                                               {"code", signin::ParameterOf(answer, "code")},
                                               {"redirect_uri", text("redirectUri")},
                                               {"code_verifier", std::string(signin::kVerifier)}})
                      .body);
  token_ = tokens["access_token"].get<std::string>();
  EXPECT_EQ(Call("/api/session/authorize", json::object())["requireNgcMfaForSecurityInfo"], false);
}

}  // namespace
}  // namespace keyrig::security_info
