#include "harness/device/operator.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/device/memory_key_fixture.h"

namespace keyrig::device {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Remembers what was done to it.
class RecordingControl final : public KeyControl {
 public:
  Result<void, Error> Touch(Duration, std::stop_token stop) override {
    return Await("touch", stop);
  }
  Result<void, Error> Decline(Duration, std::stop_token stop) override {
    return Await("decline", stop);
  }
  Result<void, Error> Give(const GestureScript& script, Duration, std::stop_token stop) override {
    return Await("give " + script.Text(), stop);
  }
  Result<void, Error> SetGesture(GestureScript script) override {
    gesture = script;
    log.push_back("gesture " + script.Text());
    return {};
  }
  Result<void, Error> Unplug() override { return Note("unplug"); }
  Result<void, Error> Plug() override { return Note("plug"); }
  Result<void, Error> PowerCycle() override { return Note("power-cycle"); }
  Result<void, Error> SetFault(const std::string& fault) override { return Note("fault " + fault); }
  Result<void, Error> ClearFaults() override { return Note("clear-faults"); }
  Result<void, Error> Advance(Duration) override { return Note("advance"); }
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
    KeyStateReport report;
    report.gesture = gesture;
    return report;
  }

  GestureScript gesture{Gesture::kManual, Duration(0)};
  std::vector<std::string> log;
  bool asks_for_touch = true;
  std::optional<Error> failure;

 private:
  Result<void, Error> Note(std::string what) {
    log.push_back(std::move(what));
    return {};
  }
  Result<void, Error> Await(const std::string& what, const std::stop_token& stop) {
    if (failure) return Err(*failure);
    while (!asks_for_touch) {
      if (stop.stop_requested()) return Fail("The key did not ask for a touch.");
      std::this_thread::sleep_for(1ms);
    }
    return Note(what);
  }
};

TEST(ScriptedOperatorTest, SetsTheGestureForTheCeremonyAndPutsItBack) {
  RecordingControl control;
  const auto person = ScriptedOperator(control);
  Gesture during = Gesture::kManual;
  ASSERT_TRUE(person->During(Gesture::kDecline, "key", [&] { during = control.gesture.gesture; }));
  EXPECT_EQ(during, Gesture::kDecline);
  EXPECT_EQ(control.gesture.gesture, Gesture::kManual);
}

TEST(ScriptedOperatorTest, PlugsAndUnplugs) {
  RecordingControl control;
  const auto person = ScriptedOperator(control);
  ASSERT_TRUE(person->Do(Action::kRemove, "key", 1s, {}));
  ASSERT_TRUE(person->Do(Action::kInsert, "key", 1s, {}));
  EXPECT_THAT(control.log, testing::ElementsAre("unplug", "plug"));
}

TEST(ControlledOperatorTest, TouchesWhileTheCeremonyWaits) {
  RecordingControl control;
  const auto person = ControlledOperator(control);
  std::thread::id ceremony_thread;
  ASSERT_TRUE(person->During(Gesture::kTouch, "key",
                             [&] { ceremony_thread = std::this_thread::get_id(); }));
  EXPECT_EQ(ceremony_thread, std::this_thread::get_id());
  EXPECT_THAT(control.log, testing::ElementsAre("gesture manual", "touch"));
}

TEST(ControlledOperatorTest, WithdrawsATouchThatIsNotWantedAnyMore) {
  RecordingControl control;
  control.asks_for_touch = false;
  const auto person = ControlledOperator(control);
  EXPECT_TRUE(person->During(Gesture::kTouch, "key", [] {}));
  EXPECT_THAT(control.log, testing::ElementsAre("gesture manual"));
}

TEST(ControlledOperatorTest, ReportsAHandThatCannotReachTheKey) {
  RecordingControl control;
  control.failure = Error{"The control socket is closed."};
  const auto person = ControlledOperator(control);
  const auto done =
      person->During(Gesture::kTouch, "key", [] { std::this_thread::sleep_for(50ms); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "The control socket is closed.");
}

TEST(ControlledOperatorTest, LeavesTheKeyAloneForNever) {
  RecordingControl control;
  const auto person = ControlledOperator(control);
  ASSERT_TRUE(person->During(Gesture::kNever, "key", [] {}));
  EXPECT_THAT(control.log, testing::ElementsAre("gesture never"));
}

TEST(PromptOperatorTest, AsksInWords) {
  std::ostringstream said;
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  const auto person = PromptOperator(input[0], said);
  bool ran = false;
  ASSERT_TRUE(person->During(Gesture::kTouch, "the blue key", [&] { ran = true; }));
  EXPECT_TRUE(ran);
  EXPECT_THAT(said.str(), HasSubstr("Touch the blue key"));
  ASSERT_TRUE(person->During(Gesture::kNever, "the blue key", [] {}));
  EXPECT_THAT(said.str(), HasSubstr("Do not touch the blue key"));
  close(input[0]);
  close(input[1]);
}

TEST(PromptOperatorTest, WaitsForReturn) {
  std::ostringstream said;
  int input[2];
  ASSERT_EQ(pipe(input), 0);
  const auto person = PromptOperator(input[0], said);
  EXPECT_FALSE(person->Do(Action::kRemove, "the blue key", 20ms, {}));
  ASSERT_EQ(write(input[1], "\n", 1), 1);
  EXPECT_TRUE(person->Do(Action::kRemove, "the blue key", 5s, {}));
  EXPECT_THAT(said.str(), HasSubstr("Unplug the blue key"));
  close(input[1]);
  const auto alone = person->Do(Action::kInsert, "the blue key", 5s, {});
  ASSERT_FALSE(alone);
  EXPECT_THAT(alone.error().message, HasSubstr("no terminal"));
  close(input[0]);
}

class ActuatorOperatorTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("actuator." + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Log() const {
    std::ifstream file(folder_ / "log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder_;
};

TEST_F(ActuatorOperatorTest, AppendsActionAndKeyToTheCommand) {
  const auto person = ActuatorOperator("printf '%s|' >" + (folder_ / "log").string());
  ASSERT_TRUE(person->Do(Action::kTouch, "Adele's key", 5s, {}));
  EXPECT_EQ(Log(), "touch|Adele's key|");
}

TEST_F(ActuatorOperatorTest, NamesTheCommandThatFailed) {
  const auto done = ActuatorOperator("exit 3 #")->Do(Action::kTouch, "key", 5s, {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("exit 3 # touch"));
  EXPECT_THAT(done.error().message, HasSubstr("ended with status 3"));
}

TEST_F(ActuatorOperatorTest, EndsACommandThatIsNotWantedAnyMore) {
  const auto person = ActuatorOperator("sleep 60 #");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(person->During(Gesture::kTouch, "key", [] { std::this_thread::sleep_for(50ms); }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(ActuatorOperatorTest, EndsACommandAtItsDeadline) {
  const auto done = ActuatorOperator("sleep 60 #")->Do(Action::kTouch, "key", 50ms, {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("did not end in time"));
}

class OperatorWithKeyTest : public MemoryKeyFixture {};

TEST_F(OperatorWithKeyTest, TouchesARealCeremony) {
  Fido2Key key = Open();
  ASSERT_TRUE(key.SetPin(kPin));
  const auto person = ScriptedOperator(memory_->Control());
  for (const auto& [gesture, name] :
       {std::pair{Gesture::kTouch, "OK"}, std::pair{Gesture::kDecline, "OPERATION_DENIED"}}) {
    std::string outcome;
    ASSERT_TRUE(person->During(gesture, "key", [&] {
      const auto made = key.MakeCredential(Registration());
      outcome = made ? "OK" : made.error().name;
    }));
    EXPECT_EQ(outcome, name);
  }
}

}  // namespace
}  // namespace keyrig::device
