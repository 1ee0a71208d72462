#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/event.h"
#include "harness/device/fido2_key.h"
#include "harness/scenario/bench.h"
#include "harness/scenario/scenario.h"

namespace keyrig::scenario {

/// How a scenario ended.
enum class Verdict {
  kPassed,
  kFailed,
  kNotApplicable,  // this device or station cannot play it
  kSkipped,        // the machine lacks what it should have
};
/// "passed", "failed", "not applicable", "skipped".
std::string_view Name(Verdict verdict);

struct ScenarioResult {
  Verdict verdict = Verdict::kPassed;
  /// Why; empty where it passed. Of a failure: the step, what was expected and what happened.
  std::string message;
};

/// An event of the run itself, as its observers see it; without times.
Event RunnerEvent(std::string kind, std::vector<EventField> fields);

/// Whoever watches a run listens to the stream: scenario.started, then step.started and
/// step.finished for each step that was played, then scenario.finished.
void AnnounceScenario(const Scenario& scenario, EventStream& events);
void ConcludeScenario(const Scenario& scenario, const ScenarioResult& result, Duration took,
                      EventStream& events);

/// Plays the steps in order and stops at the first that does not end as expected. Once `stop` is
/// requested no further step begins, and the scenario has failed as "interrupted".
ScenarioResult PlaySteps(const Scenario& scenario, Bench& bench, EventStream& events,
                         const std::stop_token& stop = {});

/// Why a key of these capabilities cannot play the scenario; nothing where it can.
std::optional<std::string> MissingRequirement(const Scenario& scenario,
                                              const device::Capabilities& capabilities);

}  // namespace keyrig::scenario
