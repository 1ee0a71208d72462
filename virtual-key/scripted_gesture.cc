#include "virtual-key/scripted_gesture.h"

#include <algorithm>
#include <utility>

namespace keyrig::virtual_key {
namespace {

using authenticator::GestureOutcome;
using authenticator::GesturePurpose;

std::string_view Name(GesturePurpose purpose) {
  switch (purpose) {
    case GesturePurpose::kRegister:
      return "register";
    case GesturePurpose::kSignIn:
      return "sign_in";
    case GesturePurpose::kSelect:
      return "select";
    case GesturePurpose::kReset:
      return "reset";
    case GesturePurpose::kProbe:
      return "probe";
  }
  return {};
}

std::string_view EventKind(GestureOutcome outcome) {
  switch (outcome) {
    case GestureOutcome::kTouched:
      return "key.touched";
    case GestureOutcome::kDeclined:
      return "key.declined";
    case GestureOutcome::kTimedOut:
      return "key.touch_expired";
    case GestureOutcome::kCancelled:
      return "key.touch_cancelled";
  }
  return {};
}

Event Happened(std::string_view kind, std::vector<EventField> fields = {}) {
  Event event;
  event.kind = kind;
  event.fields = std::move(fields);
  return event;
}

}  // namespace

GestureOutcome ScriptedGesture::Await(const authenticator::GesturePrompt& prompt,
                                      std::stop_token stop) {
  if (stop.stop_requested()) return GestureOutcome::kCancelled;
  events_.Emit(Happened("key.touch_wanted", {{"purpose", std::string(Name(prompt.purpose))}}));
  // Before anyone can see the wait: whoever sees it may cancel it at once.
  const std::stop_callback cancelled(stop, [this] { Settle(GestureOutcome::kCancelled); });
  {
    const std::lock_guard lock(mutex_);
    standing_ = Begin(prompt.timeout);
    if (stop.stop_requested()) standing_->outcome = GestureOutcome::kCancelled;
    SettleByClock();
  }
  changed_.notify_all();
  changes_.Raise();

  GestureOutcome outcome{};
  {
    std::unique_lock lock(mutex_);
    while (Stands()) {
      if (clock_.IsFrozen()) {
        changed_.wait(lock);
        continue;
      }
      const Instant next =
          std::min(standing_->deadline, standing_->touch_at.value_or(Instant::max()));
      changed_.wait_for(lock, next - clock_.Now());
      SettleByClock();
    }
    outcome = *standing_->outcome;
  }
  {
    const std::lock_guard lock(mutex_);
    standing_.reset();
  }
  events_.Emit(Happened(EventKind(outcome)));
  changes_.Raise();
  return outcome;
}

ScriptedGesture::Standing ScriptedGesture::Begin(Duration timeout) {
  const Instant now = clock_.Now();
  Standing standing{now + timeout, std::nullopt, std::exchange(armed_, std::nullopt)};
  if (standing.outcome) return standing;
  if (script_.gesture == Gesture::kTouch) standing.touch_at = now + script_.delay;
  if (script_.gesture == Gesture::kDecline) standing.outcome = GestureOutcome::kDeclined;
  return standing;
}

void ScriptedGesture::SettleByClock() {
  if (!Stands()) return;
  const Instant now = clock_.Now();
  if (standing_->touch_at && *standing_->touch_at <= std::min(now, standing_->deadline)) {
    standing_->outcome = GestureOutcome::kTouched;
  } else if (standing_->deadline <= now) {
    standing_->outcome = GestureOutcome::kTimedOut;
  }
}

void ScriptedGesture::Settle(GestureOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (!Stands()) return;
    standing_->outcome = outcome;
  }
  changed_.notify_all();
  changes_.Raise();
}

bool ScriptedGesture::IsAwaiting() const {
  const std::lock_guard lock(mutex_);
  return Stands();
}

std::optional<Instant> ScriptedGesture::NextInstant() const {
  const std::lock_guard lock(mutex_);
  if (!Stands()) return std::nullopt;
  return std::min(standing_->deadline, standing_->touch_at.value_or(Instant::max()));
}

void ScriptedGesture::ClockMoved() {
  {
    const std::lock_guard lock(mutex_);
    SettleByClock();
  }
  changed_.notify_all();
  changes_.Raise();
}

GestureScript ScriptedGesture::Script() const {
  const std::lock_guard lock(mutex_);
  return script_;
}

void ScriptedGesture::SetScript(GestureScript script) {
  const std::lock_guard lock(mutex_);
  script_ = script;
}

Result<void, Error> ScriptedGesture::Give(GestureOutcome outcome, Duration expiry,
                                          std::stop_token stop) {
  {
    std::unique_lock lock(mutex_);
    if (!Stands() && clock_.IsFrozen()) {
      armed_ = outcome;
      return {};
    }
    if (!changed_.wait_for(lock, stop, expiry, [this] { return Stands(); })) {
      if (stop.stop_requested()) return Fail("withdrawn before the key asked for a touch");
      const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(expiry).count();
      return Fail("the key did not ask for a touch within " + std::to_string(waited) +
                  " ms; start a registration or sign-in first");
    }
    standing_->outcome = outcome;
  }
  changed_.notify_all();
  changes_.Raise();
  return {};
}

}  // namespace keyrig::virtual_key
