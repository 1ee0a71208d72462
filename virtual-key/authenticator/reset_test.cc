#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ResetTest : public AuthenticatorTest {
 protected:
  Status Reset() { return SendRaw(Bytes{0x07}).status; }
};

TEST_F(ResetTest, ForgetsEverything) {
  const Bytes wrapped = IdOf(Send(Register()));
  const Bytes discoverable = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x04, std::nullopt);
  const auto agreement = Send(ClientPin(0x02).With(0x01, 2)).At(0x01);
  ASSERT_EQ(Reset(), Status::kOk);
  EXPECT_EQ(user_.asked.back(), GesturePurpose::kReset);
  EXPECT_EQ(Send(SignIn({wrapped})).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({discoverable})).status, Status::kNoCredentials);
  EXPECT_EQ(Send(Manage(0x01, std::nullopt, token)).status, Status::kPinAuthInvalid);
  EXPECT_NE(Send(ClientPin(0x02).With(0x01, 2)).At(0x01), agreement);
  EXPECT_EQ(GetLegacyToken("1234").status, Status::kPinNotSet);
  EXPECT_EQ(SetPin("5678"), Status::kOk);
}

TEST_F(ResetTest, FreesABlockedPin) {
  config_.pin.max_retries = 1;
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  ASSERT_EQ(GetLegacyToken("0000").status, Status::kPinBlocked);
  ASSERT_EQ(Reset(), Status::kOk);
  EXPECT_EQ(PinRetries(), 1);
  EXPECT_EQ(SetPin("1234"), Status::kOk);
}

TEST_F(ResetTest, WorksWithinTenSecondsOfPower) {
  ReplaceKey();
  clock_.Advance(seconds(10));
  EXPECT_EQ(Reset(), Status::kOk);
  clock_.Advance(milliseconds(1));
  user_.asked.clear();
  EXPECT_EQ(Reset(), Status::kNotAllowed) << "a reset does not open the window again";
  EXPECT_TRUE(user_.asked.empty());
  Key().PowerCycle();
  EXPECT_EQ(Reset(), Status::kOk);
}

TEST_F(ResetTest, TheTouchMayComeAfterTheWindow) {
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Reset(), Status::kUserActionTimeout);
}

TEST_F(ResetTest, WithoutTheUserNothingIsForgotten) {
  const Bytes id = IdOf(Send(Register()));
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Reset(), Status::kOperationDenied);
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Reset(), Status::kKeepaliveCancel);
  user_.outcome = GestureOutcome::kTouched;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOk);
}

TEST_F(ResetTest, ForgetsTheFingers) {
  EnrollWithPin("thumb");
  const auto uv = [&] { return *SendRaw(Bytes{0x04}).At(0x04).Find("uv"); };
  EXPECT_EQ(uv(), cbor::Value(true));
  ASSERT_EQ(Reset(), Status::kOk);
  EXPECT_EQ(uv(), cbor::Value(false));
}

TEST_F(ResetTest, ALongTouchIsAskedForOnceItIsEnabled) {
  config_.config_commands = {.long_touch_for_reset = true};
  EXPECT_EQ(SendRaw(Bytes{0x04}).At(0x18), cbor::Value(false));
  ASSERT_EQ(Send(Configure(0x04)).status, Status::kOk);
  EXPECT_EQ(SendRaw(Bytes{0x04}).At(0x18), cbor::Value(true));
  user_.holds = milliseconds(4999);
  EXPECT_EQ(Reset(), Status::kUserActionTimeout);
  Key().PowerCycle();
  user_.holds = seconds(5);
  EXPECT_EQ(Reset(), Status::kOk);
  user_.holds = seconds(0);
  EXPECT_EQ(Reset(), Status::kOk) << "a reset key wants no long touch";
}

TEST_F(ResetTest, MayBeBoundToTransports) {
  config_.transports_for_reset = {"usb"};
  EXPECT_EQ(cbor::Diagnose(SendRaw(Bytes{0x04}).At(0x1A)), "[\"usb\"]");
  EXPECT_EQ(SendRaw(Bytes{0x07}, {.transport = "nfc"}).status, Status::kOperationDenied);
  EXPECT_TRUE(user_.asked.empty());
  EXPECT_EQ(SendRaw(Bytes{0x07}, {.transport = "usb"}).status, Status::kOk);
  config_.transports_for_reset = {};
  ReplaceKey();
  EXPECT_EQ(SendRaw(Bytes{0x07}, {.transport = "nfc"}).status, Status::kOk);
}

}  // namespace
}  // namespace keyrig::authenticator
