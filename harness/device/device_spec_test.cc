#include "harness/device/device_spec.h"

#include <gmock/gmock.h>

namespace keyrig::device {
namespace {

using testing::HasSubstr;

TEST(DeviceSpecTest, ReadsEveryFormAndWritesItBack) {
  for (const std::string text :
       {"memory:", "uhid:", "gadget:", "hid:/dev/hidraw3", "nfc:", "nfc:ACS ACR122U 00 00"}) {
    const auto spec = DeviceSpec::Parse(text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->Text(), text);
  }
  EXPECT_EQ(DeviceSpec::Parse("hid:/dev/hidraw3")->path, "/dev/hidraw3");
  EXPECT_EQ(DeviceSpec::Parse("nfc:ACS ACR122U 00 00")->path, "ACS ACR122U 00 00");
}

TEST(DeviceSpecTest, TellsKeysThatAreThereFromThoseThatAreMade) {
  for (const std::string text : {"hid:/dev/hidraw3", "nfc:ACS ACR122U 00 00"}) {
    EXPECT_TRUE(DeviceSpec::Parse(text)->IsPhysical()) << text;
  }
  for (const std::string text : {"memory:", "uhid:", "gadget:", "nfc:"}) {
    EXPECT_FALSE(DeviceSpec::Parse(text)->IsPhysical()) << text;
  }
}

TEST(DeviceSpecTest, NamesWhatItCannotRead) {
  for (const std::string text :
       {"", "memory", "memory:1", "gadget", "hid:", "hid:hidraw3", "nfc", "/dev/hidraw3"}) {
    const auto spec = DeviceSpec::Parse(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_THAT(spec.error().message, HasSubstr("\"" + text + "\""));
    EXPECT_THAT(spec.error().message, HasSubstr("hid:/dev/hidrawN"));
  }
}

}  // namespace
}  // namespace keyrig::device
