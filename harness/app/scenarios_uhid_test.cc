// One scenario of each theme, with a HID device of the kernel: it passes there, and goes red there
// for the same reasons as in this process. scenarios_flow_test.cc does so for all of them.

#include <gtest/gtest.h>

#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "harness/app/red_scenarios.h"
#include "harness/app/test_runs.h"

namespace keyrig::app {
namespace {

using scenario::ScenarioResult;
using scenario::Verdict;

const std::vector<std::string> kOneOfEachTheme = {
    "enable_register_sign_in", "key_model_not_allowed", "wrong_pin_then_right",
    "mfa_not_fresh",           "signature_wrong",       "key_without_resident_keys"};

class UhidScenariosTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (access("/dev/uhid", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/uhid may not be opened";
  }
  scenario::Scenario Wanted() const { return TestRuns::Get().Named(GetParam()); }
  static ScenarioResult Play(const scenario::Scenario& scenario) {
    return TestRuns::Get().Play(scenario, 1, {device::DeviceSpec::Kind::kUhid, {}}).result;
  }
  static void ExpectRed(const RedScenario& red) {
    EXPECT_EQ(WhyNotRedAsItShould(red, Play(red.scenario)), "");
  }
};

TEST_P(UhidScenariosTest, Passes) {
  const ScenarioResult result = Play(Wanted());
  EXPECT_EQ(result.verdict, Verdict::kPassed) << result.message;
}

TEST_P(UhidScenariosTest, GoesRedWhenItsExpectationIsInverted) {
  ExpectRed(WithInvertedExpectation(Wanted()));
}

TEST_P(UhidScenariosTest, GoesRedWhenItsCodeIsTheNearestOther) {
  ExpectRed(WithNearestOtherCode(Wanted()));
}

TEST_P(UhidScenariosTest, GoesRedWhenItsCauseIsTakenAway) { ExpectRed(WithoutItsCause(Wanted())); }

TEST(UhidThemesTest, NoThemeIsLeftOut) {
  std::set<std::string> played;
  for (const std::string& name : kOneOfEachTheme) {
    played.insert(TestRuns::Get().Named(name).theme);
  }
  std::set<std::string> all;
  for (const scenario::Scenario& each : TestRuns::Get().Scenarios().scenarios)
    all.insert(each.theme);
  EXPECT_EQ(played, all);
}

INSTANTIATE_TEST_SUITE_P(OneOfEachTheme, UhidScenariosTest, testing::ValuesIn(kOneOfEachTheme),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace keyrig::app
