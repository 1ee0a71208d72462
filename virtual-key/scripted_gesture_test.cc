#include "virtual-key/scripted_gesture.h"

#include <gtest/gtest.h>

#include <thread>

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

/// A user on a desk whose clock the test turns.
class FrozenGestureTest : public testing::Test {
 protected:
  /// What comes of a prompt, `after` being when the clock is turned, once.
  authenticator::FingerPresented Finger(const GestureScript& script, Duration after = {}) {
    ScriptedGesture user(script, clock_, events_, changes_);
    std::jthread turner([&] { Turn(user, after); });
    return user.AwaitFinger({.purpose = GesturePurpose::kVerify, .timeout = kTimeout}, {});
  }
  GestureOutcome LongTouch(const GestureScript& script, Duration after) {
    ScriptedGesture user(script, clock_, events_, changes_);
    std::jthread turner([&] { Turn(user, after); });
    return user.Await(
        {.purpose = GesturePurpose::kReset, .timeout = kTimeout, .hold = std::chrono::seconds(5)},
        {});
  }
  std::vector<std::string> Kinds() const {
    std::vector<std::string> kinds;
    for (const Event& event : events_.Events()) kinds.push_back(event.kind);
    return kinds;
  }

  static constexpr Duration kTimeout = std::chrono::seconds(30);
  FrozenClock clock_{Instant{}};
  EventStream events_;
  ChangeSignal changes_;

 private:
  void Turn(ScriptedGesture& user, Duration by) {
    if (by == Duration{0}) return;
    while (!user.IsAwaiting()) std::this_thread::yield();
    clock_.Advance(by);
    user.ClockMoved();
  }
};

TEST_F(FrozenGestureTest, AFingerIsPresentedByItsName) {
  const auto presented = Finger({.gesture = Gesture::kFinger, .finger = "thumb"});
  EXPECT_EQ(presented.outcome, GestureOutcome::kTouched);
  EXPECT_EQ(presented.finger, "thumb");
  EXPECT_EQ(presented.sample, SampleStatus::kGood);
  EXPECT_EQ(Kinds(), (std::vector<std::string>{"key.finger_wanted", "key.finger_presented"}));
  EXPECT_EQ(events_.Events()[1].Field("finger"), "thumb");
}

TEST_F(FrozenGestureTest, ATouchIsByTheUsualFinger) {
  EXPECT_EQ(Finger({.gesture = Gesture::kTouch}).finger, kUsualFinger);
}

TEST_F(FrozenGestureTest, AWrongFingerHasNoName) {
  EXPECT_EQ(Finger({.gesture = Gesture::kWrongFinger}).finger, "");
  EXPECT_EQ(events_.Events()[1].Field("finger"), "wrong finger");
}

TEST_F(FrozenGestureTest, ABadSampleSaysWhatIsWrongWithIt) {
  const GestureScript script{.gesture = Gesture::kBadSample, .sample = SampleStatus::kTooShort};
  EXPECT_EQ(Finger(script).sample, SampleStatus::kTooShort);
}

TEST_F(FrozenGestureTest, AFingerMayComeLaterOrNotAtAll) {
  const GestureScript late{
      .gesture = Gesture::kFinger, .delay = std::chrono::seconds(2), .finger = "thumb"};
  EXPECT_EQ(Finger(late, std::chrono::seconds(2)).outcome, GestureOutcome::kTouched);
  EXPECT_EQ(Finger({.gesture = Gesture::kNever}, kTimeout).outcome, GestureOutcome::kTimedOut);
  EXPECT_EQ(Finger({.gesture = Gesture::kDecline}).outcome, GestureOutcome::kDeclined);
}

TEST_F(FrozenGestureTest, ALongTouchLastsAsLongAsTheKeyWants) {
  const GestureScript hold{.gesture = Gesture::kTouch, .hold = std::chrono::seconds(6)};
  EXPECT_EQ(LongTouch(hold, std::chrono::seconds(5)), GestureOutcome::kTouched);
  EXPECT_EQ(events_.Events()[0].Field("hold"), "5000 ms");
  EXPECT_EQ(LongTouch({.gesture = Gesture::kTouch}, kTimeout), GestureOutcome::kTimedOut)
      << "a short one is none";
}

TEST(ScriptedGestureTest, GivingALongTouchReturnsWhenItIsOver) {
  RealClock clock;
  EventStream events;
  ChangeSignal changes;
  ScriptedGesture user({.gesture = Gesture::kManual}, clock, events, changes);
  GestureOutcome outcome = GestureOutcome::kTimedOut;
  std::jthread key([&] {
    outcome = user.Await({.purpose = GesturePurpose::kReset,
                          .timeout = std::chrono::seconds(30),
                          .hold = std::chrono::milliseconds(50)},
                         {});
  });
  const auto too_short = user.Give({.gesture = Gesture::kTouch}, std::chrono::seconds(10), {});
  ASSERT_FALSE(too_short.has_value());
  EXPECT_EQ(too_short.error().message,
            "the touch was too short: the key wants to be held for 50 ms");
  const Instant before = clock.Now();
  EXPECT_TRUE(user.Give({.gesture = Gesture::kTouch, .hold = std::chrono::milliseconds(60)},
                        std::chrono::seconds(10), {})
                  .has_value());
  EXPECT_GE(clock.Now() - before, std::chrono::milliseconds(50));
  key.join();
  EXPECT_EQ(outcome, GestureOutcome::kTouched);
}

TEST(ScriptedGestureTest, ATouchThatIsWithdrawnBeforeItIsOverIsNone) {
  RealClock clock;
  EventStream events;
  ChangeSignal changes;
  ScriptedGesture user({.gesture = Gesture::kManual}, clock, events, changes);
  GestureOutcome outcome = GestureOutcome::kTouched;
  std::jthread key([&] {
    outcome = user.Await({.purpose = GesturePurpose::kReset,
                          .timeout = std::chrono::milliseconds(400),
                          .hold = std::chrono::milliseconds(200)},
                         {});
  });
  while (!user.IsAwaiting()) std::this_thread::yield();
  std::stop_source lifted;
  std::jthread user_leaves([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    lifted.request_stop();
  });
  const auto given = user.Give({.gesture = Gesture::kTouch, .hold = std::chrono::hours(1)},
                               std::chrono::seconds(10), lifted.get_token());
  EXPECT_FALSE(given.has_value());
  key.join();
  EXPECT_EQ(outcome, GestureOutcome::kTimedOut);
}

}  // namespace
}  // namespace keyrig::virtual_key
