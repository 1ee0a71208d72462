#include "harness/base/control.h"

#include <charconv>

namespace keyrig {

std::string GestureScript::Text() const {
  switch (gesture) {
    case Gesture::kTouch:
      if (delay == Duration{0}) return "touch";
      return "touch after " +
             std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()) +
             "ms";
    case Gesture::kDecline:
      return "decline";
    case Gesture::kNever:
      return "never";
    case Gesture::kManual:
      return "manual";
  }
  return {};
}

Result<GestureScript, Error> GestureScript::Parse(std::string_view text) {
  if (text == "touch") return GestureScript{Gesture::kTouch, Duration{0}};
  if (text == "decline") return GestureScript{Gesture::kDecline, Duration{0}};
  if (text == "never") return GestureScript{Gesture::kNever, Duration{0}};
  if (text == "manual") return GestureScript{Gesture::kManual, Duration{0}};
  constexpr std::string_view kAfter = "touch after ";
  if (text.starts_with(kAfter)) {
    const std::string_view amount = text.substr(kAfter.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(amount.begin(), amount.end(), number);
    const std::string_view unit(end, amount.end());
    if (error == std::errc{} && unit == "ms") {
      return GestureScript{Gesture::kTouch, std::chrono::milliseconds(number)};
    }
    if (error == std::errc{} && unit == "s") {
      return GestureScript{Gesture::kTouch, std::chrono::seconds(number)};
    }
  }
  return Fail("\"" + std::string(text) +
              "\" is not a gesture; use touch, \"touch after 250ms\", decline, never or manual");
}

}  // namespace keyrig
