// A key that lies and breaks on purpose; `virtual-key faults` lists the ways.
#include <gtest/gtest.h>

#include "registration.h"
#include "virtual-key/fido2_test_device.h"
#include "virtual-key/virtual_key.h"

TEST(Fault, ABadSignatureIsNoticedAndTheNextOneIsGood) {
  keyrig::FrozenClock clock{keyrig::Instant{}};
  keyrig::Rng rng(7);
  keyrig::NullSink events;
  keyrig::VirtualKeyOptions options;
  options.gesture = keyrig::GestureScript::Parse("touch").value();
  const auto key = keyrig::MemoryKey::Create(options, clock, rng, events).value();
  keyrig::virtual_key::Fido2TestDevice device(key->Open());

  ASSERT_TRUE(key->Control().SetFault("bad_signature once"));
  EXPECT_EQ(Register(device.get()), FIDO_ERR_INVALID_SIG);
  EXPECT_EQ(Register(device.get()), FIDO_OK);

  ASSERT_TRUE(key->Control().SetFault("status=makeCredential:0x28 always"));
  EXPECT_EQ(Register(device.get()), FIDO_ERR_KEY_STORE_FULL);
  ASSERT_TRUE(key->Control().ClearFaults());
  EXPECT_EQ(Register(device.get()), FIDO_OK);

  const auto refused = key->Control().SetFault("bad_luck");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("bad_luck"), std::string::npos);
}
