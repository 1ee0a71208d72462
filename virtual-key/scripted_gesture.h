#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "virtual-key/authenticator/gesture.h"
#include "virtual-key/change_signal.h"

namespace keyrig::virtual_key {

/// The user of a virtual key: follows a script, or waits for Touch and Decline. Thread-safe; raises
/// the signal whenever a prompt begins or is settled.
class ScriptedGesture final : public authenticator::UserGesture {
 public:
  ScriptedGesture(GestureScript script, Clock& clock, EventSink& events, ChangeSignal& changes)
      : clock_(clock), events_(events), changes_(changes), script_(script) {}

  /// With a frozen clock it neither sleeps nor advances: whoever moves the clock calls ClockMoved.
  authenticator::GestureOutcome Await(const authenticator::GesturePrompt& prompt,
                                      std::stop_token stop) override;

  bool IsAwaiting() const;
  /// When the standing prompt ends by itself; nothing where none stands.
  std::optional<Instant> NextInstant() const;
  void ClockMoved();
  GestureScript Script() const;
  void SetScript(GestureScript script);
  /// Waits up to `expiry` of real time for a prompt and settles it, once. Where the clock is frozen
  /// and no prompt stands there is nothing to wait for: the next prompt is settled at once.
  Result<void, Error> Give(authenticator::GestureOutcome outcome, Duration expiry,
                           std::stop_token stop);

 private:
  struct Standing {
    Instant deadline;
    std::optional<Instant> touch_at;
    std::optional<authenticator::GestureOutcome> outcome;
  };

  Standing Begin(Duration timeout);
  void Settle(authenticator::GestureOutcome outcome);
  void SettleByClock();
  bool Stands() const { return standing_ && !standing_->outcome; }

  Clock& clock_;
  EventSink& events_;
  ChangeSignal& changes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  GestureScript script_;
  std::optional<authenticator::GestureOutcome> armed_;
  std::optional<Standing> standing_;
};

}  // namespace keyrig::virtual_key
