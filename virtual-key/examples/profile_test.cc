// The same test on several key models: those that come with keyrig, and one of the suite's own.
#include <gtest/gtest.h>

#include "registration.h"
#include "virtual-key/fido2_test_device.h"
#include "virtual-key/profiles/profile.h"
#include "virtual-key/virtual_key.h"

class Profile : public testing::TestWithParam<std::string> {};

TEST_P(Profile, RegistersWithPinAndTouch) {
  keyrig::FrozenClock clock{keyrig::Instant{}};
  keyrig::Rng rng(7);
  keyrig::NullSink events;
  keyrig::VirtualKeyOptions options;
  options.config = keyrig::profiles::Load(GetParam()).value().config;
  options.pin = "739154";
  options.gesture = keyrig::GestureScript::Parse("touch").value();
  const auto key = keyrig::MemoryKey::Create(options, clock, rng, events).value();
  keyrig::virtual_key::Fido2TestDevice device(key->Open());
  EXPECT_EQ(Register(device.get(), "739154"), FIDO_OK);
}

INSTANTIATE_TEST_SUITE_P(Models, Profile,
                         testing::Values("pin_key", "enhanced_pin_key", "fido20_key", "fido23_key",
                                         "always_uv_key"),
                         [](const auto& model) { return model.param; });

TEST(Profile, OfTheSuitesOwn) {
  const auto profile = keyrig::profiles::Parse("tiny.json", R"({
    "name": "tiny", "aaguid": "01020304-0506-0708-090a-0b0c0d0e0f10", "versions": ["FIDO_2_0"],
    "limits": { "discoverable_credentials": 1 } })");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->config.max_discoverable_credentials, 1U);
  EXPECT_FALSE(keyrig::profiles::Parse("tiny.json", R"({ "name": "tiny" })"));
}
