#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "harness/device/operator.h"

namespace keyrig::device {
namespace {

using std::chrono::steady_clock;

// How soon a withdrawn question is noticed.
constexpr auto kTick = std::chrono::milliseconds(100);

class Prompt final : public Operator {
 public:
  Prompt(int input, std::ostream& output) : input_(input), output_(output) {}

  Result<void, Error> Do(Action action, const std::string& key_name, Duration deadline,
                         std::stop_token stop) override {
    switch (action) {
      case Action::kTouch:
        Say("Touch {} when it blinks.", key_name);
        return {};
      case Action::kDecline:
        Say("Remove {} when it blinks, without touching it.", key_name);
        return {};
      case Action::kInsert:
        Say("Plug in {}, then press Return.", key_name);
        return AwaitReturn(deadline, stop);
      case Action::kRemove:
        Say("Unplug {}, then press Return.", key_name);
        return AwaitReturn(deadline, stop);
    }
    return {};
  }

  // The person sees the key blink; nothing has to be waited for.
  Result<void, Error> During(Gesture gesture, const std::string& key_name,
                             const std::function<void()>& ceremony) override {
    if (const auto action = ActionOf(gesture)) {
      TRY(Do(*action, key_name, Duration(0), {}));
    } else {
      Say("Do not touch {}, even while it blinks.", key_name);
    }
    ceremony();
    return {};
  }

 private:
  template <typename... Arguments>
  void Say(fmt::format_string<Arguments...> words, Arguments&&... arguments) {
    output_ << "\n>>> " << fmt::format(words, std::forward<Arguments>(arguments)...) << std::endl;
  }

  Result<void, Error> AwaitReturn(Duration deadline, const std::stop_token& stop) {
    const auto end = steady_clock::now() + deadline;
    while (!stop.stop_requested()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
      if (left.count() <= 0) return Fail("Nobody pressed Return in time.");
      pollfd waiting{input_, POLLIN, 0};
      if (poll(&waiting, 1, static_cast<int>(std::min(left, kTick).count())) <= 0) continue;
      char character = 0;
      const ssize_t count = read(input_, &character, 1);
      if (count <= 0) {
        return Fail(
            "There is no terminal to press Return on; run keyrig in one, or give "
            "--operator exec:COMMAND.");
      }
      if (character == '\n') return {};
    }
    return Fail("The question was withdrawn.");
  }

  int input_;
  std::ostream& output_;
};

}  // namespace

std::unique_ptr<Operator> PromptOperator() { return PromptOperator(STDIN_FILENO, std::cerr); }

std::unique_ptr<Operator> PromptOperator(int input, std::ostream& output) {
  return std::make_unique<Prompt>(input, output);
}

}  // namespace keyrig::device
