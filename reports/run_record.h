#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/event.h"

namespace keyrig::reports {

/// One step that was played, with what happened meanwhile in the key, the service and the station.
struct StepRecord {
  std::string index;
  std::string name;
  std::string sentence;
  std::vector<EventField> secrets;
  std::string expected;
  std::string outcome;  // empty: the run broke off in this step
  std::string meaning;
  std::string message;
  bool passed = false;
  Duration took{0};
  std::vector<Event> events;
};

struct ScenarioRecord {
  std::string name;
  std::string theme;
  std::string intent;
  std::vector<std::string> lab;
  std::string verdict = "failed";  // "passed", "failed", "not applicable", "skipped"
  std::string message = "the run broke off before the scenario ended";
  Duration took{0};
  std::vector<StepRecord> steps;
  std::vector<Event> around;  // outside of any step: before the first, after the last
};

/// Whether a step of the lab (enable, register, sign in) was shown to work.
enum class LabVerdict { kProved, kFailed, kNotShown };

/// A run, put together from its events.
struct RunRecord {
  std::vector<EventField> facts;  // of run.started
  Instant began{};
  Duration took{0};
  std::vector<ScenarioRecord> scenarios;

  std::string_view Fact(std::string_view name) const;
  std::size_t Count(std::string_view verdict) const;
  LabVerdict Lab(std::string_view step) const;
  /// The command that plays one scenario again in the same way.
  std::string RepeatCommand(const ScenarioRecord& scenario) const;
};

/// Takes the events one by one.
class RunRecorder {
 public:
  void Receive(const Event& event);
  const RunRecord& Record() const { return record_; }

 private:
  StepRecord* OpenStep();

  RunRecord record_;
  bool in_scenario_ = false;
  bool in_step_ = false;
};

/// "12 ms", "1.4 s", "2 min 5 s".
std::string DurationText(Duration duration);

}  // namespace keyrig::reports
