#include "harness/app/run_command.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "harness/app/interruption.h"
#include "harness/app/run_setup.h"
#include "harness/scenario/runner.h"
#include "reports/reporter.h"

namespace keyrig::app {
namespace {

namespace fs = std::filesystem;
using scenario::ScenarioResult;
using scenario::Verdict;
using std::chrono::steady_clock;

int Refuse(const std::string& message) {
  fmt::print(stderr, "keyrig: {}\n", message);
  return kUsage;
}

/// Tells the owner of a key without a PIN what the run leaves on it.
void TellOfThePin(const std::vector<const scenario::Scenario*>& scenarios) {
  for (const scenario::Scenario* each : scenarios) {
    const std::string pin = OwnPin(*each);
    if (pin.empty()) continue;
    fmt::print(stderr,
               "keyrig: this key has no PIN. The run gives it the scenarios' own, {0}, and that "
               "stays: a key is never reset. The next run then wants --key-pin {0}.\n",
               pin);
    return;
  }
}

/// One run in this process: what its tests share.
class RunInProgress {
 public:
  RunInProgress(const RunArguments& arguments, RunSetup setup)
      : arguments_(arguments), setup_(std::move(setup)) {}

  /// A scenario that is played when `stop` is requested fails, and no further one begins.
  void EndOn(std::stop_token stop) { setup_.bench.stop = std::move(stop); }

  /// Makes the common parts, and opens the reports.
  Result<void, Error> Prepare() {
    TRY(MakeCommonParts(setup_));
    std::error_code error;
    fs::create_directories(arguments_.report, error);
    if (error) {
      return Fail(fmt::format("--report {}: {}", arguments_.report.string(), error.message()));
    }
    reports::ConsoleStyle style;
    style.interactive = isatty(STDOUT_FILENO) == 1;
    style.shared = setup_.bench.key.IsPhysical();
    style.color = style.interactive && std::getenv("NO_COLOR") == nullptr;
    reporters_.push_back(reports::ConsoleReport(std::cout, style));
    reporters_.push_back(TRY(reports::JsonLinesReport(arguments_.report / "events.jsonl")));
    reporters_.push_back(TRY(reports::TimesReport(arguments_.report / "times.jsonl")));
    reporters_.push_back(reports::JunitReport(arguments_.report / "junit.xml"));
    reporters_.push_back(reports::HtmlReport(arguments_.report / "index.html"));
    return {};
  }

  void Begin() { Tell("run.started", RunFacts(arguments_, setup_.bench), Duration{0}); }

  /// What a GoogleTest test of this scenario does.
  void Test(const scenario::Scenario& scenario) {
    if (setup_.bench.stop.stop_requested()) GTEST_SKIP() << "the run was interrupted before";
    EventStream events([this](const Event& event) { Receive(event); });
    ScenarioResult result =
        PlayScenario(scenario, setup_.catalogue.tenants.at(scenario.tenant), setup_.bench, events);
    switch (result.verdict) {
      case Verdict::kPassed:
        ++played_;
        break;
      case Verdict::kFailed:
        ++played_;
        GTEST_FAIL() << result.message;
      case Verdict::kNotApplicable:
        GTEST_SKIP() << "not applicable: " << result.message;
      case Verdict::kSkipped:
        GTEST_SKIP() << result.message;
    }
  }

  Result<void, Error> End() {
    Tell("run.finished", {}, std::chrono::duration_cast<Duration>(steady_clock::now() - begin_));
    for (const auto& reporter : reporters_) TRY(reporter->Finish());
    return {};
  }

  const RunSetup& Setup() const { return setup_; }
  int Played() const { return played_; }

 private:
  void Tell(std::string kind, std::vector<EventField> fields, Duration took) {
    Event event = scenario::RunnerEvent(std::move(kind), std::move(fields));
    event.at = RealClock().Now();
    event.took = took;
    Receive(event);
  }

  void Receive(const Event& event) {
    const Event shown = arguments_.key_pin ? WithoutOwnPin(event) : event;
    for (const auto& reporter : reporters_) reporter->Receive(shown);
  }

  /// The PIN of somebody's own key is not for a report.
  Event WithoutOwnPin(Event event) const {
    for (EventField& field : event.fields) {
      if (field.value == *arguments_.key_pin) field.value = "(the owner's PIN)";
    }
    return event;
  }

  const RunArguments& arguments_;
  RunSetup setup_;
  std::vector<std::unique_ptr<reports::Reporter>> reporters_;
  steady_clock::time_point begin_ = steady_clock::now();
  int played_ = 0;
};

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(RunInProgress& run, const scenario::Scenario& scenario)
      : run_(run), scenario_(scenario) {}
  void TestBody() override { run_.Test(scenario_); }

 private:
  RunInProgress& run_;
  const scenario::Scenario& scenario_;
};

void Register(RunInProgress& run) {
  for (const scenario::Scenario* each : run.Setup().selected) {
    testing::RegisterTest(each->theme.c_str(), each->name.c_str(), nullptr, nullptr,
                          each->file.c_str(), 1,
                          [&run, each]() -> ScenarioTest* { return new ScenarioTest(run, *each); });
  }
}

}  // namespace

Result<void, Error> InitializeGoogleTest(const std::string& program,
                                         const std::vector<std::string>& flags) {
  std::vector<std::string> words = {program};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(words.size());
  testing::InitGoogleTest(&argc, argv.data());
  if (argc > 1) return Fail(fmt::format("{} is no flag of GoogleTest", argv[1]));
  return {};
}

int Run(const RunArguments& arguments) {
  if (const auto flags = InitializeGoogleTest(arguments.program, arguments.gtest_flags); !flags) {
    return Refuse(flags.error().message);
  }
  auto setup = SetUp(arguments);
  if (!setup) return Refuse(setup.error().message);
  RunInProgress run(arguments, *std::move(setup));
  Register(run);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();

  const device::DeviceSpec& key = run.Setup().bench.key;
  if (key.IsPhysical()) {
    const auto has_pin = GuardPhysicalKey(arguments, key);
    if (!has_pin) {
      fmt::print(stderr, "keyrig: {}: {}\n", key.Text(), has_pin.error().message);
      return kFailed;
    }
    if (!*has_pin) TellOfThePin(run.Setup().selected);
  }
  const Interruption interruption;
  run.EndOn(interruption.Token());
  if (const auto ready = run.Prepare(); !ready) return Refuse(ready.error().message);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());  // the console report replaces it

  run.Begin();
  int status = RUN_ALL_TESTS();
  if (const auto ended = run.End(); !ended) {
    fmt::print(stderr, "keyrig: {}\n", ended.error().message);
    status = kFailed;
  }
  fmt::print("report: {}\n", (arguments.report / "index.html").string());
  if (run.Played() == 0 && interruption.Signal() == 0) {
    fmt::print(stderr, "keyrig: no scenario was played, so nothing was proved\n");
    status = kFailed;
  }
  if (interruption.Signal() != 0) return kInterrupted + interruption.Signal();
  return status == 0 ? kPassed : kFailed;
}

}  // namespace keyrig::app
