#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "harness/station/service_fixture.h"

namespace keyrig::station {
namespace {

using testing::HasSubstr;
using testing::Not;

class NativeStationTest : public testing::Test {
 protected:
  ServiceBench bench_;
};

TEST_F(NativeStationTest, EnablesRegistersAndSignsIn) {
  EXPECT_EQ(bench_.Do(Enabling()), "granted");
  EXPECT_EQ(bench_.Do(Registering()), "granted");
  EXPECT_EQ(bench_.Do(SigningIn()), "granted");
}

TEST_F(NativeStationTest, SignsInAtEveryPortal) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  for (const std::string at : {"myapps", "myapplications", "myprofile"}) {
    SignIn step = SigningIn();
    step.at = at;
    EXPECT_EQ(bench_.Do(step), "granted") << at;
  }
  SignIn step = SigningIn();
  step.at = "elsewhere";
  EXPECT_THAT(bench_.Do(step), HasSubstr("\"elsewhere\" is no portal"));
}

TEST_F(NativeStationTest, LetsTheKeyNameTheUser) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  SignIn step = SigningIn();
  step.by_user_name = false;
  EXPECT_EQ(bench_.Do(step), "granted");
}

TEST_F(NativeStationTest, FindsNoSecurityKeyWhileTheMethodIsOff) {
  EXPECT_EQ(bench_.Do(Registering()), "not_offered security_key");
}

TEST_F(NativeStationTest, FindsNoSecurityKeyForAnExcludedUser) {
  EnableSecurityKeys step = Enabling();
  step.exclude = {{"Security key exclusions"}};
  EXPECT_EQ(bench_.Do(step), "granted");
  EXPECT_EQ(bench_.Do(Registering(Diego())), "not_offered security_key");
  EXPECT_EQ(bench_.Do(Registering(Adele())), "granted");
}

OpenSecurityInfo Opening(Account who = Adele()) { return {std::move(who), Administrator()}; }

RegisterKey RegisteringOnOpenPage(Account who = Adele()) {
  RegisterKey step = Registering(std::move(who));
  step.on_open_page = true;
  return step;
}

TEST_F(NativeStationTest, GoesOnWithThePageThatIsOpen) {
  EXPECT_EQ(bench_.Do(Opening()), "not_offered security_key");
  EXPECT_THAT(bench_.Do(RegisteringOnOpenPage()), HasSubstr("no page of Security info open"));
  bench_.Do(Enabling());
  EXPECT_EQ(bench_.Do(Opening()), "granted");
  EXPECT_THAT(bench_.Do(RegisteringOnOpenPage(Diego())), HasSubstr("no page of Security info"));
  EXPECT_EQ(bench_.Do(RegisteringOnOpenPage()), "granted");
  EXPECT_EQ(bench_.Do(SigningIn()), "granted");
}

TEST_F(NativeStationTest, IsRefusedWhatAnOpenPageStillOffers) {
  EnableSecurityKeys step = Enabling();
  bench_.Do(step);
  EXPECT_EQ(bench_.Do(Opening(Diego())), "granted");
  step.exclude = {{"Security key exclusions"}};
  bench_.Do(step);
  EXPECT_EQ(bench_.Do(RegisteringOnOpenPage(Diego())), "security_info 20");
  step.enabled = false;
  bench_.Do(step);
  EXPECT_EQ(bench_.Do(RegisteringOnOpenPage(Diego())), "security_info 21");
}

TEST_F(NativeStationTest, MustProveItselfAnewOnAPageThatWasOpenTooLong) {
  bench_.Do(Enabling());
  bench_.Do(Opening());
  bench_.Time().Advance(std::chrono::minutes(6));
  EXPECT_EQ(bench_.Do(RegisteringOnOpenPage()), "security_info 6");
  EXPECT_EQ(bench_.Do(Registering()), "granted");
}

TEST_F(NativeStationTest, HoldsTokensWhoseClaimsAreInTheEvents) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  bench_.Do(SigningIn());
  const std::vector<Event> events = bench_.Events().Events();
  const auto held = std::find_if(events.rbegin(), events.rend(),
                                 [](const Event& event) { return event.kind == "tokens.held"; });
  ASSERT_NE(held, events.rend());
  EXPECT_THAT(held->Field("claims"), AllOf(HasSubstr("\"fido\""), HasSubstr("\"mfa\""),
                                           HasSubstr(Adele().user_principal_name)));
  EXPECT_EQ(held->Field("refresh_token"), "[refresh_token]");
  EXPECT_TRUE(std::ranges::any_of(held->fields, [](const EventField& field) {
    return field.name == "access_token" && field.secret && field.value.size() > 100;
  }));
}

/// How a sign-in ends when what the service answers at `path` is changed on the way, or, where that
/// is empty, what it is asked at its authorize endpoint.
std::string SigningInThrough(const std::string& path, const std::string& what,
                             const std::string& by) {
  bool changes = false;
  ServiceBench bench(7, {}, [&](http::Request request, const ServiceBench::Handler& service) {
    if (changes && request.path.ends_with("/authorize") && path.empty()) {
      if (const auto at = request.query.find(what); at != std::string::npos) {
        request.query.replace(at, what.size(), by);
      }
    }
    http::Response response = service(request);
    if (changes && !path.empty() && request.path.ends_with(path)) {
      if (const auto at = response.body.find(what); at != std::string::npos) {
        response.body.replace(at, what.size(), by);
      }
    }
    return response;
  });
  bench.Do(Enabling());
  bench.Do(Registering());
  changes = true;
  return bench.Do(SigningIn());
}

TEST(NativeStationTokensTest, NoticesWhatTheTokensDoNotShow) {
  EXPECT_EQ(SigningInThrough("/keys", "nothing of it", ""), "granted");
  EXPECT_THAT(SigningInThrough("/keys", "\"kid\":\"", "\"kid\":\"x"),
              HasSubstr("which is not published"));
  EXPECT_THAT(SigningInThrough("/openid-configuration", "/v2.0\",\"request", "/v3.0\",\"request"),
              HasSubstr("claim iss is"));
  EXPECT_THAT(SigningInThrough("", "&claims=", "&ignored="), HasSubstr("claim amr is absent"));
  EXPECT_THAT(SigningInThrough("", "&nonce=", "&nonce=x"), HasSubstr("claim nonce is"));
  EXPECT_THAT(SigningInThrough("/token", "\"id_token\"", "\"no_token\""),
              HasSubstr("answered without id_token"));
}

TEST_F(NativeStationTest, IsRefusedAModelThatIsNotAllowed) {
  EnableSecurityKeys step = Enabling();
  step.key_restrictions = {true, "allow", {"7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3"}};
  EXPECT_EQ(bench_.Do(step), "granted");
  EXPECT_EQ(bench_.Do(Registering()), "security_info 7");
}

TEST_F(NativeStationTest, IsRefusedTheSameKeyTwice) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  EXPECT_EQ(bench_.Do(Registering()), "ctap CREDENTIAL_EXCLUDED");
}

TEST_F(NativeStationTest, IsRefusedAWrongPinAndLetInWithTheRightOne) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  SignIn step = SigningIn();
  step.pin = "000000";
  EXPECT_EQ(bench_.Do(step), "ctap PIN_INVALID");
  EXPECT_EQ(bench_.Do(SigningIn()), "granted");
}

TEST_F(NativeStationTest, IsRefusedWithoutATouch) {
  bench_.Do(Enabling());
  RegisterKey registering = Registering();
  registering.gesture = Gesture::kDecline;
  EXPECT_EQ(bench_.Do(registering), "ctap OPERATION_DENIED");
  EXPECT_EQ(bench_.Do(Registering()), "granted");
  SignIn step = SigningIn();
  step.gesture = Gesture::kNever;
  EXPECT_EQ(bench_.Do(step), "ctap OPERATION_DENIED");
}

TEST_F(NativeStationTest, IsToldThatAUserIsUnknown) {
  EXPECT_EQ(bench_.Do(SigningIn({"nobody@contoso.onmicrosoft.com", ""})), "aadsts 50034");
}

TEST_F(NativeStationTest, IsRefusedWithAKeyThatTheServiceDeleted) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  EXPECT_EQ(bench_.Do(DeleteKeys{Administrator(), Adele()}), "granted");
  EXPECT_EQ(bench_.Do(SigningIn()), "not_offered security_key");
  SignIn step = SigningIn();
  step.by_user_name = false;
  EXPECT_EQ(bench_.Do(step), "aadsts 135010");
}

TEST_F(NativeStationTest, IsRefusedAfterTheMethodWasTurnedOff) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  EnableSecurityKeys off = Enabling();
  off.enabled = false;
  EXPECT_EQ(bench_.Do(off), "granted");
  SignIn step = SigningIn();
  step.by_user_name = false;
  EXPECT_EQ(bench_.Do(step), "aadsts 135016");
}

TEST_F(NativeStationTest, ReportsAnAdministratorWhoMistypes) {
  EnableSecurityKeys step = Enabling();
  step.as.password = "wrong password";
  EXPECT_EQ(bench_.Do(step), "aadsts 50126");
}

TEST_F(NativeStationTest, ReportsAUserWhoMayNotAdminister) {
  EnableSecurityKeys step = Enabling();
  step.as = Adele();
  EXPECT_THAT(bench_.Do(step), HasSubstr("graph "));
}

TEST_F(NativeStationTest, NamesAGroupThatIsNotThere) {
  EnableSecurityKeys step = Enabling();
  step.include = {{"No such group"}};
  EXPECT_EQ(bench_.Do(step), "error: The tenant has no group \"No such group\".");
}

TEST_F(NativeStationTest, NotesWhatItMadeEvenWhereTheServiceRefuses) {
  EnableSecurityKeys step = Enabling();
  step.key_restrictions = {true, "allow", {"7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3"}};
  bench_.Do(step);
  bench_.Do(Registering());
  EXPECT_EQ(bench_.Created().Count(), 1u);
  EXPECT_EQ(bench_.Created().DeleteAll().value(), 1u);
  EXPECT_EQ(bench_.OpenKey()->DiscoverableCredentialCount(kPin).value(), 0);
}

TEST_F(NativeStationTest, ShowsSecretsOnlyInMarkedFields) {
  bench_.Do(Enabling());
  bench_.Do(Registering());
  bench_.Do(SigningIn());
  std::set<std::string> secrets{Administrator().password};
  std::set<std::string> names;
  for (const Event& event : bench_.Events().Events()) {
    if (event.source != "station") continue;
    for (const EventField& field : event.fields) {
      if (field.secret) names.insert(field.name);
      if (field.secret) secrets.insert(field.value);
    }
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"password", "temporaryAccessPass", "access_token",
                                            "id_token", "code", "code_verifier", "cookie ESTSAUTH",
                                            "request.pinUvAuthParam"}));
  for (const Event& event : bench_.Events().Events()) {
    if (event.source != "station") continue;
    for (const EventField& field : event.fields) {
      if (field.secret) continue;
      for (const std::string& secret : secrets) {
        EXPECT_THAT(field.value, Not(HasSubstr(secret))) << event.kind << " " << field.name;
      }
    }
  }
}

TEST(NativeStationSeedTest, RepeatsItsEventsToTheByte) {
  const auto run = [](std::uint64_t seed) {
    ServiceBench bench(seed);
    EXPECT_EQ(bench.Do(Enabling()), "granted");
    EXPECT_EQ(bench.Do(Registering()), "granted");
    EXPECT_EQ(bench.Do(SigningIn()), "granted");
    std::map<std::string, std::vector<std::pair<std::string, std::vector<EventField>>>> by_source;
    for (const Event& event : bench.Events().Events()) {
      by_source[event.source].emplace_back(event.kind, event.fields);
    }
    return by_source;
  };
  const auto first = run(7);
  EXPECT_EQ(first, run(7));
  EXPECT_NE(first, run(8));
}

TEST(NativeStationAttestationTest, IsRefusedWithAKeyThatOnlyVouchesForItself) {
  VirtualKeyOptions options;
  options.config.attestation = authenticator::Attestation::kSelf;
  ServiceBench bench(7, options);
  EnableSecurityKeys step = Enabling();
  step.enforce_attestation = true;
  EXPECT_EQ(bench.Do(step), "granted");
  EXPECT_EQ(bench.Do(Registering()), "security_info 23");
  step.enforce_attestation = false;
  EXPECT_EQ(bench.Do(step), "granted");
  EXPECT_EQ(bench.Do(Registering()), "granted");
}

}  // namespace
}  // namespace keyrig::station
