// Every scenario of the catalogue passes, and goes red for its own reason: when its expectation is
// inverted, when its code is replaced by the nearest other one, and when its cause is taken away.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "harness/app/red_scenarios.h"
#include "harness/app/test_runs.h"
#include "harness/scenario/loader.h"
#include "reports/reporter.h"

namespace keyrig::app {
namespace {

using scenario::Scenario;
using scenario::Verdict;
namespace fs = std::filesystem;

class ScenariosTest : public testing::TestWithParam<std::string> {
 protected:
  Scenario Wanted() const { return TestRuns::Get().Named(GetParam()); }

  static void ExpectRed(const RedScenario& red) {
    EXPECT_EQ(WhyNotRedAsItShould(red, TestRuns::Get().Play(red.scenario).result), "");
  }
};

TEST_P(ScenariosTest, Passes) {
  const auto played = TestRuns::Get().Play(Wanted());
  EXPECT_EQ(played.result.verdict, Verdict::kPassed) << played.result.message;
  EXPECT_EQ(played.result.message, "");
}

TEST_P(ScenariosTest, GoesRedWhenItsExpectationIsInverted) {
  ExpectRed(WithInvertedExpectation(Wanted()));
}

TEST_P(ScenariosTest, GoesRedWhenItsCodeIsTheNearestOther) {
  ExpectRed(WithNearestOtherCode(Wanted()));
}

TEST_P(ScenariosTest, GoesRedWhenItsCauseIsTakenAway) {
  ASSERT_TRUE(CausesTakenAway().contains(GetParam())) << "say how this scenario loses its cause";
  ExpectRed(WithoutItsCause(Wanted()));
}

TEST_P(ScenariosTest, RepeatsToTheByte) {
  const TemporaryFolder folder = TemporaryFolder::Make().value();
  const fs::path file = folder.Path() / "events.jsonl";
  const auto written = [&](std::uint64_t seed) {
    const auto report = reports::JsonLinesReport(file).value();
    for (const Event& event : TestRuns::Get().Play(Wanted(), seed).events) {
      report->Receive(event);
    }
    EXPECT_TRUE(report->Finish());
    std::ifstream bytes(file, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(bytes), {}};
  };
  const std::string once = written(7);
  EXPECT_GT(once.size(), 1000u);
  EXPECT_EQ(once, written(7));
  EXPECT_NE(once, written(8));
}

TEST_P(ScenariosTest, GoesByOneClock) {
  constexpr Duration kLongest = std::chrono::hours(24);
  Instant before = FrozenStart();
  for (const Event& event : TestRuns::Get().Play(Wanted()).events) {
    EXPECT_GE(event.at, before) << event.source << " " << event.kind;
    EXPECT_LT(event.at, FrozenStart() + kLongest) << event.source << " " << event.kind;
    before = event.at;
  }
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const Scenario& each : TestRuns::Get().Scenarios().scenarios) names.push_back(each.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ScenariosTest, testing::ValuesIn(Names()),
                         [](const auto& each) { return each.param; });

TEST(CatalogueCausesTest, NamesNoScenarioThatIsGone) {
  for (const auto& [name, cause] : CausesTakenAway()) {
    EXPECT_THAT(Names(), testing::Contains(name));
  }
}

TEST(ReadmeTest, ItsScenarioPlaysAsItStandsThere) {
  std::ifstream file(std::filesystem::path(KEYRIG_SOURCE_DIR) / "README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = readme.find("{", readme.find("**A scenario**"));
  const std::size_t end = readme.find("```", begin);
  ASSERT_NE(end, std::string::npos);
  const auto loaded = scenario::LoadScenario("scenarios/flows/policy/pilot_group_only.json",
                                             readme.substr(begin, end - begin));
  ASSERT_TRUE(loaded) << loaded.error().message;
  const scenario::ScenarioResult result = TestRuns::Get().Play(*loaded).result;
  EXPECT_EQ(result.verdict, Verdict::kPassed) << result.message;
}

}  // namespace
}  // namespace keyrig::app
