#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "harness/base/assets.h"
#include "reports/html/event_view.h"
#include "reports/html/template.h"
#include "reports/reporter.h"
#include "reports/run_record.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_reports();
}

namespace keyrig::reports {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::string> HtmlAsset(std::string_view file) {
  return FindAsset(assets::keyrig_reports(), "reports/html/assets/" + std::string(file));
}

/// The class of the style sheet for a verdict.
std::string ClassOf(std::string_view verdict) {
  if (verdict == "passed") return "good";
  return verdict == "failed" ? "bad" : "none";
}

std::string MarkOf(std::string_view verdict) {
  if (verdict == "passed") return "✓";
  return verdict == "failed" ? "✗" : "–";
}

Json EventViews(const std::vector<Event>& events) {
  Json views = Json::array();
  for (const Event& event : events) views.push_back(EventView(event));
  return views;
}

/// "9 HTTPS, 4 CTAP": what passed in a step.
std::string Traffic(const StepRecord& step) {
  const auto count = [&](std::string_view kind) {
    return std::ranges::count(step.events, kind, &Event::kind);
  };
  std::string text;
  if (const auto exchanges = count("http.exchange")) text = fmt::format("{} HTTPS", exchanges);
  if (const auto commands = count("ctap.transaction")) {
    text += fmt::format("{}{} CTAP", text.empty() ? "" : ", ", commands);
  }
  return text;
}

Json StepView(const StepRecord& step) {
  Json secrets = Json::array();
  for (const EventField& secret : step.secrets) {
    secrets.push_back({{"name", secret.name}, {"value", secret.value}});
  }
  const std::string outcome = step.outcome.empty() ? "broke off" : step.outcome;
  std::string message = step.message;
  if (message.empty()) message = step.meaning;
  return {{"index", step.index},
          {"name", step.name},
          {"sentence", step.sentence},
          {"secrets", secrets},
          {"outcome", outcome},
          {"expected", step.passed ? "" : step.expected},
          {"message", message},
          {"traffic", Traffic(step)},
          {"class", step.passed ? "good" : "bad"},
          {"mark", MarkOf(step.passed ? "passed" : "failed")},
          {"open", !step.passed},
          {"took", DurationText(step.took)},
          {"events", EventViews(step.events)}};
}

Json ScenarioView(const RunRecord& run, const ScenarioRecord& scenario) {
  Json steps = Json::array();
  for (const StepRecord& step : scenario.steps) steps.push_back(StepView(step));
  const bool failed = scenario.verdict == "failed";
  return {{"name", scenario.name},
          {"intent", scenario.intent},
          {"verdict", scenario.verdict},
          {"class", ClassOf(scenario.verdict)},
          {"mark", MarkOf(scenario.verdict)},
          {"message", scenario.message},
          {"failed", failed},
          {"open", failed || run.scenarios.size() == 1},
          {"command", run.RepeatCommand(scenario)},
          {"took", scenario.steps.empty() ? std::string() : DurationText(scenario.took)},
          {"steps", steps},
          {"around", EventViews(scenario.around)}};
}

Json LabView(const RunRecord& run) {
  struct LabStep {
    const char* number;
    const char* proved;
    const char* failed;
  };
  constexpr std::array kSteps = {
      LabStep{"1", "The administrator can turn security keys on",
              "The administrator could not turn security keys on"},
      LabStep{"2", "A user can register a security key",
              "A user could not register a security key"},
      LabStep{"3", "The user can sign in with the key", "The user could not sign in with the key"}};
  Json views = Json::array();
  for (const LabStep& step : kSteps) {
    const LabVerdict verdict = run.Lab(step.number);
    const std::string_view name = verdict == LabVerdict::kProved   ? "passed"
                                  : verdict == LabVerdict::kFailed ? "failed"
                                                                   : "not shown";
    views.push_back({{"number", step.number},
                     {"text", verdict == LabVerdict::kFailed ? step.failed : step.proved},
                     {"verdict", verdict == LabVerdict::kProved ? "proved" : name},
                     {"class", ClassOf(name)},
                     {"mark", MarkOf(name)}});
  }
  return views;
}

Json FactViews(const RunRecord& run) {
  const std::string started = ToRfc3339(run.began);  // 2026-11-24T08:06:05.561Z
  Json views = Json::array();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) views.push_back({{"name", name}, {"value", value}});
  };
  const auto fact = [&](const char* name) { return std::string(run.Fact(name)); };
  add("Key", fmt::format("{} ({})", fact("where"), fact("key")));
  add("Seed", fact("seed"));
  add("Started", started.substr(0, 10) + " " + started.substr(11, 8) + " UTC");
  add("Took", DurationText(run.took));
  add("keyrig", fact("keyrig"));
  add("Kernel", fact("kernel"));
  add("OpenSSL", fact("openssl"));
  add("libfido2", fact("libfido2"));
  return views;
}

std::string Headline(const RunRecord& run) {
  const std::size_t failed = run.Count("failed");
  const std::size_t passed = run.Count("passed");
  if (failed == 0 && passed == 0) return "Nothing was played";
  if (failed == 0)
    return passed == 1 ? "The scenario passed" : fmt::format("All {} scenarios passed", passed);
  return fmt::format("{} of {} scenarios failed", failed, failed + passed);
}

Json PageView(const RunRecord& run) {
  std::vector<std::pair<std::string, Json>> themes;  // in the order of the run
  Json failures = Json::array();
  for (const ScenarioRecord& scenario : run.scenarios) {
    Json view = ScenarioView(run, scenario);
    if (scenario.verdict == "failed") failures.push_back(view);
    auto theme = std::ranges::find(themes, scenario.theme, &std::pair<std::string, Json>::first);
    if (theme == themes.end()) {
      theme = themes.insert(theme, {scenario.theme, Json::array()});
    }
    theme->second.push_back(std::move(view));
  }
  Json groups = Json::array();
  for (auto& [theme, scenarios] : themes) {
    groups.push_back({{"theme", theme}, {"scenarios", std::move(scenarios)}});
  }
  Json counts = Json::array();
  for (const char* verdict : {"passed", "failed", "not applicable", "skipped"}) {
    if (const std::size_t count = run.Count(verdict)) {
      counts.push_back({{"count", count}, {"verdict", verdict}, {"class", ClassOf(verdict)}});
    }
  }
  const bool good = run.Count("failed") == 0 && run.Count("passed") > 0;
  return {{"headline", Headline(run)},
          {"class", good ? "good" : "bad"},
          {"where", std::string(run.Fact("where"))},
          {"date", ToRfc3339(run.began).substr(0, 10)},
          {"lab", LabView(run)},
          {"counts", counts},
          {"facts", FactViews(run)},
          {"failures", failures},
          {"groups", groups}};
}

class Html final : public Reporter {
 public:
  explicit Html(std::filesystem::path file) : file_(std::move(file)) {}

  void Receive(const Event& event) override { recorder_.Receive(event); }

  Result<void, Error> Finish() override {
    const std::string page =
        TRY(Template(HtmlAsset).Fill("report.html", PageView(recorder_.Record())));
    std::ofstream out(file_, std::ios::binary | std::ios::trunc);
    out << page;
    out.flush();
    if (!out) return Fail(fmt::format("{} could not be written", file_.string()));
    return {};
  }

 private:
  std::filesystem::path file_;
  RunRecorder recorder_;
};

}  // namespace

std::unique_ptr<Reporter> HtmlReport(std::filesystem::path file) {
  return std::make_unique<Html>(std::move(file));
}

}  // namespace keyrig::reports
