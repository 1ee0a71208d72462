// The main job from the first request to the last, on memory:.

#include <benchmark/benchmark.h>

#include "harness/app/test_runs.h"

namespace keyrig::app {
namespace {

void EnableRegisterSignIn(benchmark::State& state) {
  TestRuns& runs = TestRuns::Get();
  const scenario::Scenario& scenario = runs.Named("enable_register_sign_in");
  runs.Play(scenario);  // makes the signing key
  for (auto _ : state) {
    const auto played = runs.Play(scenario);
    if (played.result.verdict != scenario::Verdict::kPassed) {
      state.SkipWithError(played.result.message.c_str());
      break;
    }
  }
}
BENCHMARK(EnableRegisterSignIn)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace keyrig::app
