#include "virtual-key/tap_presence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "virtual-key/change_signal.h"

namespace keyrig::virtual_key {
namespace {

using authenticator::GestureOutcome;
using authenticator::GesturePrompt;
using authenticator::GesturePurpose;

/// A key that a user holds to a reader. What the tap does not settle, the user declines.
class TapPresenceTest : public testing::Test {
 protected:
  GestureOutcome Ask(Duration hold = Duration{0}) {
    const GesturePrompt prompt{GesturePurpose::kSignIn, std::chrono::seconds(30), hold};
    auto asked = std::async(std::launch::async, [&] { return tap_.Await(prompt, {}); });
    while (asked.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
      if (!user_.IsAwaiting()) continue;
      EXPECT_TRUE(user_.Give({.gesture = Gesture::kDecline}, std::chrono::seconds(1), {}));
    }
    return asked.get();
  }

  std::ptrdiff_t Taps() const {
    return std::ranges::count(events_.Events(), "key.tapped", &Event::kind);
  }

  FrozenClock clock_{Instant(std::chrono::hours(24) * 20000)};
  EventStream events_;
  ChangeSignal changes_;
  ScriptedGesture user_{GestureScript{}, clock_, events_, changes_};
  TapPresence tap_{user_, clock_, events_};
};

TEST_F(TapPresenceTest, WithoutATapTheUserIsAsked) {
  EXPECT_EQ(Ask(), GestureOutcome::kDeclined);
  EXPECT_EQ(Taps(), 0);
}

// CTAP 2.1 §11.3.2.
TEST_F(TapPresenceTest, ATapIsOneTouch) {
  tap_.EnterField();
  EXPECT_EQ(Ask(), GestureOutcome::kTouched);
  EXPECT_EQ(Taps(), 1);
  EXPECT_EQ(Ask(), GestureOutcome::kDeclined);
  tap_.EnterField();
  EXPECT_EQ(Ask(), GestureOutcome::kTouched);
}

TEST_F(TapPresenceTest, ATapLastsForTwoMinutes) {
  tap_.EnterField();
  clock_.Advance(TapPresence::kLasts - Duration{1});
  EXPECT_EQ(Ask(), GestureOutcome::kTouched);
  tap_.EnterField();
  clock_.Advance(TapPresence::kLasts);
  EXPECT_EQ(Ask(), GestureOutcome::kDeclined);
}

TEST_F(TapPresenceTest, ItEndsWithTheField) {
  tap_.EnterField();
  tap_.LeaveField();
  EXPECT_EQ(Ask(), GestureOutcome::kDeclined);
}

TEST_F(TapPresenceTest, ALongTouchIsAskedFor) {
  tap_.EnterField();
  EXPECT_EQ(Ask(std::chrono::seconds(5)), GestureOutcome::kDeclined);
}

TEST_F(TapPresenceTest, AScriptGoesBeforeTheTap) {
  user_.SetScript({.gesture = Gesture::kDecline});
  tap_.EnterField();
  EXPECT_EQ(Ask(), GestureOutcome::kDeclined);
  EXPECT_EQ(Taps(), 0);
}

}  // namespace
}  // namespace keyrig::virtual_key
