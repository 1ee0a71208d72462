#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

/// For credentials that the key keeps and for those that their ID carries.
class ThirdPartyPaymentTest : public AuthenticatorTest, public testing::WithParamInterface<bool> {
 protected:
  ThirdPartyPaymentTest() { config_.has_third_party_payment = true; }

  Reply Make(std::optional<cbor::Value> input) {
    Request request = Register().With(0x07, cbor::Map{{"rk", GetParam()}});
    if (input) request = request.With(0x06, cbor::Map{{"thirdPartyPayment", std::move(*input)}});
    return Send(request);
  }
  std::string OutputsFor(const Bytes& id, cbor::Value input = true) {
    const Reply got =
        Send(SignIn({id}).With(0x04, cbor::Map{{"thirdPartyPayment", std::move(input)}}));
    EXPECT_EQ(got.status, Status::kOk);
    return cbor::Diagnose(ParseAuthData(got.At(0x02)).extensions);
  }
};

INSTANTIATE_TEST_SUITE_P(Discoverable, ThirdPartyPaymentTest, testing::Bool());

TEST_P(ThirdPartyPaymentTest, TellsWhichCredentialsAllowIt) {
  const Reply allowed = Make(true);
  EXPECT_TRUE(ParseAuthData(allowed.At(0x02)).extensions.IsNull()) << "making has no output";
  const Bytes id = IdOf(allowed);
  ReplaceKey();
  EXPECT_EQ(OutputsFor(id), "{\"thirdPartyPayment\": true}");
  EXPECT_EQ(OutputsFor(IdOf(Make(false))), "{\"thirdPartyPayment\": false}");
  EXPECT_EQ(OutputsFor(IdOf(Make(std::nullopt))), "{\"thirdPartyPayment\": false}");
}

TEST_P(ThirdPartyPaymentTest, FalseAsksForNothing) {
  EXPECT_EQ(OutputsFor(IdOf(Make(true)), false), "null");
}

TEST_P(ThirdPartyPaymentTest, AnotherTypeIsRefused) {
  EXPECT_EQ(Make(1).status, Status::kCborUnexpectedType);
}

TEST_P(ThirdPartyPaymentTest, AKeyWithoutItIgnoresIt) {
  config_.has_third_party_payment = false;
  EXPECT_EQ(OutputsFor(IdOf(Make(true))), "null");
}

}  // namespace
}  // namespace keyrig::authenticator
