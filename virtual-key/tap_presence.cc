#include "virtual-key/tap_presence.h"

#include <utility>

namespace keyrig::virtual_key {

using authenticator::FingerPresented;
using authenticator::GestureOutcome;
using authenticator::GesturePrompt;

void TapPresence::EnterField() {
  const std::lock_guard lock(mutex_);
  entered_ = clock_.Now();
}

void TapPresence::LeaveField() {
  const std::lock_guard lock(mutex_);
  entered_.reset();
}

GestureOutcome TapPresence::Await(const GesturePrompt& prompt, std::stop_token stop) {
  const bool is_enough = prompt.hold == Duration{0} && user_.Script().gesture == Gesture::kManual;
  if (!is_enough || stop.stop_requested() || !TakePresence()) {
    return user_.Await(prompt, std::move(stop));
  }
  Event tapped;
  tapped.kind = "key.tapped";
  events_.Emit(std::move(tapped));
  return GestureOutcome::kTouched;
}

FingerPresented TapPresence::AwaitFinger(const GesturePrompt& prompt, std::stop_token stop) {
  return user_.AwaitFinger(prompt, std::move(stop));
}

bool TapPresence::TakePresence() {
  const std::lock_guard lock(mutex_);
  const auto entered = std::exchange(entered_, std::nullopt);
  return entered && clock_.Now() - *entered < kLasts;
}

}  // namespace keyrig::virtual_key
