#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/conformance/case.h"

namespace keyrig::conformance {

enum class Verdict { kPassed, kFailed, kNotApplicable };
std::string_view Name(Verdict verdict);

struct Played {
  Verdict verdict = Verdict::kPassed;
  std::string message;  // why not passed: begins with clause and case where it failed
};

/// Plays cases one after the other on one bench: brings the key to where each has to start, and
/// resets it where that is allowed and nothing else helps.
class Runner {
 public:
  /// `chance` is what clients draw from.
  Runner(Bench& bench, Rng& chance) : bench_(bench), chance_(chance) {}
  Played Play(const Case& played);

 private:
  enum class Condition { kUnknown, kFresh, kPin, kFinger };

  Outcome PlayOn(const Case& played);
  Outcome Prepare(const Case& played, std::unique_ptr<Client>& client);
  Outcome Renew(std::unique_ptr<Client>& client);

  Bench& bench_;
  Rng& chance_;
  Condition condition_ = Condition::kUnknown;
};

}  // namespace keyrig::conformance
