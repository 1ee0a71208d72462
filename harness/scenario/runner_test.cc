#include "harness/scenario/runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <stop_token>

namespace keyrig::scenario {
namespace {

using station::Account;
using station::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

/// Records what it is asked to do, and ends each step as it was told to.
class FakeBench final : public Bench, public station::Station {
 public:
  station::Station& Station() override { return *this; }
  Account AccountOf(const std::string& name) override {
    return {name + "@contoso.example", name == "nobody" ? "" : "secret of " + name};
  }
  Result<void, Error> Advance(Duration by) override {
    return Done(
        fmt::format("advance {}", std::chrono::duration_cast<std::chrono::seconds>(by).count()));
  }
  Result<void, Error> Unplug() override {
    if (on_unplug) on_unplug();
    return Done("unplug");
  }
  Result<void, Error> Plug() override { return Done("plug"); }
  Result<void, Error> SetFault(const std::string& fault) override { return Done("fault " + fault); }
  Result<void, Error> ClearFaults() override { return Done("no faults"); }
  Result<void, Error> Settle() override {
    settled.push_back(played.empty() ? "" : played.back());
    return {};
  }

  Result<Outcome, Error> Do(const EnableSecurityKeys& step) override {
    return End("enable as " + Text(step.as));
  }
  Result<Outcome, Error> Do(const OpenSecurityInfo& step) override {
    return End("open as " + Text(step.as) + " by " + Text(step.administrator));
  }
  Result<Outcome, Error> Do(const RegisterKey& step) override {
    return End("register as " + Text(step.as) + " by " + Text(step.administrator));
  }
  Result<Outcome, Error> Do(const SignIn& step) override {
    return End("sign in as " + Text(step.as) + " with " + step.pin);
  }
  Result<Outcome, Error> Do(const DeleteKeys& step) override {
    return End("delete as " + Text(step.as) + " of " + Text(step.of));
  }

  std::vector<std::string> played;
  std::deque<Result<Outcome, Error>> endings;  // of the station's steps; then granted
  std::vector<std::string> settled;            // after which of the played
  std::string broken;                          // what the bench cannot do
  std::function<void()> on_unplug;

 private:
  static std::string Text(const Account& account) {
    return account.user_principal_name + "/" + account.password;
  }
  Result<void, Error> Done(const std::string& what) {
    played.push_back(what);
    if (what == broken) return Fail("the cable is stuck");
    return {};
  }
  Result<Outcome, Error> End(std::string what) {
    played.push_back(std::move(what));
    if (endings.empty()) return Outcome{};
    Result<Outcome, Error> ending = std::move(endings.front());
    endings.pop_front();
    return ending;
  }
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    scenario_.name = "example";
    scenario_.intent = "An example.";
    scenario_.lab = {"1", "2"};
  }

  void Step(Action action, Outcome expect = {}) {
    scenario_.steps.push_back({std::move(action), std::move(expect)});
  }
  static RegisterKey Registration() {
    RegisterKey step;
    step.as.user_principal_name = "adele";
    step.administrator.user_principal_name = "admin";
    step.pin = "123456";
    step.name = "Blue key";
    return step;
  }
  static SignIn SigningIn() {
    SignIn step;
    step.as.user_principal_name = "adele";
    step.pin = "123456";
    return step;
  }

  ScenarioResult Run() { return PlaySteps(scenario_, bench_, events_); }

  Scenario scenario_;
  FakeBench bench_;
  EventStream events_;
};

TEST_F(RunnerTest, PlaysNothingOfAnEmptyScenario) {
  EXPECT_EQ(Run().verdict, Verdict::kPassed);
  EXPECT_THAT(bench_.played, IsEmpty());
  EXPECT_THAT(events_.Events(), IsEmpty());
}

TEST_F(RunnerTest, PlaysEveryStepInOrderWithResolvedAccounts) {
  EnableSecurityKeys enable;
  enable.as.user_principal_name = "admin";
  DeleteKeys deletion;
  deletion.as.user_principal_name = "admin";
  deletion.of.user_principal_name = "adele";
  OpenSecurityInfo opening;
  opening.as.user_principal_name = "adele";
  opening.administrator.user_principal_name = "admin";
  Step(enable);
  Step(opening);
  Step(Registration());
  Step(AdvanceClock{std::chrono::seconds(90)});
  Step(UnplugKey{});
  Step(PlugKey{});
  Step(SetFault{"bad_signature"});
  Step(ClearFaults{});
  Step(SigningIn());
  Step(deletion);
  EXPECT_EQ(Run().verdict, Verdict::kPassed);
  EXPECT_THAT(bench_.played,
              ElementsAre("enable as admin@contoso.example/secret of admin",
                          "open as adele@contoso.example/secret of adele by "
                          "admin@contoso.example/secret of admin",
                          "register as adele@contoso.example/secret of adele by "
                          "admin@contoso.example/secret of admin",
                          "advance 90", "unplug", "plug", "fault bad_signature", "no faults",
                          "sign in as adele@contoso.example/secret of adele with 123456",
                          "delete as admin@contoso.example/secret of admin of "
                          "adele@contoso.example/secret of adele"));
}

TEST_F(RunnerTest, StopsAtTheFirstStepThatEndsOtherwise) {
  Step(Registration());
  Step(SigningIn(), {Outcome::Kind::kAadsts, "135016", {}});
  Step(SigningIn());
  bench_.endings = {Outcome{}, Outcome{Outcome::Kind::kCtap, "PIN_INVALID", "7 tries left"}};
  const ScenarioResult result = Run();
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_EQ(result.message,
            "step 2 sign_in (adele signs in to My Apps with the security key): expected aadsts "
            "135016 (sign-in with a security key is disabled by policy), but what happened was "
            "ctap PIN_INVALID: 7 tries left");
  EXPECT_EQ(bench_.played.size(), 2u);
}

TEST_F(RunnerTest, AnExpectedRefusalPasses) {
  Step(SigningIn(), {Outcome::Kind::kCtap, "PIN_INVALID", {}});
  bench_.endings = {Outcome{Outcome::Kind::kCtap, "PIN_INVALID", "in other words"}};
  EXPECT_EQ(Run().verdict, Verdict::kPassed);
}

TEST_F(RunnerTest, AKeyThatNobodyTouchesMaySaySoInTwoWays) {
  SignIn untouched = SigningIn();
  untouched.gesture = Gesture::kNever;
  Step(untouched, {Outcome::Kind::kCtap, "OPERATION_DENIED", {}});
  bench_.endings = {Outcome{Outcome::Kind::kCtap, "USER_ACTION_TIMEOUT", {}}};
  EXPECT_EQ(Run().verdict, Verdict::kPassed);
  bench_.endings = {Outcome{Outcome::Kind::kCtap, "PIN_INVALID", {}}};
  EXPECT_EQ(Run().verdict, Verdict::kFailed);
}

TEST_F(RunnerTest, AKeyThatIsTouchedMayNotSpeakOfATimeout) {
  Step(SigningIn(), {Outcome::Kind::kCtap, "OPERATION_DENIED", {}});
  bench_.endings = {Outcome{Outcome::Kind::kCtap, "USER_ACTION_TIMEOUT", {}}};
  EXPECT_EQ(Run().verdict, Verdict::kFailed);
}

TEST_F(RunnerTest, AStepThatCannotBePlayedFailsWithTheReason) {
  Step(SigningIn());
  bench_.endings = {Fail("no answer from 127.0.0.1")};
  EXPECT_EQ(Run().message,
            "step 1 sign_in (adele signs in to My Apps with the security key): expected granted, "
            "but the step could not be played: no answer from 127.0.0.1");
}

TEST_F(RunnerTest, ABenchThatCannotActFailsTheStep) {
  Step(UnplugKey{});
  bench_.broken = "unplug";
  EXPECT_EQ(Run().message,
            "step 1 unplug_key (the key is pulled out): expected granted, but the step could not "
            "be played: the cable is stuck");
}

TEST_F(RunnerTest, AStopEndsItBeforeTheNextStep) {
  Step(UnplugKey{});
  Step(PlugKey{});
  std::stop_source stop;
  bench_.on_unplug = [&] { stop.request_stop(); };
  const ScenarioResult result = PlaySteps(scenario_, bench_, events_, stop.get_token());
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_EQ(result.message, "interrupted at step 2 plug_key");
  EXPECT_THAT(bench_.played, ElementsAre("unplug"));
}

TEST_F(RunnerTest, AStepThatAStopEndedWasInterrupted) {
  Step(UnplugKey{});
  std::stop_source stop;
  bench_.on_unplug = [&] { stop.request_stop(); };
  bench_.broken = "unplug";
  EXPECT_EQ(PlaySteps(scenario_, bench_, events_, stop.get_token()).message,
            "interrupted at step 1 unplug_key");
}

TEST_F(RunnerTest, TellsTheStreamWhatHappens) {
  Step(SigningIn(), {Outcome::Kind::kAadsts, "50034", {}});
  bench_.endings = {Outcome{Outcome::Kind::kAadsts, "50034", "no such user"}};
  AnnounceScenario(scenario_, events_);
  const ScenarioResult result = Run();
  ConcludeScenario(scenario_, result, std::chrono::milliseconds(5), events_);

  const std::vector<Event> events = events_.Events();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].kind, "scenario.started");
  EXPECT_EQ(events[0].Field("lab"), "1 2");
  EXPECT_EQ(events[0].step, "");
  EXPECT_EQ(events[1].kind, "step.started");
  EXPECT_EQ(events[1].step, "1 sign_in");
  EXPECT_EQ(events[1].Field("arguments"), "adele signs in to My Apps with the security key");
  EXPECT_TRUE(events[1].fields.back().secret);
  EXPECT_EQ(events[1].Field("pin"), "123456");
  EXPECT_EQ(events[2].kind, "step.finished");
  EXPECT_EQ(events[2].Field("outcome"), "aadsts 50034");
  EXPECT_EQ(events[2].Field("message"), "no such user");
  EXPECT_EQ(events[2].Field("result"), "passed");
  EXPECT_EQ(events[3].kind, "scenario.finished");
  EXPECT_EQ(events[3].Field("outcome"), "passed");
  EXPECT_EQ(events[3].took, std::chrono::milliseconds(5));
  EXPECT_EQ(events[3].step, "");
}

TEST_F(RunnerTest, NamesTheRequirementThatAKeyDoesNotMeet) {
  device::Capabilities plain;
  scenario_.requirements = {"clientPin", "hmac-secret"};
  EXPECT_EQ(MissingRequirement(scenario_, plain),
            "the scenario requires clientPin, which this key does not have");
  plain.client_pin = false;  // supported, but not set
  EXPECT_EQ(MissingRequirement(scenario_, plain),
            "the scenario requires hmac-secret, which this key does not have");
  plain.extensions = {"hmac-secret"};
  EXPECT_EQ(MissingRequirement(scenario_, plain), std::nullopt);
}

}  // namespace
}  // namespace keyrig::scenario
