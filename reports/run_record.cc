#include "reports/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace keyrig::reports {
namespace {

/// The step of the lab that a step of a scenario belongs to.
std::string_view LabStepOf(std::string_view step_name) {
  if (step_name == "enable_security_keys") return "1";
  if (step_name == "register_key") return "2";
  if (step_name == "sign_in") return "3";
  return {};
}

std::vector<std::string> Words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// What one scenario says about a step of the lab that it means to prove.
LabVerdict LabOf(const ScenarioRecord& scenario, std::string_view lab_step) {
  if (scenario.verdict == "passed") return LabVerdict::kProved;
  if (scenario.verdict != "failed") return LabVerdict::kNotShown;
  bool granted = false;
  for (const StepRecord& step : scenario.steps) {
    if (LabStepOf(step.name) != lab_step) continue;
    if (!step.passed) return LabVerdict::kFailed;
    granted |= step.outcome == "granted";
  }
  return granted ? LabVerdict::kProved : LabVerdict::kNotShown;
}

}  // namespace

std::string_view RunRecord::Fact(std::string_view name) const {
  const auto found = std::ranges::find(facts, name, &EventField::name);
  return found == facts.end() ? std::string_view{} : std::string_view{found->value};
}

std::size_t RunRecord::Count(std::string_view verdict) const {
  return static_cast<std::size_t>(std::ranges::count(scenarios, verdict, &ScenarioRecord::verdict));
}

LabVerdict RunRecord::Lab(std::string_view step) const {
  LabVerdict verdict = LabVerdict::kNotShown;
  for (const ScenarioRecord& scenario : scenarios) {
    if (std::ranges::find(scenario.lab, step) == scenario.lab.end()) continue;
    const LabVerdict one = LabOf(scenario, step);
    if (one == LabVerdict::kFailed) return one;
    if (one == LabVerdict::kProved) verdict = one;
  }
  return verdict;
}

std::string RunRecord::RepeatCommand(const ScenarioRecord& scenario) const {
  return fmt::format("{} {} {}", Fact("repeat_program"), scenario.name, Fact("repeat_arguments"));
}

StepRecord* RunRecorder::OpenStep() {
  return in_step_ ? &record_.scenarios.back().steps.back() : nullptr;
}

void RunRecorder::Receive(const Event& event) {
  if (event.kind == "run.started") {
    record_.facts = event.fields;
    record_.began = event.at;
  } else if (event.kind == "run.finished") {
    record_.took = event.took;
  } else if (event.kind == "scenario.started") {
    ScenarioRecord scenario;
    scenario.name = event.Field("name");
    scenario.theme = event.Field("theme");
    scenario.intent = event.Field("intent");
    scenario.lab = Words(event.Field("lab"));
    record_.scenarios.push_back(std::move(scenario));
    in_scenario_ = true;
  } else if (!in_scenario_) {
    return;
  } else if (event.kind == "scenario.finished") {
    ScenarioRecord& scenario = record_.scenarios.back();
    scenario.verdict = event.Field("outcome");
    scenario.message = event.Field("message");
    scenario.took = event.took;
    in_scenario_ = in_step_ = false;
  } else if (event.kind == "step.started") {
    StepRecord step;
    step.index = event.Field("index");
    step.name = event.Field("name");
    step.sentence = event.Field("arguments");
    step.expected = event.Field("expected");
    for (const EventField& field : event.fields) {
      if (field.secret) step.secrets.push_back(field);
    }
    record_.scenarios.back().steps.push_back(std::move(step));
    in_step_ = true;
  } else if (StepRecord* step = OpenStep(); step == nullptr) {
    record_.scenarios.back().around.push_back(event);
  } else if (event.kind == "step.finished") {
    step->outcome = event.Field("outcome");
    step->meaning = event.Field("meaning");
    step->message = event.Field("message");
    step->passed = event.Field("result") == "passed";
    step->took = event.took;
    in_step_ = false;
  } else {
    step->events.push_back(event);
  }
}

std::string DurationText(Duration duration) {
  const double milliseconds = static_cast<double>(duration.count()) / 1000;
  if (milliseconds < 0.95) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 999.5) return fmt::format("{:.0f} ms", milliseconds);
  const double seconds = milliseconds / 1000;
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

}  // namespace keyrig::reports
