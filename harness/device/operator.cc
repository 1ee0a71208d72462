#include "harness/device/operator.h"

#include <optional>
#include <thread>
#include <utility>

namespace keyrig::device {
namespace {

// Longer than a key waits for a touch.
constexpr Duration kTouchExpiry = std::chrono::seconds(60);

Result<void, Error> DoThrough(KeyControl& control, Action action, Duration deadline,
                              std::stop_token stop) {
  switch (action) {
    case Action::kTouch:
      return control.Touch(deadline, std::move(stop));
    case Action::kDecline:
      return control.Decline(deadline, std::move(stop));
    case Action::kInsert:
      return control.Plug();
    case Action::kRemove:
      return control.Unplug();
  }
  return {};
}

class Scripted final : public Operator {
 public:
  explicit Scripted(KeyControl& control) : control_(control) {}

  Result<void, Error> Do(Action action, const std::string&, Duration deadline,
                         std::stop_token stop) override {
    return DoThrough(control_, action, deadline, std::move(stop));
  }

  Result<void, Error> During(Gesture gesture, const std::string&,
                             const std::function<void()>& ceremony) override {
    const GestureScript before = TRY(control_.State()).gesture;
    TRY(control_.SetGesture({gesture, Duration(0)}));
    ceremony();
    return control_.SetGesture(before);
  }

 private:
  KeyControl& control_;
};

class Controlled final : public Operator {
 public:
  explicit Controlled(KeyControl& control) : control_(control) {}

  Result<void, Error> Do(Action action, const std::string&, Duration deadline,
                         std::stop_token stop) override {
    return DoThrough(control_, action, deadline, std::move(stop));
  }

  Result<void, Error> During(Gesture gesture, const std::string& key_name,
                             const std::function<void()>& ceremony) override {
    const auto action = ActionOf(gesture);
    TRY(control_.SetGesture({action ? Gesture::kManual : Gesture::kNever, Duration(0)}));
    return DoMeanwhile(*this, action, key_name, ceremony);
  }

 private:
  KeyControl& control_;
};

}  // namespace

std::string_view Name(Action action) {
  switch (action) {
    case Action::kTouch:
      return "touch";
    case Action::kDecline:
      return "decline";
    case Action::kInsert:
      return "insert";
    case Action::kRemove:
      return "remove";
  }
  return "";
}

std::optional<Action> ActionOf(Gesture gesture) {
  if (gesture == Gesture::kTouch) return Action::kTouch;
  if (gesture == Gesture::kDecline) return Action::kDecline;
  return std::nullopt;
}

Result<void, Error> DoMeanwhile(Operator& person, std::optional<Action> action,
                                const std::string& key_name,
                                const std::function<void()>& ceremony) {
  if (!action) {
    ceremony();
    return {};
  }
  Result<void, Error> done;
  bool withdrawn = false;
  {
    std::jthread hand([&](const std::stop_token& stop) {
      done = person.Do(*action, key_name, kTouchExpiry, stop);
      withdrawn = stop.stop_requested();
    });
    ceremony();
  }
  // A key that ended before it asked for the touch, say for a wrong PIN, needs none.
  if (withdrawn) return {};
  return done;
}

std::unique_ptr<Operator> ScriptedOperator(KeyControl& control) {
  return std::make_unique<Scripted>(control);
}

std::unique_ptr<Operator> ControlledOperator(KeyControl& control) {
  return std::make_unique<Controlled>(control);
}

}  // namespace keyrig::device
