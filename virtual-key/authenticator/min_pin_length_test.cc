#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

/// minPinLength and pinComplexityPolicy, which tell the same relying parties about the PIN.
class PinRulesExtensionTest : public AuthenticatorTest {
 protected:
  PinRulesExtensionTest() {
    config_.has_min_pin_length_extension = true;
    config_.has_pin_complexity_policy_extension = true;
    DeviceState device;
    device.initialized = true;
    device.min_pin_length_rp_ids = {"example.net", "example.com"};
    EXPECT_TRUE(store_.Save(device));
  }
  void Remember(void (*change)(DeviceState&)) {
    DeviceState device = store_.Load();
    change(device);
    EXPECT_TRUE(store_.Save(device));
    ReplaceKey();
  }
  std::string Outputs(cbor::Map inputs, std::string_view rp = "example.com") {
    const Reply made = Send(RegisterDiscoverable(rp, "adele").With(0x06, std::move(inputs)));
    EXPECT_EQ(made.status, Status::kOk);
    return cbor::Diagnose(ParseAuthData(made.At(0x02)).extensions);
  }
};

TEST_F(PinRulesExtensionTest, TellsTheLengthInForce) {
  EXPECT_EQ(Outputs({{"minPinLength", true}}), "{\"minPinLength\": 4}");
  Remember([](DeviceState& device) { device.min_pin_length = 8; });
  EXPECT_EQ(Outputs({{"minPinLength", true}}), "{\"minPinLength\": 8}");
}

TEST_F(PinRulesExtensionTest, TellsWhetherThePolicyIsInForce) {
  EXPECT_EQ(Outputs({{"pinComplexityPolicy", true}}), "{\"pinComplexityPolicy\": false}");
  Remember([](DeviceState& device) { device.pin_complexity_policy = true; });
  EXPECT_EQ(Outputs({{"pinComplexityPolicy", true}}), "{\"pinComplexityPolicy\": true}");
}

TEST_F(PinRulesExtensionTest, OtherRelyingPartiesLearnNothing) {
  const cbor::Map both = {{"minPinLength", true}, {"pinComplexityPolicy", true}};
  EXPECT_EQ(Outputs(both, "example.org"), "null");
  EXPECT_EQ(Outputs(both, "example.net"), "{\"minPinLength\": 4, \"pinComplexityPolicy\": false}");
}

TEST_F(PinRulesExtensionTest, FalseAsksForNothing) {
  EXPECT_EQ(Outputs({{"minPinLength", false}, {"pinComplexityPolicy", false}}), "null");
}

TEST_F(PinRulesExtensionTest, AnotherTypeIsRefused) {
  for (const char* name : {"minPinLength", "pinComplexityPolicy"}) {
    EXPECT_EQ(Send(Register().With(0x06, cbor::Map{{name, 1}})).status, Status::kCborUnexpectedType)
        << name;
  }
}

TEST_F(PinRulesExtensionTest, AKeyWithoutThemIgnoresThem) {
  config_.has_min_pin_length_extension = config_.has_pin_complexity_policy_extension = false;
  EXPECT_EQ(Outputs({{"minPinLength", true}, {"pinComplexityPolicy", true}}), "null");
}

}  // namespace
}  // namespace keyrig::authenticator
