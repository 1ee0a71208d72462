#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/crypto.h"
#include "harness/device/fido2_key.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::device {

/// A virtual key of this process and the libfido2 client that speaks to it; time stands still but
/// for the key's own waiting, and chance is seeded.
class MemoryKeyFixture : public testing::Test {
 protected:
  static constexpr const char* kPin = "123456";
  inline static const RpId kRp{"login.microsoft.com"};

  void SetUp() override { PlugIn(VirtualKeyOptions()); }

  void PlugIn(VirtualKeyOptions options) {
    if (options.gesture.gesture == Gesture::kManual) options.gesture.gesture = Gesture::kTouch;
    auto created = MemoryKey::Create(std::move(options), clock_, rng_, events_);
    ASSERT_TRUE(created) << created.error().message;
    memory_ = *std::move(created);
  }

  Fido2Key Open() {
    auto key = Fido2Key::OpenPort(memory_->Open(), rng_, events_, "station");
    EXPECT_TRUE(key) << key.error().message;
    return *std::move(key);
  }

  static MakeCredentialRequest Registration(std::string user = "adele") {
    MakeCredentialRequest request;
    request.client_data_hash = crypto::Sha256(ViewOf("client data of a registration"));
    request.rp = kRp;
    request.rp_name = "Microsoft";
    request.user_handle.bytes = ToBytes("handle of " + user);
    request.user_name = user + "@contoso.onmicrosoft.com";
    request.user_display_name = user;
    request.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kRs256};
    request.pin = kPin;
    return request;
  }

  static GetAssertionRequest SignIn(std::vector<CredentialId> allow = {}) {
    GetAssertionRequest request;
    request.client_data_hash = crypto::Sha256(ViewOf("client data of a sign-in"));
    request.rp = kRp;
    request.allow = std::move(allow);
    request.pin = kPin;
    return request;
  }

  /// A credential of `user` on a key that gets its PIN where it has none.
  MadeCredential Register(Fido2Key& key, std::string user = "adele") {
    if (!key.GetInfo()->client_pin.value()) {
      const auto set = key.SetPin(kPin);
      EXPECT_TRUE(set) << set.error().name;
    }
    auto made = key.MakeCredential(Registration(std::move(user)));
    EXPECT_TRUE(made) << made.error().name;
    return made.value_or(MadeCredential());
  }

  void Person(Gesture gesture) {
    ASSERT_TRUE(memory_->Control().SetGesture({gesture, Duration(0)}));
  }

  /// The events that the client emitted.
  std::vector<Event> Transactions() const {
    std::vector<Event> transactions;
    for (Event& event : events_.Events()) {
      if (event.kind == "ctap.transaction") transactions.push_back(std::move(event));
    }
    return transactions;
  }

  FrozenClock clock_{Instant(std::chrono::hours(24) * 20000)};
  Rng rng_{7};
  EventStream events_;
  std::unique_ptr<MemoryKey> memory_;
};

}  // namespace keyrig::device
