#include "virtual-key/scripted_gesture.h"

#include <algorithm>
#include <utility>

namespace keyrig::virtual_key {
namespace {

using authenticator::FingerPresented;
using authenticator::GestureOutcome;
using authenticator::GesturePrompt;
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
    case GesturePurpose::kVerify:
      return "verify";
    case GesturePurpose::kEnroll:
      return "enroll";
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

/// The finger that a script puts on a sensor.
FingerPresented FingerOf(const GestureScript& script) {
  FingerPresented touch;
  touch.finger = script.gesture == Gesture::kFinger        ? script.finger
                 : script.gesture == Gesture::kWrongFinger ? std::string()
                                                           : kUsualFinger;
  touch.sample = script.sample;
  return touch;
}

std::string SecondsText(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

Event Happened(std::string_view kind, std::vector<EventField> fields = {}, Duration took = {}) {
  Event event;
  event.kind = kind;
  event.fields = std::move(fields);
  event.took = took;
  return event;
}

}  // namespace

GestureOutcome ScriptedGesture::Await(const GesturePrompt& prompt, std::stop_token stop) {
  if (stop.stop_requested()) return GestureOutcome::kCancelled;
  std::vector<EventField> fields = {{"purpose", std::string(Name(prompt.purpose))}};
  if (prompt.hold != Duration{0}) fields.push_back({"hold", SecondsText(prompt.hold)});
  const Instant since = clock_.Now();
  events_.Emit(Happened("key.touch_wanted", std::move(fields)));
  const GestureOutcome outcome = Wait(prompt, /*wants_finger=*/false, std::move(stop)).outcome;
  events_.Emit(Happened(EventKind(outcome), {}, clock_.Now() - since));
  changes_.Raise();
  return outcome;
}

FingerPresented ScriptedGesture::AwaitFinger(const GesturePrompt& prompt, std::stop_token stop) {
  FingerPresented presented{.outcome = GestureOutcome::kCancelled};
  if (stop.stop_requested()) return presented;
  const Instant since = clock_.Now();
  events_.Emit(Happened("key.finger_wanted", {{"purpose", std::string(Name(prompt.purpose))}}));
  presented = Wait(prompt, /*wants_finger=*/true, std::move(stop));
  if (presented.outcome == GestureOutcome::kTouched) {
    events_.Emit(Happened("key.finger_presented",
                          {{"finger", presented.finger.empty() ? "wrong finger" : presented.finger},
                           {"sample", std::string(keyrig::Name(presented.sample))}},
                          clock_.Now() - since));
  } else {
    events_.Emit(Happened(EventKind(presented.outcome), {}, clock_.Now() - since));
  }
  changes_.Raise();
  return presented;
}

FingerPresented ScriptedGesture::Wait(const GesturePrompt& prompt, bool wants_finger,
                                      std::stop_token stop) {
  // Before anyone can see the wait: whoever sees it may cancel it at once.
  const std::stop_callback cancelled(stop, [this] { Settle(GestureOutcome::kCancelled); });
  {
    const std::lock_guard lock(mutex_);
    Begin(prompt, wants_finger);
    if (stop.stop_requested()) standing_->outcome = GestureOutcome::kCancelled;
    SettleByClock();
  }
  changed_.notify_all();
  changes_.Raise();

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
  FingerPresented result = std::move(standing_->touch);
  result.outcome = *standing_->outcome;
  standing_.reset();
  changed_.notify_all();
  return result;
}

void ScriptedGesture::Begin(const GesturePrompt& prompt, bool wants_finger) {
  const Instant now = clock_.Now();
  standing_ = Standing{.number = ++prompts_,
                       .since = now,
                       .wants_finger = wants_finger,
                       .hold = prompt.hold,
                       .deadline = now + prompt.timeout,
                       .touch_at = std::nullopt,
                       .touch = {},
                       .outcome = std::nullopt};
  const auto armed = std::exchange(armed_, std::nullopt);
  Apply(armed ? *armed : script_);
}

bool ScriptedGesture::Apply(const GestureScript& script) {
  if (script.gesture == Gesture::kDecline) standing_->outcome = GestureOutcome::kDeclined;
  if (!script.Touches()) return true;
  if (script.hold < standing_->hold) return false;
  standing_->touch_at = clock_.Now() + script.delay + standing_->hold;
  standing_->touch = FingerOf(script);
  return true;
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

bool ScriptedGesture::IsAwaitingFinger() const {
  const std::lock_guard lock(mutex_);
  return Stands() && standing_->wants_finger;
}

std::optional<Instant> ScriptedGesture::AwaitingSince() const {
  const std::lock_guard lock(mutex_);
  return Stands() ? std::optional(standing_->since) : std::nullopt;
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
  script_ = std::move(script);
}

Result<void, Error> ScriptedGesture::Give(const GestureScript& script, Duration expiry,
                                          std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!Stands() && clock_.IsFrozen()) {
    armed_ = script;
    return {};
  }
  if (!changed_.wait_for(lock, stop, expiry, [this] { return Stands(); })) {
    if (stop.stop_requested()) return Fail("withdrawn before the key asked for a touch");
    return Fail("the key did not ask for a touch within " + SecondsText(expiry) +
                "; start a registration or sign-in first");
  }
  const std::uint64_t number = standing_->number;
  if (!Apply(script)) {
    return Fail("the touch was too short: the key wants to be held for " +
                SecondsText(standing_->hold));
  }
  SettleByClock();
  const auto tell = [&] {
    lock.unlock();
    changed_.notify_all();
    changes_.Raise();
    lock.lock();
  };
  tell();
  if (clock_.IsFrozen()) return {};
  // The prompt's own wait settles it when the touch has lasted long enough.
  if (!changed_.wait(lock, stop, [&] { return !StandsAs(number); })) {
    standing_->touch_at.reset();
    return Fail("withdrawn before the touch was done");
  }
  return {};
}

}  // namespace keyrig::virtual_key
