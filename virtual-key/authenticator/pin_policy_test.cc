#include "virtual-key/authenticator/pin_policy.h"

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

TEST(PinPolicyTest, RefusesRunsAndRepetitions) {
  for (const char* simple : {"1111", "1234", "4321", "abcdef", "fedcba", "1212", "123123", "ababab",
                             "ääää", "äöüäöü", "αβγδ"}) {
    EXPECT_TRUE(IsSimplePin(simple)) << simple;
  }
}

TEST(PinPolicyTest, TakesEverythingElse) {
  for (const char* fine : {"1235", "1112", "1357", "12312", "aäaö", "1221", "8520"}) {
    EXPECT_FALSE(IsSimplePin(fine)) << fine;
  }
}

TEST_F(AuthenticatorTest, AKeyMayHaveThePolicyFromTheFactory) {
  config_.pin.has_complexity_policy = true;
  config_.pin.complexity_policy_url = "https://example.com/pins";
  const Reply info = SendRaw(Bytes{0x04});
  EXPECT_EQ(info.At(0x1B), cbor::Value(true));
  EXPECT_EQ(info.At(0x1C), cbor::Value(ToBytes("https://example.com/pins")));
  EXPECT_EQ(SetPin("123456"), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("271828"), Status::kOk);
  EXPECT_EQ(ChangePin("271828", "000000"), Status::kPinPolicyViolation);
  EXPECT_EQ(ChangePin("271828", "314159"), Status::kOk);
}

TEST_F(AuthenticatorTest, APinHasAMaximumOfCodePointsToo) {
  config_.pin.max_length = 8;
  EXPECT_EQ(SetPin("äöüäöüäöä"), Status::kPinPolicyViolation);
  EXPECT_EQ(SetPin("äöüäöüäö"), Status::kOk) << "eight, in sixteen bytes";
}

TEST_F(AuthenticatorTest, GetInfoOf23TellsTheMaximum) {
  config_.pin.max_length = 8;
  config_.versions.push_back(Version::kFido23);
  EXPECT_EQ(SendRaw(Bytes{0x04}).At(0x1D), cbor::Value(8));
}

}  // namespace
}  // namespace keyrig::authenticator
