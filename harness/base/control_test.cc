#include "harness/base/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(GestureScriptTest, TextGoesBothWays) {
  const std::pair<const char*, GestureScript> rows[] = {
      {"touch", {Gesture::kTouch, 0s}},     {"touch after 250ms", {Gesture::kTouch, 250ms}},
      {"decline", {Gesture::kDecline, 0s}}, {"never", {Gesture::kNever, 0s}},
      {"manual", {Gesture::kManual, 0s}},
  };
  for (const auto& [text, script] : rows) {
    EXPECT_EQ(GestureScript::Parse(text).value(), script) << text;
    EXPECT_EQ(script.Text(), text);
  }
}

TEST(GestureScriptTest, AFingerASampleAndAHoldAreTextToo) {
  const std::pair<const char*, GestureScript> rows[] = {
      {"finger thumb", {.gesture = Gesture::kFinger, .finger = "thumb"}},
      {"wrong finger", {.gesture = Gesture::kWrongFinger}},
      {"wrong finger after 2000ms", {.gesture = Gesture::kWrongFinger, .delay = 2s}},
      {"sample too-fast", {.gesture = Gesture::kBadSample, .sample = SampleStatus::kTooFast}},
      {"touch hold 6000ms", {.gesture = Gesture::kTouch, .hold = 6s}},
      {"finger thumb hold 500ms after 250ms",
       {.gesture = Gesture::kFinger, .delay = 250ms, .hold = 500ms, .finger = "thumb"}},
  };
  for (const auto& [text, script] : rows) {
    EXPECT_EQ(GestureScript::Parse(text).value(), script) << text;
    EXPECT_EQ(script.Text(), text);
    EXPECT_TRUE(script.Touches());
  }
  EXPECT_EQ(GestureScript::Parse("hold 6s").value(),
            (GestureScript{.gesture = Gesture::kTouch, .hold = 6s}));
  EXPECT_EQ(GestureScript::Parse("hold 6s after 1s").value(),
            (GestureScript{.gesture = Gesture::kTouch, .delay = 1s, .hold = 6s}));
}

TEST(GestureScriptTest, RefusesWhatNoFingerDoes) {
  for (const char* text : {"finger", "finger ", "finger left thumb", "wrong", "wrong finger thumb",
                           "sample", "sample good", "sample bad", "hold", "hold 6", "hold 6x",
                           "decline hold 6s", "never after 1s", "touch after 1s hold 6s"}) {
    const auto script = GestureScript::Parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_THAT(script.error().message, HasSubstr("\"finger NAME\""));
  }
}

TEST(SampleStatusTest, NamesGoBothWays) {
  for (int code = 0; code <= 0x0E; ++code) {
    const auto status = static_cast<SampleStatus>(code);
    if (code == 0x0C) {
      EXPECT_TRUE(Name(status).empty()) << "never assigned";
      continue;
    }
    EXPECT_EQ(SampleStatusFrom(Name(status)), status) << code;
  }
  EXPECT_FALSE(SampleStatusFrom("bad").has_value());
}

TEST(GestureScriptTest, SecondsWillDo) {
  EXPECT_EQ(GestureScript::Parse("touch after 2s").value(), (GestureScript{Gesture::kTouch, 2s}));
}

TEST(GestureScriptTest, RefusesAnythingElseAndSaysWhatToUse) {
  for (const char* text : {"", "Touch", "touch ", "touch after", "touch after ", "touch after 5",
                           "touch after 5x", "touch after -5ms", "touch after ms", "decline now",
                           "touch after 99999999999ms", "touch after 5 ms"}) {
    const auto script = GestureScript::Parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_THAT(script.error().message, HasSubstr(text));
    EXPECT_THAT(script.error().message, HasSubstr("decline, never or manual"));
  }
}

TEST(GestureScriptTest, TheDefaultWaitsForAHand) { EXPECT_EQ(GestureScript{}.Text(), "manual"); }

}  // namespace
}  // namespace keyrig
