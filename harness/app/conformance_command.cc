#include "harness/app/conformance_command.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "harness/app/conformance_bench.h"
#include "harness/app/run_command.h"
#include "harness/app/run_setup.h"
#include "harness/app/temporary_folder.h"
#include "harness/conformance/runner.h"
#include "harness/scenario/runner.h"
#include "reports/reporter.h"
#include "virtual-key/profiles/profile.h"

namespace keyrig::app {
namespace {

using conformance::Area;
using conformance::Case;
using CaseVerdict = conformance::Verdict;
using std::chrono::steady_clock;

/// The profile to which the most cases apply.
constexpr const char* kWholeKey = "fido23_key";

int RefuseConformance(const std::string& message) {
  fmt::print(stderr, "keyrig: {}\n", message);
  return kUsage;
}

/// Whether a case is asked for: by its name, its area's, or a glob of either.
bool IsAskedFor(const Area& area, const Case& each, const std::vector<std::string>& filters) {
  if (filters.empty()) return true;
  return std::ranges::any_of(filters, [&](const std::string& filter) {
    const auto matches = [&](const std::string& name) {
      return fnmatch(filter.c_str(), name.c_str(), 0) == 0;
    };
    return matches(each.id) || matches(area.id) || matches(area.id + "/" + each.id);
  });
}

int ListCases(const std::vector<std::string>& filters) {
  std::size_t count = 0;
  for (const Area& area : conformance::AllAreas()) {
    bool titled = false;
    for (const Case& each : area.cases) {
      if (!IsAskedFor(area, each, filters)) continue;
      if (!titled) fmt::print("{}{} ({})\n", count == 0 ? "" : "\n", area.title, area.id);
      titled = true;
      ++count;
      fmt::print("  {:<36} {}: {}\n", each.id, each.clause, each.shows);
    }
  }
  fmt::print("\n{} cases\n", count);
  return count == 0 ? kFailed : kPassed;
}

/// One run in this process: what its tests share.
class ConformanceRun {
 public:
  ConformanceRun(const ConformanceArguments& arguments, device::DeviceSpec device)
      : arguments_(arguments),
        device_(std::move(device)),
        seed_(arguments.seed.value_or(1)),
        rng_(seed_),
        events_([this](const Event& event) { Receive(event); }) {}

  Result<void, Error> Prepare() {
    std::error_code error;
    std::filesystem::create_directories(arguments_.report, error);
    if (error) {
      return Fail(fmt::format("--report {}: {}", arguments_.report.string(), error.message()));
    }
    reporters_.push_back(TRY(reports::JsonLinesReport(arguments_.report / "events.jsonl")));
    reporters_.push_back(reports::JunitReport(arguments_.report / "junit.xml"));
    folder_ = std::make_unique<TemporaryFolder>(TRY(TemporaryFolder::Make()));
    ConformanceKey key;
    key.device = device_;
    key.virtual_key_program = ProgramFolder() / "virtual-key";
    key.folder = folder_->Path();
    key.seed = seed_;
    key.pin = arguments_.key_pin;
    key.may_reset = arguments_.may_reset;
    if (device_.IsPhysical()) {
      person_ = TRY(MakeOperator(arguments_.person));
      key.person = person_.get();
    } else {
      key.profile = arguments_.profile.value_or(kWholeKey);
      // Checked for the other transports too, whose process would only fail later.
      key.memory.config = TRY(profiles::Load(*key.profile)).config;
    }
    bench_ = TRY(MakeConformanceBench(std::move(key), rng_, events_));
    runner_ = std::make_unique<conformance::Runner>(*bench_, rng_);
    return {};
  }

  void Begin() {
    Tell("run.started", {{"keyrig", KEYRIG_VERSION},
                         {"key", device_.Text()},
                         {"seed", std::to_string(seed_)},
                         {"repeat_program", (ProgramFolder() / "keyrig").string() + " conformance"},
                         {"repeat_arguments", "--key " + device_.Text()}});
  }

  /// What a GoogleTest test of this case does.
  void Test(const Area& area, const Case& each) {
    Tell("scenario.started",
         {{"name", each.id}, {"theme", area.id}, {"intent", each.clause + ": " + each.shows}});
    const auto begin = steady_clock::now();
    const conformance::Played played = runner_->Play(each);
    Tell("scenario.finished",
         {{"name", each.id},
          {"outcome", std::string(Name(played.verdict))},
          {"message", played.message}},
         std::chrono::duration_cast<Duration>(steady_clock::now() - begin));
    ++counts_[area.title][played.verdict];
    switch (played.verdict) {
      case CaseVerdict::kPassed:
        if (arguments_.verbose) fmt::print("passed          {}\n", each.id);
        break;
      case CaseVerdict::kFailed:
        fmt::print("FAILED          {}\n    {}\n", each.id, played.message);
        GTEST_FAIL() << played.message;
      case CaseVerdict::kNotApplicable:
        if (arguments_.verbose) fmt::print("not applicable  {}: {}\n", each.id, played.message);
        GTEST_SKIP() << "not applicable: " << played.message;
    }
  }

  Result<void, Error> End() {
    Tell("run.finished", {}, std::chrono::duration_cast<Duration>(steady_clock::now() - begin_));
    for (const auto& reporter : reporters_) TRY(reporter->Finish());
    return {};
  }

  /// A line for each area; how many cases were played.
  int Summarize() {
    int passed = 0;
    int failed = 0;
    int inapplicable = 0;
    fmt::print("\n{:<24}{:>8}{:>8}{:>16}\n", "area", "passed", "failed", "not applicable");
    for (const Area& area : conformance::AllAreas()) {
      const auto found = counts_.find(area.title);
      if (found == counts_.end()) continue;
      auto& count = found->second;
      fmt::print("{:<24}{:>8}{:>8}{:>16}\n", area.title, count[CaseVerdict::kPassed],
                 count[CaseVerdict::kFailed], count[CaseVerdict::kNotApplicable]);
      passed += count[CaseVerdict::kPassed];
      failed += count[CaseVerdict::kFailed];
      inapplicable += count[CaseVerdict::kNotApplicable];
    }
    fmt::print("{:<24}{:>8}{:>8}{:>16}\n", "all", passed, failed, inapplicable);
    return passed + failed;
  }

 private:
  void Tell(std::string kind, std::vector<EventField> fields, Duration took = Duration(0)) {
    Event event = scenario::RunnerEvent(std::move(kind), std::move(fields));
    event.at = RealClock().Now();
    event.took = took;
    events_.Emit(std::move(event));
  }

  void Receive(const Event& event) {
    for (const auto& reporter : reporters_) reporter->Receive(event);
  }

  const ConformanceArguments& arguments_;
  const device::DeviceSpec device_;
  const std::uint64_t seed_;
  Rng rng_;
  std::vector<std::unique_ptr<reports::Reporter>> reporters_;
  EventStream events_;
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<device::Operator> person_;
  std::unique_ptr<conformance::Bench> bench_;
  std::unique_ptr<conformance::Runner> runner_;
  std::map<std::string, std::map<CaseVerdict, int>> counts_;
  steady_clock::time_point begin_ = steady_clock::now();
};

class ConformanceTest : public testing::Test {
 public:
  ConformanceTest(ConformanceRun& run, const Area& area, const Case& each)
      : run_(run), area_(area), case_(each) {}
  void TestBody() override { run_.Test(area_, case_); }

 private:
  ConformanceRun& run_;
  const Area& area_;
  const Case& case_;
};

int RegisterCases(ConformanceRun& run, const std::vector<std::string>& filters) {
  int count = 0;
  for (const Area& area : conformance::AllAreas()) {
    for (const Case& each : area.cases) {
      if (!IsAskedFor(area, each, filters)) continue;
      ++count;
      testing::RegisterTest(area.id.c_str(), each.id.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [&run, &area, &each]() -> ConformanceTest* {
                              return new ConformanceTest(run, area, each);
                            });
    }
  }
  return count;
}

}  // namespace

int Conformance(const ConformanceArguments& arguments) {
  if (arguments.list) return ListCases(arguments.filters);
  const auto device = device::DeviceSpec::Parse(arguments.key);
  if (!device) return RefuseConformance(device.error().message);
  if (const auto flags = InitializeGoogleTest(arguments.program, arguments.gtest_flags); !flags) {
    return RefuseConformance(flags.error().message);
  }
  ConformanceRun run(arguments, *device);
  if (RegisterCases(run, arguments.filters) == 0) {
    return RefuseConformance("no case has such a name; keyrig conformance --list shows them");
  }
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  if (const auto ready = run.Prepare(); !ready) return RefuseConformance(ready.error().message);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());  // the run says it in its own words
  run.Begin();
  int status = RUN_ALL_TESTS();
  if (const auto ended = run.End(); !ended) {
    fmt::print(stderr, "keyrig: {}\n", ended.error().message);
    status = kFailed;
  }
  const int played = run.Summarize();
  fmt::print("report: {}\n", (arguments.report / "junit.xml").string());
  if (played == 0) {
    fmt::print(stderr, "keyrig: no case was played, so nothing was proved\n");
    status = kFailed;
  }
  return status == 0 ? kPassed : kFailed;
}

}  // namespace keyrig::app
