#pragma once

#include <stop_token>

#include "harness/base/clock.h"

namespace keyrig::authenticator {

enum class GestureOutcome { kTouched, kDeclined, kTimedOut, kCancelled };

/// Why the key asks for a touch.
enum class GesturePurpose { kRegister, kSignIn, kSelect, kReset, kProbe };

struct GesturePrompt {
  GesturePurpose purpose;
  Duration timeout;  // after which the outcome is kTimedOut
};

/// The human, scripted.
class UserGesture {
 public:
  virtual ~UserGesture() = default;
  /// Blocks until the user touches or declines, `prompt.timeout` passes or `stop` is requested.
  virtual GestureOutcome Await(const GesturePrompt& prompt, std::stop_token stop) = 0;
};

}  // namespace keyrig::authenticator
