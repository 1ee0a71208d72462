// A key in this process, and libfido2 as its client.
#include <fido.h>
#include <gtest/gtest.h>

#include "virtual-key/fido2_test_device.h"
#include "virtual-key/virtual_key.h"

TEST(HoldAKey, AClientSeesAFido2KeyWithAPin) {
  keyrig::FrozenClock clock{keyrig::Instant{}};
  keyrig::Rng rng(7);
  keyrig::NullSink events;
  keyrig::VirtualKeyOptions options;
  options.pin = "123456";
  options.gesture = keyrig::GestureScript::Parse("touch after 250ms").value();
  const auto key = keyrig::MemoryKey::Create(options, clock, rng, events).value();

  keyrig::virtual_key::Fido2TestDevice device(key->Open());
  EXPECT_TRUE(fido_dev_is_fido2(device.get()));
  EXPECT_TRUE(fido_dev_has_pin(device.get()));
}
