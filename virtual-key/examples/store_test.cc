// A key whose memory is a file, and outlives it.
#include <gtest/gtest.h>

#include <filesystem>

#include "virtual-key/store/sqlite_store.h"
#include "virtual-key/virtual_key.h"

TEST(Store, ThePinIsStillThere) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "keyrig_example.key";
  std::filesystem::remove(file);
  keyrig::FrozenClock clock{keyrig::Instant{}};
  keyrig::Rng rng;
  keyrig::NullSink events;
  for (const char* pin : {"123456", static_cast<const char*>(nullptr)}) {
    keyrig::VirtualKeyOptions options;
    if (pin != nullptr) options.pin = pin;
    options.store = keyrig::key_store::SqliteStore::Open(file).value();
    const auto key = keyrig::MemoryKey::Create(options, clock, rng, events).value();
    EXPECT_TRUE(key->Control().State()->pin_set);
  }
  std::filesystem::remove(file);
}
