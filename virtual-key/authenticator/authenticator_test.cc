#include "virtual-key/authenticator/authenticator.h"

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

TEST_F(AuthenticatorTest, AnswersGetInfo) { EXPECT_EQ(SendRaw(Bytes{0x04}).status, Status::kOk); }

TEST_F(AuthenticatorTest, RegistersAndSignsIn) {
  const Reply registered = Send(Register());
  ASSERT_EQ(registered.status, Status::kOk);
  const Reply signed_in = Send(SignIn({IdOf(registered)}));
  ASSERT_EQ(signed_in.status, Status::kOk);
  const auto key = ParseAuthData(registered.At(0x02)).public_key;
  const Bytes signed_data = Concat({*signed_in.At(0x02).AsBytes(), client_data_hash_});
  EXPECT_TRUE(VerifiesWith(key, signed_data, signed_in.At(0x03)));
}

TEST_F(AuthenticatorTest, RegistersAndSignsInWithPin) {
  ASSERT_EQ(SetPin("123456"), Status::kOk);
  const Token making = GetToken("123456", 0x01, "example.com");
  ASSERT_EQ(making.status, Status::kOk);
  const Reply registered = Send(Authorize(RegisterDiscoverable("example.com", "adele"), making));
  ASSERT_EQ(registered.status, Status::kOk);
  const Token signing = GetToken("123456", 0x02, "example.com");
  const Reply signed_in = Send(Authorize(SignIn(), signing));
  ASSERT_EQ(signed_in.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(signed_in.At(0x02)).flags, kUp | kUv);
}

TEST_F(AuthenticatorTest, RefusesUnknownCommands) {
  for (const int command : {0x00, 0x03, 0x05, 0x09, 0x0C, 0x0D, 0x40, 0x41, 0xBF, 0xFF}) {
    EXPECT_EQ(SendRaw(Bytes{static_cast<std::uint8_t>(command)}).status, Status::kInvalidCommand)
        << command;
  }
}

TEST_F(AuthenticatorTest, RefusesAnEmptyMessage) {
  EXPECT_EQ(SendRaw({}).status, Status::kInvalidLength);
}

TEST_F(AuthenticatorTest, RefusesMessagesOverItsMaximum) {
  const Request padded = Register().With(0x20, Bytes(config_.max_message_size));
  EXPECT_EQ(Send(padded).status, Status::kRequestTooLarge);
  EXPECT_EQ(Send(Register().With(0x20, Bytes(100))).status, Status::kOk);
}

TEST_F(AuthenticatorTest, SelectionWaitsForTheUser) {
  EXPECT_EQ(SendRaw(Bytes{0x0B}).status, Status::kOk);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kSelect});
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(SendRaw(Bytes{0x0B}).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(SendRaw(Bytes{0x0B}).status, Status::kUserActionTimeout);
  std::stop_source cancel;
  cancel.request_stop();
  EXPECT_EQ(SendRaw(Bytes{0x0B}, {.stop = cancel.get_token()}).status, Status::kKeepaliveCancel);
}

TEST_F(AuthenticatorTest, SeededRunsRepeatToTheByte) {
  const auto run = [] {
    FrozenClock clock{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
    Rng rng(5);
    ScriptedGesture user(clock);
    MemoryStore store;
    NullSink events;
    Authenticator key({}, {clock, rng, user, store, events});
    const Bytes request = cbor::Encode(
        cbor::Map{{0x01, Bytes(32)},
                  {0x02, cbor::Map{{"id", "example.com"}}},
                  {0x03, cbor::Map{{"id", Bytes(1)}}},
                  {0x04, cbor::Array{cbor::Map{{"alg", -7}, {"type", "public-key"}}}}});
    return Concat({key.Process(Concat({ByteArray<1>{0x01}, request})), key.AttestationRoot()});
  };
  EXPECT_EQ(ToHex(run()), ToHex(run()));
}

}  // namespace
}  // namespace keyrig::authenticator
