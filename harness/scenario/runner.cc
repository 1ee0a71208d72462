#include "harness/scenario/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "harness/scenario/codes.h"
#include "harness/scenario/steps.h"

namespace keyrig::scenario {
namespace {

using SteadyClock = std::chrono::steady_clock;

Duration Since(SteadyClock::time_point begin) {
  return std::chrono::duration_cast<Duration>(SteadyClock::now() - begin);
}

std::string WithMeaning(const station::Outcome& outcome) {
  const std::string_view meaning = Meaning(outcome);
  return meaning.empty() ? outcome.Text() : fmt::format("{} ({})", outcome.Text(), meaning);
}

/// Whether a step ended as expected. Where nobody touches the key, it may say so in two ways: the
/// specification has OPERATION_DENIED (CTAP 2.1 §6.1.2 step 14, §6.2.2 step 9), many keys answer
/// USER_ACTION_TIMEOUT, and clients accept both.
bool EndedAsExpected(const Step& step, const station::Outcome& happened) {
  if (happened.Matches(step.expect)) return true;
  constexpr std::array<std::string_view, 2> kUntouched = {"OPERATION_DENIED",
                                                          "USER_ACTION_TIMEOUT"};
  const auto says_untouched = [&](const station::Outcome& outcome) {
    return outcome.kind == station::Outcome::Kind::kCtap &&
           std::ranges::find(kUntouched, outcome.code) != kUntouched.end();
  };
  return GestureOf(step.action) == Gesture::kNever && says_untouched(step.expect) &&
         says_untouched(happened);
}

/// What went wrong; empty where the step ended as expected.
std::string Complaint(std::string_view label, const Step& step,
                      const Result<station::Outcome, Error>& happened) {
  const std::string sentence = Sentence(step.action);
  if (!happened) {
    return fmt::format("step {} ({}): expected {}, but the step could not be played: {}", label,
                       sentence, WithMeaning(step.expect), happened.error().message);
  }
  if (EndedAsExpected(step, *happened)) return {};
  return fmt::format("step {} ({}): expected {}, but what happened was {}{}", label, sentence,
                     WithMeaning(step.expect), WithMeaning(*happened),
                     happened->message.empty() ? "" : fmt::format(": {}", happened->message));
}

}  // namespace

Event RunnerEvent(std::string kind, std::vector<EventField> fields) {
  Event event;
  event.source = "runner";
  event.kind = std::move(kind);
  event.fields = std::move(fields);
  return event;
}

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kFailed:
      return "failed";
    case Verdict::kNotApplicable:
      return "not applicable";
    case Verdict::kSkipped:
      return "skipped";
  }
  return {};
}

void AnnounceScenario(const Scenario& scenario, EventStream& events) {
  events.Emit(
      RunnerEvent("scenario.started", {{"name", scenario.name},
                                       {"theme", scenario.theme},
                                       {"intent", scenario.intent},
                                       {"lab", fmt::format("{}", fmt::join(scenario.lab, " "))},
                                       {"tenant", scenario.tenant},
                                       {"steps", std::to_string(scenario.steps.size())}}));
}

void ConcludeScenario(const Scenario& scenario, const ScenarioResult& result, Duration took,
                      EventStream& events) {
  Event event = RunnerEvent("scenario.finished", {{"name", scenario.name},
                                                  {"outcome", std::string(Name(result.verdict))},
                                                  {"message", result.message}});
  event.took = took;
  events.Emit(std::move(event));
}

ScenarioResult PlaySteps(const Scenario& scenario, Bench& bench, EventStream& events,
                         const std::stop_token& stop) {
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const Step& step = scenario.steps[i];
    const std::string index = std::to_string(i + 1);
    const std::string name(Name(step.action));
    const std::string label = index + " " + name;
    const ScenarioResult interrupted = {Verdict::kFailed, "interrupted at step " + label};
    if (stop.stop_requested()) return interrupted;
    events.SetStep(label);
    std::vector<EventField> started = {{"index", index},
                                       {"name", name},
                                       {"arguments", Sentence(step.action)},
                                       {"expected", step.expect.Text()}};
    if (const std::string* pin = PinOf(step.action)) started.push_back({"pin", *pin, true});
    events.Emit(RunnerEvent("step.started", std::move(started)));

    const SteadyClock::time_point begin = SteadyClock::now();
    auto happened =
        std::visit([&](const auto& action) { return Play(action, bench); }, step.action);
    if (const auto settled = bench.Settle(); !settled && happened) happened = Err(settled.error());
    const std::string complaint = Complaint(label, step, happened);

    Event finished = RunnerEvent(
        "step.finished", {{"index", index},
                          {"name", name},
                          {"outcome", happened ? happened->Text() : "error"},
                          {"message", happened ? happened->message : happened.error().message},
                          {"expected", step.expect.Text()},
                          {"meaning", happened ? std::string(Meaning(*happened)) : std::string()},
                          {"result", complaint.empty() ? "passed" : "failed"}});
    finished.took = Since(begin);
    events.Emit(std::move(finished));
    events.SetStep({});
    if (!complaint.empty() && stop.stop_requested()) return interrupted;
    if (!complaint.empty()) return {Verdict::kFailed, complaint};
  }
  return {};
}

std::optional<std::string> MissingRequirement(const Scenario& scenario,
                                              const device::Capabilities& capabilities) {
  for (const std::string& requirement : scenario.requirements) {
    if (!capabilities.Has(requirement)) {
      return fmt::format("the scenario requires {}, which this key does not have", requirement);
    }
  }
  return std::nullopt;
}

}  // namespace keyrig::scenario
