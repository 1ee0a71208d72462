#include "harness/scenario/steps.h"

namespace keyrig::scenario {
namespace {

void Resolve(station::Account& account, Bench& bench) {
  account = bench.AccountOf(account.user_principal_name);
}

Result<station::Outcome, Error> Granted(const Result<void, Error>& done) {
  if (!done) return Err(done.error());
  return station::Outcome{};
}

}  // namespace

Result<station::Outcome, Error> Play(EnableSecurityKeys step, Bench& bench) {
  Resolve(step.as, bench);
  return bench.Station().Do(step);
}

Result<station::Outcome, Error> Play(OpenSecurityInfo step, Bench& bench) {
  Resolve(step.as, bench);
  Resolve(step.administrator, bench);
  return bench.Station().Do(step);
}

Result<station::Outcome, Error> Play(RegisterKey step, Bench& bench) {
  Resolve(step.as, bench);
  Resolve(step.administrator, bench);
  return bench.Station().Do(step);
}

Result<station::Outcome, Error> Play(SignIn step, Bench& bench) {
  Resolve(step.as, bench);
  return bench.Station().Do(step);
}

Result<station::Outcome, Error> Play(DeleteKeys step, Bench& bench) {
  Resolve(step.as, bench);
  Resolve(step.of, bench);
  return bench.Station().Do(step);
}

Result<station::Outcome, Error> Play(const AdvanceClock& step, Bench& bench) {
  return Granted(bench.Advance(step.by));
}

Result<station::Outcome, Error> Play(const UnplugKey&, Bench& bench) {
  return Granted(bench.Unplug());
}

Result<station::Outcome, Error> Play(const PlugKey&, Bench& bench) { return Granted(bench.Plug()); }

Result<station::Outcome, Error> Play(const SetFault& step, Bench& bench) {
  return Granted(bench.SetFault(step.fault));
}

Result<station::Outcome, Error> Play(const ClearFaults&, Bench& bench) {
  return Granted(bench.ClearFaults());
}

}  // namespace keyrig::scenario
