// The user is the test: who touches, declines, unplugs, and how time passes.
#include <gtest/gtest.h>

#include <thread>

#include "registration.h"
#include "virtual-key/fido2_test_device.h"
#include "virtual-key/virtual_key.h"

using keyrig::virtual_key::Fido2TestDevice;
using std::chrono::seconds;

/// A key that asks the test for each touch.
class Touch : public testing::Test {
 protected:
  static keyrig::VirtualKeyOptions AskingTheTest() {
    keyrig::VirtualKeyOptions options;
    options.gesture = keyrig::GestureScript::Parse("manual").value();
    return options;
  }

  keyrig::RealClock clock_;
  keyrig::Rng rng_;
  keyrig::NullSink events_;
  std::unique_ptr<keyrig::MemoryKey> key_ =
      keyrig::MemoryKey::Create(AskingTheTest(), clock_, rng_, events_).value();
  keyrig::KeyControl& user_ = key_->Control();
};

TEST_F(Touch, TheClientWaitsForIt) {
  Fido2TestDevice device(key_->Open());
  std::jthread touching([&] { EXPECT_TRUE(user_.Touch(seconds(10))); });
  EXPECT_EQ(Register(device.get()), FIDO_OK);
}

TEST_F(Touch, TheClientIsTurnedAway) {
  Fido2TestDevice device(key_->Open());
  std::jthread declining([&] { EXPECT_TRUE(user_.Decline(seconds(10))); });
  EXPECT_EQ(Register(device.get()), FIDO_ERR_OPERATION_DENIED);
}

TEST_F(Touch, ThirtySecondsAreOverAtOnce) {
  Fido2TestDevice device(key_->Open());
  std::jthread waiting([&] {
    while (!user_.State()->awaiting_touch) std::this_thread::yield();
    EXPECT_TRUE(user_.Advance(seconds(31)));
  });
  EXPECT_EQ(Register(device.get()), FIDO_ERR_OPERATION_DENIED);
}

TEST_F(Touch, TheKeyIsPulledOut) {
  Fido2TestDevice device(key_->Open());
  std::jthread pulling([&] {
    while (!user_.State()->awaiting_touch) std::this_thread::yield();
    EXPECT_TRUE(user_.Unplug());
  });
  EXPECT_EQ(Register(device.get()), FIDO_ERR_RX);
}
