// Every scenario of the catalogue passes, and goes red for its own reason: when its expectation is
// inverted, when its code is replaced by the nearest other one, and when its cause is taken away.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include "harness/app/key_profile.h"
#include "harness/app/memory_runs.h"
#include "harness/scenario/codes.h"
#include "reports/reporter.h"

namespace keyrig::app {
namespace {

using scenario::DeleteKey;
using scenario::EnableSecurityKeys;
using scenario::KeyProfile;
using scenario::PlugKey;
using scenario::RegisterKey;
using scenario::Scenario;
using scenario::SignIn;
using scenario::Step;
using scenario::Verdict;
using station::Outcome;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// How a scenario loses its cause, and what happens then in which step (counted from 1).
struct CauseTakenAway {
  std::function<void(Scenario&)> take;
  std::size_t step;
  std::string happens;
};

void Erase(Scenario& scenario, std::size_t step) {
  scenario.steps.erase(scenario.steps.begin() + static_cast<std::ptrdiff_t>(step - 1));
}

template <typename Action>
Action& ActionOf(Scenario& scenario, std::size_t step) {
  return std::get<Action>(scenario.steps.at(step - 1).action);
}

const std::map<std::string, CauseTakenAway>& Causes() {
  const auto never_enabled = [](Scenario& s) { Erase(s, 1); };
  static const std::map<std::string, CauseTakenAway> causes = {
      {"enable_register_sign_in", {never_enabled, 1, "not_offered security_key"}},
      {"sign_in_without_user_name", {never_enabled, 1, "not_offered security_key"}},
      {"attestation_enforced",
       {[](Scenario& s) { s.key.attestation = KeyProfile::Attestation::kSelf; }, 2,
        "security_info 23"}},
      {"attestation_enforced_self_attestation",
       {[](Scenario& s) { ActionOf<EnableSecurityKeys>(s, 1).enforce_attestation = false; }, 2,
        "granted"}},
      {"key_model_not_allowed",
       {[](Scenario& s) {
          ActionOf<EnableSecurityKeys>(s, 1).key_restrictions->aaguids = {DefaultModel().Text()};
        },
        2, "granted"}},
      {"method_disabled",
       {[](Scenario& s) {
          EnableSecurityKeys enable;
          enable.as.user_principal_name = "admin";
          s.steps.insert(s.steps.begin(), Step{enable, {}});
        },
        2, "granted"}},
      {"method_disabled_later", {[](Scenario& s) { Erase(s, 4); }, 4, "granted"}},
      {"user_excluded",
       {[](Scenario& s) {
          ActionOf<EnableSecurityKeys>(s, 1).exclude = std::vector<std::string>();
        },
        2, "granted"}},
      {"wrong_pin_then_right",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).pin = ActionOf<RegisterKey>(s, 2).pin; }, 3,
        "granted"}},
      {"no_touch",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).gesture = Gesture::kTouch; }, 3, "granted"}},
      {"key_already_registered", {[](Scenario& s) { Erase(s, 2); }, 2, "granted"}},
      {"key_replugged", {[](Scenario& s) { Erase(s, 4); }, 4, "The key is not plugged in."}},
      {"key_deleted_at_service", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"unknown_user",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).as.user_principal_name = "adele"; }, 3,
        "granted"}},
  };
  return causes;
}

class ScenariosTest : public testing::TestWithParam<std::string> {
 protected:
  Scenario Wanted() const { return MemoryRuns::Get().Named(GetParam()); }

  /// The step that the scenario is about: the last that expects a refusal, else the last.
  static std::size_t Point(const Scenario& scenario) {
    for (std::size_t i = scenario.steps.size(); i > 0; --i) {
      if (scenario.steps[i - 1].expect.kind != Outcome::Kind::kGranted) return i;
    }
    return scenario.steps.size();
  }

  static std::string Label(const Scenario& scenario, std::size_t step) {
    return fmt::format("step {} {} (", step, scenario::Name(scenario.steps.at(step - 1).action));
  }

  /// Expects that the scenario fails in `step`, and says so.
  static void ExpectRed(const Scenario& scenario, std::size_t step, const std::string& happens) {
    const auto played = MemoryRuns::Get().Play(scenario);
    EXPECT_EQ(played.result.verdict, Verdict::kFailed);
    EXPECT_THAT(played.result.message, HasSubstr(Label(scenario, step)));
    EXPECT_THAT(played.result.message,
                HasSubstr("expected " + scenario.steps.at(step - 1).expect.Text()));
    EXPECT_THAT(played.result.message, HasSubstr(happens));
  }
};

TEST_P(ScenariosTest, Passes) {
  const auto played = MemoryRuns::Get().Play(Wanted());
  EXPECT_EQ(played.result.verdict, Verdict::kPassed) << played.result.message;
  EXPECT_EQ(played.result.message, "");
}

TEST_P(ScenariosTest, GoesRedWhenItsExpectationIsInverted) {
  Scenario scenario = Wanted();
  const std::size_t point = Point(scenario);
  Outcome& expect = scenario.steps[point - 1].expect;
  const std::string happens = expect.Text();
  expect = expect.kind == Outcome::Kind::kGranted ? Outcome{Outcome::Kind::kCtap, "PIN_INVALID", {}}
                                                  : Outcome{};
  ExpectRed(scenario, point, "what happened was " + happens);
}

TEST_P(ScenariosTest, GoesRedWhenItsCodeIsTheNearestOther) {
  Scenario scenario = Wanted();
  const std::size_t point = Point(scenario);
  Outcome& expect = scenario.steps[point - 1].expect;
  const std::string happens = expect.Text();
  if (expect.kind == Outcome::Kind::kGranted || expect.kind == Outcome::Kind::kNotOffered) {
    // Neither has other codes: the nearest is the refusal for the same reason, said elsewhere.
    expect = {Outcome::Kind::kAadsts, "135016", {}};
  } else {
    const auto& codes = scenario::KnownCodes(expect.kind);
    const auto own = std::ranges::find(codes, expect.code);
    ASSERT_NE(own, codes.end());
    expect.code = own + 1 == codes.end() ? *(own - 1) : *(own + 1);
  }
  ExpectRed(scenario, point, "what happened was " + happens);
}

TEST_P(ScenariosTest, GoesRedWhenItsCauseIsTakenAway) {
  ASSERT_TRUE(Causes().contains(GetParam())) << "say how this scenario loses its cause";
  const CauseTakenAway& cause = Causes().at(GetParam());
  Scenario scenario = Wanted();
  cause.take(scenario);
  ExpectRed(scenario, cause.step, cause.happens);
}

TEST_P(ScenariosTest, RepeatsToTheByte) {
  const TemporaryFolder folder = TemporaryFolder::Make().value();
  const fs::path file = folder.Path() / "events.jsonl";
  const auto written = [&](std::uint64_t seed) {
    const auto report = reports::JsonLinesReport(file).value();
    for (const Event& event : MemoryRuns::Get().Play(Wanted(), seed).events) {
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
  for (const Event& event : MemoryRuns::Get().Play(Wanted()).events) {
    EXPECT_GE(event.at, before) << event.source << " " << event.kind;
    EXPECT_LT(event.at, FrozenStart() + kLongest) << event.source << " " << event.kind;
    before = event.at;
  }
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const Scenario& each : MemoryRuns::Get().Scenarios().scenarios) names.push_back(each.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, ScenariosTest, testing::ValuesIn(Names()),
                         [](const auto& each) { return each.param; });

TEST(CatalogueCausesTest, NamesNoScenarioThatIsGone) {
  for (const auto& [name, cause] : Causes()) {
    EXPECT_THAT(Names(), testing::Contains(name));
  }
}

}  // namespace
}  // namespace keyrig::app
