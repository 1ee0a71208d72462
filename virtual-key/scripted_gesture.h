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
  authenticator::FingerPresented AwaitFinger(const authenticator::GesturePrompt& prompt,
                                             std::stop_token stop) override;

  bool IsAwaiting() const;
  /// Whether what it waits for is a finger on the sensor.
  bool IsAwaitingFinger() const;
  /// When it began to; nothing where it waits for nothing.
  std::optional<Instant> AwaitingSince() const;
  /// When the standing prompt ends by itself; nothing where none stands.
  std::optional<Instant> NextInstant() const;
  void ClockMoved();
  GestureScript Script() const;
  void SetScript(GestureScript script);
  /// Waits up to `expiry` of real time for a prompt and does to it what `script` says, once;
  /// returns when that is done. Where the clock is frozen and no prompt stands there is nothing to
  /// wait for: the next prompt is treated so. With a frozen clock what takes time is done by
  /// whoever moves it, after the call. A touch that is too short for the prompt is an error and
  /// leaves it standing.
  Result<void, Error> Give(const GestureScript& script, Duration expiry, std::stop_token stop);

 private:
  struct Standing {
    std::uint64_t number;
    Instant since;
    bool wants_finger;
    Duration hold;  // of the touch that it wants
    Instant deadline;
    std::optional<Instant> touch_at;  // when the touch has lasted long enough
    authenticator::FingerPresented touch;
    std::optional<authenticator::GestureOutcome> outcome;
  };

  authenticator::FingerPresented Wait(const authenticator::GesturePrompt& prompt, bool wants_finger,
                                      std::stop_token stop);
  void Begin(const authenticator::GesturePrompt& prompt, bool wants_finger);
  /// Does to the standing prompt what the script says; false where its touch is too short.
  bool Apply(const GestureScript& script);
  void Settle(authenticator::GestureOutcome outcome);
  void SettleByClock();
  bool Stands() const { return standing_ && !standing_->outcome; }
  bool StandsAs(std::uint64_t number) const { return Stands() && standing_->number == number; }

  Clock& clock_;
  EventSink& events_;
  ChangeSignal& changes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  GestureScript script_;
  std::optional<GestureScript> armed_;
  std::uint64_t prompts_ = 0;
  std::optional<Standing> standing_;
};

}  // namespace keyrig::virtual_key
