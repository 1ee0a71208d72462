#include "harness/base/control.h"

#include <utility>

#include "harness/base/duration_text.h"

namespace keyrig {
namespace {

constexpr std::string_view kAfter = " after ", kHold = " hold ";

/// Takes "<marker>250ms" off the end of `text` where it is there; false where what follows the
/// marker is no duration.
bool TakeDuration(std::string_view& text, std::string_view marker, Duration& duration) {
  const std::size_t at = text.find(marker);
  if (at == std::string_view::npos) return true;
  const auto amount = ParseDuration(text.substr(at + marker.size()));
  if (!amount) return false;
  duration = *amount;
  text = text.substr(0, at);
  return true;
}

/// What the text says apart from hold and delay.
std::optional<GestureScript> BareScript(std::string_view text) {
  constexpr std::string_view kFinger = "finger ", kSample = "sample ";
  GestureScript script;
  if (text == "touch") {
    script.gesture = Gesture::kTouch;
  } else if (text == "wrong finger") {
    script.gesture = Gesture::kWrongFinger;
  } else if (text.starts_with(kFinger)) {
    script.gesture = Gesture::kFinger;
    script.finger = text.substr(kFinger.size());
    if (script.finger.empty() || script.finger.find(' ') != std::string::npos) return std::nullopt;
  } else if (text.starts_with(kSample)) {
    const auto sample = SampleStatusFrom(text.substr(kSample.size()));
    if (!sample || *sample == SampleStatus::kGood) return std::nullopt;
    script.gesture = Gesture::kBadSample;
    script.sample = *sample;
  } else {
    return std::nullopt;
  }
  return script;
}

}  // namespace

bool GestureScript::Touches() const {
  return gesture == Gesture::kTouch || gesture == Gesture::kFinger ||
         gesture == Gesture::kWrongFinger || gesture == Gesture::kBadSample;
}

std::string GestureScript::Text() const {
  std::string text;
  switch (gesture) {
    case Gesture::kTouch:
      text = "touch";
      break;
    case Gesture::kFinger:
      text = "finger " + finger;
      break;
    case Gesture::kWrongFinger:
      text = "wrong finger";
      break;
    case Gesture::kBadSample:
      text = "sample " + std::string(Name(sample));
      break;
    case Gesture::kDecline:
      return "decline";
    case Gesture::kNever:
      return "never";
    case Gesture::kManual:
      return "manual";
  }
  if (hold != Duration{0}) text += std::string(kHold) + DurationText(hold);
  if (delay != Duration{0}) text += std::string(kAfter) + DurationText(delay);
  return text;
}

Result<GestureScript, Error> GestureScript::Parse(std::string_view text) {
  if (text == "decline") return GestureScript{.gesture = Gesture::kDecline};
  if (text == "never") return GestureScript{.gesture = Gesture::kNever};
  if (text == "manual") return GestureScript{.gesture = Gesture::kManual};
  Duration hold{0}, delay{0};
  const std::string whole =
      text.starts_with("hold ") ? "touch " + std::string(text) : std::string(text);
  std::string_view rest = whole;
  if (TakeDuration(rest, kAfter, delay) && TakeDuration(rest, kHold, hold)) {
    if (auto script = BareScript(rest)) {
      script->hold = hold;
      script->delay = delay;
      return *std::move(script);
    }
  }
  return Fail("\"" + std::string(text) +
              "\" is not a gesture; use touch, \"touch after 250ms\", \"hold 6s\", "
              "\"finger NAME\", \"wrong finger\", \"sample too-fast\", decline, never or manual");
}

Result<void, Error> KeyControl::Finger(std::string name, Duration expiry, std::stop_token stop) {
  return Give({.gesture = Gesture::kFinger, .finger = std::move(name)}, expiry, std::move(stop));
}

Result<void, Error> KeyControl::WrongFinger(Duration expiry, std::stop_token stop) {
  return Give({.gesture = Gesture::kWrongFinger}, expiry, std::move(stop));
}

Result<void, Error> KeyControl::Hold(Duration duration, Duration expiry, std::stop_token stop) {
  return Give({.gesture = Gesture::kTouch, .hold = duration}, expiry, std::move(stop));
}

}  // namespace keyrig
