#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "harness/base/control.h"
#include "harness/base/result.h"

namespace keyrig::device {

/// What the human, or what stands in for one, does to a key.
enum class Action { kTouch, kDecline, kInsert, kRemove };
std::string_view Name(Action action);

/// Does what a person would do: a script (KeyControl), a prompt on the terminal, or an actuator
/// command. Done when it returns.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual Result<void, Error> Do(Action action, const std::string& key_name, Duration deadline,
                                 std::stop_token stop) = 0;
  /// Runs `ceremony` (which blocks in the key) while the user follows `gesture`: touches once when
  /// asked, declines, or does nothing. Returns once both have ended; an action that was not wanted
  /// any more is withdrawn.
  virtual Result<void, Error> During(Gesture gesture, const std::string& key_name,
                                     const std::function<void()>& ceremony) = 0;
};

/// For a key of this process: the gesture is set before the ceremony, on the caller's thread.
std::unique_ptr<Operator> ScriptedOperator(KeyControl& control);
/// For a key behind a control socket: the action runs on a second thread.
std::unique_ptr<Operator> ControlledOperator(KeyControl& control);
/// Asks in words on the terminal; inserting and removing is confirmed with Return, read from the
/// descriptor `input`.
std::unique_ptr<Operator> PromptOperator();
std::unique_ptr<Operator> PromptOperator(int input, std::ostream& output);
/// Runs `command ACTION KEY` (through /bin/sh, with the action appended) and waits for its exit
/// status; a failing actuator is an error that names the command and its status.
std::unique_ptr<Operator> ActuatorOperator(std::string command);

/// The action that a gesture asks for; none where the user does nothing.
std::optional<Action> ActionOf(Gesture gesture);

/// Runs `ceremony` while `person` does `action` on a second thread; what is not done when the
/// ceremony ends is withdrawn.
Result<void, Error> DoMeanwhile(Operator& person, std::optional<Action> action,
                                const std::string& key_name, const std::function<void()>& ceremony);

}  // namespace keyrig::device
