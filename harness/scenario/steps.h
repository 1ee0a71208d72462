#pragma once

#include "harness/base/result.h"
#include "harness/scenario/bench.h"
#include "harness/scenario/scenario.h"

namespace keyrig::scenario {

/// One function per step: plays it on the bench and says how it ended. An error means that it could
/// not be played.
Result<station::Outcome, Error> Play(EnableSecurityKeys step, Bench& bench);
Result<station::Outcome, Error> Play(OpenSecurityInfo step, Bench& bench);
Result<station::Outcome, Error> Play(RegisterKey step, Bench& bench);
Result<station::Outcome, Error> Play(SignIn step, Bench& bench);
Result<station::Outcome, Error> Play(DeleteKeys step, Bench& bench);
Result<station::Outcome, Error> Play(const AdvanceClock& step, Bench& bench);
Result<station::Outcome, Error> Play(const UnplugKey& step, Bench& bench);
Result<station::Outcome, Error> Play(const PlugKey& step, Bench& bench);
Result<station::Outcome, Error> Play(const SetFault& step, Bench& bench);
Result<station::Outcome, Error> Play(const ClearFaults& step, Bench& bench);

}  // namespace keyrig::scenario
