#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/change_signal.h"
#include "virtual-key/ctaphid/ctaphid_device.h"
#include "virtual-key/fault_liar.h"
#include "virtual-key/faults/fault_board.h"
#include "virtual-key/journal/journal.h"
#include "virtual-key/named_sink.h"
#include "virtual-key/scripted_gesture.h"
#include "virtual-key/shared_store.h"
#include "virtual-key/tap_presence.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {

/// A key behind its framing: authenticator, memory and user. Requests are processed one after the
/// other on a thread of their own, so that a wait for a touch blocks nobody else. Thread-safe;
/// raises Changes() whenever an answer is ready or a wait begins or ends.
class KeyCore {
 public:
  enum class Activity { kIdle, kProcessing, kAwaitingTouch };
  struct Answer {
    ctaphid::RequestId request = 0;
    Bytes message;
  };

  /// `transport` as getInfo names it.
  static Result<std::unique_ptr<KeyCore>, Error> Create(VirtualKeyOptions options,
                                                        std::string_view transport, Clock& clock,
                                                        Rng& rng, EventSink& events);
  ~KeyCore();
  KeyCore(const KeyCore&) = delete;
  KeyCore& operator=(const KeyCore&) = delete;

  void Submit(ctaphid::Request request);
  /// Ends the wait of a request, whose answer then comes as always.
  void Cancel(ctaphid::RequestId request);
  std::optional<Answer> TakeAnswer();
  Activity CurrentActivity() const;
  /// Ends whatever is under way or queued, and drops its answers.
  void Interrupt();
  /// Interrupts, then forgets what does not survive a loss of power.
  void PowerCycle();

  /// Runs `act` between two requests. An error where one waits for its user.
  Result<void, Error> BetweenRequests(
      const std::function<Result<void, Error>(authenticator::Authenticator&)>& act);

  const authenticator::AuthenticatorConfig& Config() const { return config_; }
  bool HasU2f() const;
  /// Whether it knows more than U2F.
  bool HasCtap2() const;
  Bytes AttestationRoot() const { return authenticator_.AttestationRoot(); }
  TapPresence& Tap() { return tap_; }
  ScriptedGesture& User() { return gesture_; }
  const ScriptedGesture& User() const { return gesture_; }
  const SharedStore& Memory() const { return store_; }
  faults::FaultBoard& Faults() { return faults_; }
  /// An error for a fault that is not of this transport.
  Result<void, Error> SetFault(const faults::Fault& fault);
  ChangeSignal& Changes() { return changes_; }
  EventSink& Events() { return events_; }
  /// Null where nobody wants to know what passes on the wire.
  journal::Journal* WireJournal() { return journal_.get(); }

 private:
  KeyCore(VirtualKeyOptions options, std::string_view transport, Clock& clock, Rng& rng,
          EventSink& events);
  void Start();
  void Work(std::stop_token stop);
  /// Runs the command, as far as the faults let it.
  Bytes Process(const ctaphid::Request& request, const authenticator::Transaction& transaction);
  void InterruptLocked(std::unique_lock<std::mutex>& lock);

  const authenticator::AuthenticatorConfig config_;
  NamedSink events_;
  ChangeSignal changes_;
  SharedStore store_;
  ScriptedGesture gesture_;
  TapPresence tap_;
  const std::shared_ptr<journal::Journal> journal_;
  const std::string_view transport_;
  faults::FaultBoard faults_;
  FaultLiar liar_{faults_};
  authenticator::Authenticator authenticator_;  // of whoever holds running_

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<ctaphid::Request> queue_;
  std::deque<Answer> answers_;
  struct Running {
    ctaphid::RequestId request = 0;
    std::stop_source stop;
  };
  std::optional<Running> running_;
  std::jthread worker_;
};

}  // namespace keyrig::virtual_key
