#include "virtual-key/scripted_gesture.h"

#include <gtest/gtest.h>

namespace keyrig::virtual_key {
namespace {

using authenticator::GestureOutcome;
using authenticator::GesturePurpose;

TEST(ScriptedGestureTest, AWaitThatWasCancelledBeforeItBeganAsksNobody) {
  FrozenClock clock{Instant{}};
  EventStream events;
  ChangeSignal changes;
  ScriptedGesture user({Gesture::kTouch, Duration{0}}, clock, events, changes);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(user.Await({GesturePurpose::kSignIn, std::chrono::seconds(30)}, stop.get_token()),
            GestureOutcome::kCancelled);
  EXPECT_TRUE(events.Events().empty());
}

TEST(ScriptedGestureTest, ATouchThatComesTooLateIsNone) {
  RealClock clock;
  EventStream events;
  ChangeSignal changes;
  ScriptedGesture user({Gesture::kTouch, std::chrono::seconds(60)}, clock, events, changes);
  EXPECT_EQ(user.Await({GesturePurpose::kSignIn, std::chrono::milliseconds(20)}, {}),
            GestureOutcome::kTimedOut);
}

}  // namespace
}  // namespace keyrig::virtual_key
