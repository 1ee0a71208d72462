#include <fmt/format.h>

#include <ostream>

#include "reports/reporter.h"
#include "reports/run_record.h"

namespace keyrig::reports {
namespace {

constexpr std::size_t kWidth = 78;

class Console final : public Reporter {
 public:
  Console(std::ostream& out, ConsoleStyle style) : out_(out), style_(style) {}

  void Receive(const Event& event) override {
    recorder_.Receive(event);
    if (event.kind == "run.started") {
      Started(event);
    } else if (event.kind == "scenario.started") {
      out_ << '\n' << Paint("1", event.Field("name")) << "  " << event.Field("intent") << '\n';
    } else if (event.kind == "step.started") {
      line_ = fmt::format("  {}  {}", event.Field("index"), event.Field("arguments"));
      if (style_.shared) {
        out_ << line_ << '\n';
        line_ = "    ";
      } else if (style_.interactive) {
        out_ << line_ << std::flush;
      }
    } else if (event.kind == "step.finished") {
      StepFinished(event);
    } else if (event.kind == "scenario.finished") {
      ScenarioFinished(event);
    } else if (event.kind == "run.finished") {
      Finished();
    }
    out_ << std::flush;
  }

  Result<void, Error> Finish() override { return {}; }

 private:
  std::string Paint(std::string_view code, std::string_view text) const {
    return style_.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

  void Started(const Event& event) {
    out_ << fmt::format("keyrig {}   key {} ({})   seed {}\n", event.Field("keyrig"),
                        event.Field("key"), event.Field("where"), event.Field("seed"));
  }

  void StepFinished(const Event& event) {
    const bool passed = event.Field("result") == "passed";
    const std::string outcome(event.Field("outcome"));
    if (style_.shared || !style_.interactive) out_ << line_;
    const std::size_t used = line_.size() + outcome.size() + 2;
    const std::string dots(used < kWidth ? kWidth - used : 3, '.');
    out_ << ' ' << Paint("2", dots) << ' ' << Paint(passed ? "32" : "31", outcome) << "  "
         << Paint("2", DurationText(event.took)) << '\n';
  }

  void ScenarioFinished(const Event& event) {
    const std::string_view outcome = event.Field("outcome");
    if (outcome == "passed") return;
    out_ << "  " << Paint(outcome == "failed" ? "31" : "33", outcome) << ": "
         << event.Field("message") << '\n';
    if (outcome == "failed") {
      const RunRecord& run = recorder_.Record();
      out_ << "  repeat with: " << run.RepeatCommand(run.scenarios.back()) << '\n';
    }
  }

  void Finished() {
    const RunRecord& run = recorder_.Record();
    const std::size_t failed = run.Count("failed");
    std::string line = fmt::format("{} passed, {} failed", run.Count("passed"), failed);
    for (const char* verdict : {"not applicable", "skipped"}) {
      if (const std::size_t count = run.Count(verdict))
        line += fmt::format(", {} {}", count, verdict);
    }
    out_ << '\n'
         << Paint(failed == 0 && run.Count("passed") > 0 ? "1;32" : "1;31", line) << " in "
         << DurationText(run.took) << '\n';
  }

  std::ostream& out_;
  ConsoleStyle style_;
  RunRecorder recorder_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Reporter> ConsoleReport(std::ostream& out, ConsoleStyle style) {
  return std::make_unique<Console>(out, style);
}

}  // namespace keyrig::reports
