#pragma once

#include <functional>
#include <map>
#include <string>

#include "harness/scenario/runner.h"
#include "harness/scenario/scenario.h"

/// For tests: a scenario that cannot go red proves nothing. Here are three ways to make one red,
/// each for its own reason, on whatever device it is played.
namespace keyrig::app {

/// How a scenario loses its cause, and what happens then in which step (counted from 1).
struct CauseTakenAway {
  std::function<void(scenario::Scenario&)> take;
  std::size_t step;
  std::string happens;
};
const std::map<std::string, CauseTakenAway>& CausesTakenAway();

/// The step that a scenario is about: the last that expects a refusal, else the last.
std::size_t Point(const scenario::Scenario& scenario);

/// A scenario that must fail, in which step, and the words of what happens there instead.
struct RedScenario {
  scenario::Scenario scenario;
  std::size_t step;
  std::string happens;
};
RedScenario WithInvertedExpectation(scenario::Scenario scenario);
/// The code that it is about replaced by the one next to it in the catalogue of codes, or by one of
/// another kind where its own has no other.
RedScenario WithNearestOtherCode(scenario::Scenario scenario);
/// CausesTakenAway() must know it.
RedScenario WithoutItsCause(scenario::Scenario scenario);

/// What is wrong with how it went; empty where it failed in its step and for its reason.
std::string WhyNotRedAsItShould(const RedScenario& red, const scenario::ScenarioResult& result);

}  // namespace keyrig::app
