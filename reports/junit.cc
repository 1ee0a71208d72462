#include <fmt/format.h>

#include <fstream>
#include <map>

#include "reports/markup.h"
#include "reports/reporter.h"
#include "reports/run_record.h"

namespace keyrig::reports {
namespace {

double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

/// What a reader of the XML sees of the steps.
std::string StepLines(const ScenarioRecord& scenario) {
  std::string lines;
  for (const StepRecord& step : scenario.steps) {
    lines += fmt::format("{} {} {}: {} ({}){}\n", step.passed ? "ok  " : "FAIL", step.index,
                         step.sentence, step.outcome.empty() ? "broke off" : step.outcome,
                         DurationText(step.took),
                         step.passed ? "" : fmt::format(", expected {}", step.expected));
  }
  return lines;
}

class Junit final : public Reporter {
 public:
  explicit Junit(std::filesystem::path file) : file_(std::move(file)) {}

  void Receive(const Event& event) override { recorder_.Receive(event); }

  Result<void, Error> Finish() override {
    std::ofstream out(file_, std::ios::binary | std::ios::trunc);
    out << Text();
    out.flush();
    if (!out) return Fail(fmt::format("{} could not be written", file_.string()));
    return {};
  }

 private:
  std::string Text() const {
    const RunRecord& run = recorder_.Record();
    std::map<std::string, std::vector<const ScenarioRecord*>> themes;
    for (const ScenarioRecord& scenario : run.scenarios) {
      themes[scenario.theme].push_back(&scenario);
    }
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    xml += fmt::format(
        "<testsuites name=\"keyrig\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n",
        run.scenarios.size(), run.Count("failed"),
        run.Count("skipped") + run.Count("not applicable"), Seconds(run.took));
    for (const auto& [theme, scenarios] : themes) xml += Suite(run, theme, scenarios);
    return xml + "</testsuites>\n";
  }

  static std::string Suite(const RunRecord& run, const std::string& theme,
                           const std::vector<const ScenarioRecord*>& scenarios) {
    std::string cases;
    Duration took{0};
    std::size_t failures = 0;
    std::size_t skipped = 0;
    for (const ScenarioRecord* scenario : scenarios) {
      took += scenario->took;
      failures += scenario->verdict == "failed" ? 1 : 0;
      skipped += scenario->verdict == "skipped" || scenario->verdict == "not applicable" ? 1 : 0;
      cases += Case(run, *scenario);
    }
    std::string properties;
    for (const EventField& fact : run.facts) {
      properties += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n",
                                EscapeMarkup(fact.name), EscapeMarkup(fact.value));
    }
    return fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
        "time=\"{:.3f}\" timestamp=\"{}\">\n    <properties>\n{}    </properties>\n{}"
        "  </testsuite>\n",
        EscapeMarkup(theme), scenarios.size(), failures, skipped, Seconds(took),
        ToRfc3339(run.began), properties, cases);
  }

  static std::string Case(const RunRecord& run, const ScenarioRecord& scenario) {
    std::string inner;
    if (scenario.verdict == "failed") {
      inner += fmt::format("      <failure message=\"{}\">{}</failure>\n",
                           EscapeMarkup(scenario.message),
                           EscapeMarkup(fmt::format("{}\n\nRepeat with:\n  {}", scenario.message,
                                                    run.RepeatCommand(scenario))));
    } else if (scenario.verdict != "passed") {
      inner += fmt::format("      <skipped message=\"{}\"/>\n",
                           EscapeMarkup(scenario.verdict + ": " + scenario.message));
    }
    const std::string lines = StepLines(scenario);
    if (!lines.empty()) {
      inner += fmt::format("      <system-out>{}</system-out>\n", EscapeMarkup(lines));
    }
    return fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n{}"
        "    </testcase>\n",
        EscapeMarkup(scenario.theme), EscapeMarkup(scenario.name), Seconds(scenario.took), inner);
  }

  std::filesystem::path file_;
  RunRecorder recorder_;
};

}  // namespace

std::unique_ptr<Reporter> JunitReport(std::filesystem::path file) {
  return std::make_unique<Junit>(std::move(file));
}

}  // namespace keyrig::reports
