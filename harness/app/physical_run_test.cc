// A separate virtual-key process plays the physical key; an actuator command handles it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "harness/app/keyrig_program.h"
#include "harness/app/temporary_folder.h"
#include "harness/base/child_process.h"
#include "virtual-key/control/socket_key_control.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kModel = "6b657972-6967-4000-8000-000000000001";

class PhysicalRunTest : public testing::Test {
 protected:
  void SetUp() override {
    if (access("/dev/uhid", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/uhid that may be opened";
  }

  void PlugIn(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"--touch", "manual",   "--control",
                                          Socket(),  "--aaguid", kModel};
    // A USB device is nearest to a key in somebody's hand.
    constexpr const char* kLoopbackPort = "dummy_udc.0";
    if (fs::exists(fs::path("/sys/class/udc") / kLoopbackPort)) {
      arguments.insert(arguments.end(), {"--transport", "gadget", "--udc", kLoopbackPort});
    } else {
      arguments.insert(arguments.end(), {"--transport", "uhid"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    key_ = ChildProcess::Start(KEYRIG_BIN_DIR "/virtual-key", arguments).value();
    const auto ready = key_->AwaitLine("ready: ", std::chrono::seconds(30));
    ASSERT_TRUE(ready) << ready.error().message;
    control_ = std::make_unique<control::SocketKeyControl>(Socket());
    node_ = control_->State().value().device_node;
    // A key that attests itself has none.
    const auto root = control_->AttestationRoot();
    if (root) std::ofstream(folder_.Path() / "root.pem") << *root;
    std::ofstream(folder_.Path() / "actuator")
        << "case \"$1\" in insert) set plug ;; remove) set unplug ;; esac\n"
        << "exec " KEYRIG_BIN_DIR "/virtual-key ctl --control " << Socket() << " \"$1\"\n";
  }

  ProgramResult RunAsAStranger(const std::string& arguments) {
    const fs::path root = folder_.Path() / "root.pem";
    const std::string trusted = fs::exists(root) ? " --attestation-root " + root.string() : "";
    return RunKeyrig("run --key hid:" + node_ + " --operator 'exec:sh " +
                     (folder_.Path() / "actuator").string() + "'" + trusted + " --report " +
                     (folder_.Path() / "report").string() + " " + arguments);
  }
  ProgramResult Run(const std::string& arguments) {
    return RunAsAStranger("--i-own-this-key " + std::string(kModel) + " " + arguments);
  }

  std::string Socket() const { return (folder_.Path() / "socket").string(); }

  TemporaryFolder folder_ = TemporaryFolder::Make().value();
  std::unique_ptr<ChildProcess> key_;
  std::string node_;
  std::unique_ptr<control::SocketKeyControl> control_;
};

TEST_F(PhysicalRunTest, ScenariosFollowEachOtherOnOneKeyAndLeaveNoCredential) {
  PlugIn();
  const ProgramResult run =
      Run("--no-skips enable_register_sign_in key_already_registered attestation_enforced "
          "attestation_enforced_self_attestation");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("this key has no PIN. The run gives it the scenarios' own, "
                                    "123456, and that stays"));
  EXPECT_THAT(run.output, HasSubstr("needs a key for which itself vouches; for this one a "
                                    "certificate does"));
  EXPECT_THAT(run.output, HasSubstr("(physical)"));
  EXPECT_THAT(run.output, HasSubstr("3 passed, 0 failed, 1 not applicable in "));
  const KeyStateReport state = control_->State().value();
  EXPECT_EQ(state.discoverable_credentials, 0u);
  EXPECT_TRUE(state.pin_set);  // it is never reset
}

TEST_F(PhysicalRunTest, AKeyThatAttestsItselfPlaysWhatNeedsOne) {
  PlugIn({"--attestation", "self"});
  const ProgramResult run =
      Run("--no-skips attestation_enforced attestation_enforced_self_attestation");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("1 passed, 0 failed, 1 not applicable in "));
  EXPECT_EQ(control_->State().value().discoverable_credentials, 0u);
}

TEST_F(PhysicalRunTest, WhatTurnsTheClockIsNotApplicable) {
  PlugIn();
  const fs::path scenarios = folder_.Path() / "scenarios";
  fs::create_directories(scenarios);
  std::ofstream(scenarios / "later.json") << R"({ "name": "later", "intent": "Waits.",
    "tenant": "contoso", "steps": [ { "advance_clock": { "seconds": 90 } } ] })";
  const ProgramResult run = Run("--scenarios " + scenarios.string());
  EXPECT_THAT(run.output, HasSubstr("not applicable: the scenario turns the clocks forward"));
}

TEST_F(PhysicalRunTest, AnInterruptedRunTakesAwayWhatItMadeAndReports) {
  PlugIn();
  const fs::path scenarios = folder_.Path() / "scenarios";
  fs::create_directories(scenarios);
  std::ofstream(scenarios / "stuck.json") << R"({ "name": "stuck", "intent": "Waits for a touch.",
    "tenant": "contoso", "steps": [
      { "enable_security_keys": { "as": "admin", "enforce_attestation": false } },
      { "register_key": { "as": "adele", "pin": "123456", "name": "K" } },
      { "sign_in": { "as": "adele", "pin": "123456" } } ] })";
  // Touches once, then leaves the key alone.
  const std::string once = (folder_.Path() / "once").string();
  std::ofstream(folder_.Path() / "lazy_actuator")
      << "mkdir " << once << " 2> /dev/null || exec sleep 600\n"
      << "exec " KEYRIG_BIN_DIR "/virtual-key ctl --control " << Socket() << " \"$1\"\n";
  const auto keyrig = ChildProcess::Start(
      KEYRIG_BIN_DIR "/keyrig",
      {"run", "--key", "hid:" + node_, "--operator",
       "exec:sh " + (folder_.Path() / "lazy_actuator").string(), "--i-own-this-key", kModel,
       "--scenarios", scenarios.string(), "--report", (folder_.Path() / "report").string()});
  ASSERT_TRUE(keyrig) << keyrig.error().message;
  const auto waits_for_the_second_touch = [&] {
    const KeyStateReport state = control_->State().value();
    return state.awaiting_touch && state.discoverable_credentials == 1;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!waits_for_the_second_touch()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  (*keyrig)->Signal(SIGTERM);
  EXPECT_EQ((*keyrig)->AwaitEnd(std::chrono::seconds(15)).value(), 128 + SIGTERM);
  EXPECT_EQ(control_->State().value().discoverable_credentials, 0u);
  std::ifstream junit(folder_.Path() / "report/junit.xml");
  EXPECT_THAT((std::string{std::istreambuf_iterator<char>(junit), {}}),
              HasSubstr("interrupted at step 3 sign_in"));
}

TEST_F(PhysicalRunTest, AFailureLeavesNoCredentialEither) {
  PlugIn();
  const fs::path scenarios = folder_.Path() / "scenarios";
  fs::create_directories(scenarios);
  std::ofstream(scenarios / "red.json") << R"({ "name": "red", "intent": "Goes red.",
    "tenant": "contoso", "steps": [
      { "enable_security_keys": { "as": "admin", "enforce_attestation": false } },
      { "register_key": { "as": "adele", "pin": "123456", "name": "K",
                          "expect": { "security_info": 7 } } } ] })";
  const ProgramResult run = Run("--scenarios " + scenarios.string());
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("what happened was granted"));
  EXPECT_EQ(control_->State().value().discoverable_credentials, 0u);
}

TEST_F(PhysicalRunTest, AKeyThatCannotBeAskedIsRefusedUnlessItIsOwned) {
  PlugIn();
  const ProgramResult refused = RunAsAStranger("enable_register_sign_in");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("does not tell which credentials it holds"));
  EXPECT_THAT(refused.output, HasSubstr("--i-own-this-key " + std::string(kModel)));
  EXPECT_FALSE(control_->State().value().pin_set);
}

TEST_F(PhysicalRunTest, AKeyWithAPinIsRefusedUnlessItIsOwned) {
  PlugIn({"--pin", "zebra-7391"});
  const ProgramResult refused = RunAsAStranger("enable_register_sign_in");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("--i-own-this-key " + std::string(kModel)));

  const ProgramResult no_pin = Run("enable_register_sign_in");
  EXPECT_EQ(no_pin.status, 1);
  EXPECT_THAT(no_pin.output, HasSubstr("This key has a PIN. Give it with --key-pin"));
  EXPECT_EQ(control_->State().value().pin_retries, 8);

  const ProgramResult owned =
      Run("enable_register_sign_in wrong_pin_then_right --key-pin zebra-7391");
  EXPECT_EQ(owned.status, 0) << owned.output;
  const ProgramResult search =
      RunShell("grep -rl zebra-7391 " + (folder_.Path() / "report").string());
  EXPECT_EQ(search.output, "");
}

}  // namespace
}  // namespace keyrig::app
