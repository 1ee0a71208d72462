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

TEST(GestureScriptTest, SecondsWillDo) {
  EXPECT_EQ(GestureScript::Parse("touch after 2s").value(), (GestureScript{Gesture::kTouch, 2s}));
}

TEST(GestureScriptTest, RefusesAnythingElseAndSaysWhatToUse) {
  for (const char* text : {"", "Touch", "touch ", "touch after", "touch after ", "touch after 5",
                           "touch after 5m", "touch after -5ms", "touch after ms", "decline now",
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
