#pragma once

#include <mutex>
#include <optional>
#include <stop_token>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "virtual-key/authenticator/gesture.h"
#include "virtual-key/scripted_gesture.h"

namespace keyrig::virtual_key {

/// The user of a key that may be held to an NFC reader. Bringing it into the field is a gesture
/// that proves presence, once and for two minutes (CTAP 2.1 §11.3.2): the first prompt for a plain
/// touch needs nothing more, where the script leaves it to the user (manual). What the script says
/// for every prompt goes before that, so that a test can still have the user decline, stay away or
/// take time; fingers and long touches are always asked for. Later prompts are settled as over USB:
/// the key has something to touch, so it never answers UP_REQUIRED. Thread-safe.
class TapPresence final : public authenticator::UserGesture {
 public:
  static constexpr Duration kLasts = std::chrono::minutes(2);

  TapPresence(ScriptedGesture& user, Clock& clock, EventSink& events)
      : user_(user), clock_(clock), events_(events) {}

  /// The key has come into a field.
  void EnterField();
  void LeaveField();

  authenticator::GestureOutcome Await(const authenticator::GesturePrompt& prompt,
                                      std::stop_token stop) override;
  authenticator::FingerPresented AwaitFinger(const authenticator::GesturePrompt& prompt,
                                             std::stop_token stop) override;

 private:
  bool TakePresence();

  ScriptedGesture& user_;
  Clock& clock_;
  EventSink& events_;
  std::mutex mutex_;
  std::optional<Instant> entered_;  // while the presence has not been used
};

}  // namespace keyrig::virtual_key
