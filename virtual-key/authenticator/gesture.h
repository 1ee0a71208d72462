#pragma once

#include <stop_token>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/sample_status.h"

namespace keyrig::authenticator {

enum class GestureOutcome { kTouched, kDeclined, kTimedOut, kCancelled };

/// Why the key asks for a touch or a finger.
enum class GesturePurpose { kRegister, kSignIn, kSelect, kReset, kProbe, kVerify, kEnroll };

struct GesturePrompt {
  GesturePurpose purpose;
  Duration timeout;  // after which the outcome is kTimedOut
  Duration hold{0};  // a touch that does not last as long is none
};

/// What the user did on a fingerprint sensor.
struct FingerPresented {
  GestureOutcome outcome = GestureOutcome::kTouched;
  std::string finger = {};  // with kTouched: whose; empty for one that is never enrolled
  SampleStatus sample = SampleStatus::kGood;
};

/// The human, scripted.
class UserGesture {
 public:
  virtual ~UserGesture() = default;
  /// Blocks until the user touches or declines, `prompt.timeout` passes or `stop` is requested.
  virtual GestureOutcome Await(const GesturePrompt& prompt, std::stop_token stop) = 0;
  /// Likewise until there is a finger on the sensor, good or bad.
  virtual FingerPresented AwaitFinger(const GesturePrompt& prompt, std::stop_token stop) = 0;
};

}  // namespace keyrig::authenticator
