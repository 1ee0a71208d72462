#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/control.h"

namespace keyrig::control {

/// A key for tests that notes what it is told. A touch waits until it is let through, withdrawn or
/// expired.
class RecordingKey final : public KeyControl {
 public:
  Result<void, Error> Touch(Duration expiry, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    calls_.push_back("touch within " + std::to_string(expiry.count()));
    changed_.notify_all();
    if (changed_.wait_for(lock, stop, expiry, [&] { return asks_; })) return {};
    calls_.push_back(stop.stop_requested() ? "withdrawn" : "expired");
    changed_.notify_all();
    return Fail("the key did not ask");
  }
  Result<void, Error> Decline(Duration expiry, std::stop_token) override {
    return Note("decline within " + std::to_string(expiry.count()));
  }
  Result<void, Error> Give(const GestureScript& script, Duration expiry, std::stop_token) override {
    return Note("give " + script.Text() + " within " + std::to_string(expiry.count()));
  }
  Result<void, Error> SetGesture(GestureScript script) override {
    return Note("gesture " + script.Text());
  }
  Result<void, Error> Unplug() override { return Note("unplug"); }
  Result<void, Error> Plug() override { return Fail("no room in the port"); }
  Result<void, Error> PowerCycle() override { return Note("power-cycle"); }
  Result<void, Error> SetFault(const std::string& fault) override { return Note("fault " + fault); }
  Result<void, Error> ClearFaults() override { return Note("clear-faults"); }
  Result<void, Error> Advance(Duration by) override {
    return Note("advance " + std::to_string(by.count()));
  }
  Result<void, Error> AddCredential(const PortableCredential& credential) override {
    return Note("add-credential " + ToHex(credential.id.bytes) + " at " + credential.rp.text);
  }
  Result<std::vector<PortableCredential>, Error> Credentials() override { return credentials; }
  Result<void, Error> RemoveCredential(const CredentialId& id) override {
    return Note("remove-credential " + ToHex(id.bytes));
  }
  Result<void, Error> RemoveAllCredentials() override { return Note("remove-all-credentials"); }
  Result<void, Error> SetUserVerified(bool verified) override {
    return Note(verified ? "verified" : "not verified");
  }
  std::vector<PortableCredential> credentials;
  Result<KeyStateReport, Error> State() override {
    KeyStateReport state;
    state.plugged = true;
    state.pin_set = true;
    state.pin_retries = 7;
    state.discoverable_credentials = 3;
    state.aaguid = "6b657972-6967-4000-8000-000000000001";
    state.device_node = "/dev/hidraw5";
    state.awaiting_finger = true;
    state.awaiting_since = Instant(std::chrono::milliseconds(1234));
    state.uv_retries = 2;
    state.fingers = {"thumb", "index"};
    state.gesture = {Gesture::kTouch, std::chrono::milliseconds(250)};
    return state;
  }

  void Ask() {
    const std::lock_guard lock(mutex_);
    asks_ = true;
    changed_.notify_all();
  }
  void WaitForCall(const std::string& call) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::ranges::find(calls_, call) != calls_.end();
    })) << call;
  }
  std::vector<std::string> Calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  Result<void, Error> Note(std::string call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    return {};
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> calls_;
  bool asks_ = false;
};

}  // namespace keyrig::control
