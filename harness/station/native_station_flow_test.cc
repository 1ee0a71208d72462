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
  EXPECT_EQ(bench_.Do(DeleteKey{Administrator(), Adele()}), "granted");
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
