// The keyrig program as a user meets it: what it prints, what it writes, how it ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/app/keyrig_program.h"
#include "harness/app/temporary_folder.h"
#include "harness/base/child_process.h"

namespace keyrig::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr const char* kRed = R"({ "name": "red", "intent": "Goes red.", "tenant": "contoso",
    "steps": [ { "enable_security_keys":
      { "as": "admin", "expect": { "graph": "accessDenied" } } } ] })";

class ProgramTest : public testing::Test {
 protected:
  /// A folder with one scenario, for --scenarios.
  std::string OneScenario(const std::string& name, const std::string& text) {
    const fs::path folder = folder_.Path() / "scenarios";
    fs::create_directories(folder);
    std::ofstream(folder / (name + ".json")) << text;
    return folder.string();
  }
  ProgramResult Keyrig(const std::string& arguments) {
    return RunKeyrig(arguments + " --report " + Report().string());
  }
  fs::path Report() const { return folder_.Path() / "report"; }
  std::string Written(const std::string& name) const {
    std::ifstream file(Report() / name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_ = TemporaryFolder::Make().value();
};

TEST_F(ProgramTest, PlaysTheMainJob) {
  const ProgramResult run = Keyrig("run enable_register_sign_in --seed 5");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output,
              AllOf(HasSubstr("key memory: (in-process)   seed 5\n"),
                    ContainsRegex("  1  admin turns security keys on .* granted  .*s\n"),
                    ContainsRegex("  2  adele registers a security key .* granted  .*s\n"),
                    ContainsRegex("  3  adele signs in to My Apps .* granted  .*s\n"),
                    HasSubstr("1 passed, 0 failed in "), HasSubstr("report: ")));
  EXPECT_THAT(Written("junit.xml"), HasSubstr("tests=\"1\" failures=\"0\" skipped=\"0\""));
  const std::string html = Written("index.html");
  for (const std::string part : {"<h1>The scenario passed</h1>", "<dd>in-process (memory:)</dd>",
                                 "POST login.microsoft.com/common/fido/get"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  EXPECT_NE(Written("events.jsonl").find("\"kind\":\"run.finished\""), std::string::npos);
}

TEST_F(ProgramTest, AFailureEndsInStatusOneAndSaysHowToRepeatIt) {
  const std::string scenarios = OneScenario("red", kRed);
  const std::string arguments =
      "--key memory: --seed 5 --scenarios " + scenarios + " --assets " KEYRIG_SOURCE_DIR;
  const ProgramResult run = Keyrig("run red " + arguments);
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, HasSubstr("failed: step 1 enable_security_keys (admin turns security "
                                    "keys on): expected graph accessDenied"));
  EXPECT_THAT(run.output, HasSubstr("repeat with: " KEYRIG_BIN_DIR "/keyrig run red " + arguments));
  EXPECT_THAT(Written("junit.xml"), HasSubstr("<failure message="));
}

TEST_F(ProgramTest, TheCommandThatRepeatsItWorksInAnyFolder) {
  const std::string scenarios = OneScenario("red", kRed);
  const std::string folder = folder_.Path().string();
  const ProgramResult run = RunShell("cd " + folder +
                                     " && ln -s " KEYRIG_BIN_DIR
                                     "/keyrig here && ./here run --scenarios ./scenarios --seed 5");
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, HasSubstr("--seed 5 --scenarios " + scenarios + "\n"));
  const std::size_t begin = run.output.find("repeat with: ") + 13;
  const std::string command = run.output.substr(begin, run.output.find('\n', begin) - begin);
  const ProgramResult repeated =
      RunShell("mkdir " + folder + "/other && cd " + folder + "/other && " + command);
  EXPECT_EQ(repeated.status, 1);
  EXPECT_THAT(repeated.output, HasSubstr("failed: step 1 enable_security_keys"));
}

TEST_F(ProgramTest, TwoRunsOfOneSeedWriteTheSameEventsToTheByte) {
  const auto events = [&](const std::string& seed) {
    const ProgramResult run =
        Keyrig("run enable_register_sign_in no_touch key_replugged --seed " + seed);
    EXPECT_EQ(run.status, 0) << run.output;
    return Written("events.jsonl");
  };
  const std::string once = events("5");
  EXPECT_EQ(once, events("5"));
  EXPECT_NE(once, events("6"));
  EXPECT_THAT(Written("times.jsonl"), HasSubstr("\"took_us\":"));
}

TEST_F(ProgramTest, AnInterruptedRunReportsAndLeavesNothingBehind) {
  std::string steps = R"({ "enable_security_keys": { "as": "admin" } },
      { "register_key": { "as": "adele", "pin": "123456", "name": "K" } })";
  for (int i = 0; i < 2000; ++i) steps += R"(, { "sign_in": { "as": "adele", "pin": "123456" } })";
  const std::string scenarios = OneScenario(
      "long", R"({ "name": "long", "intent": "Takes long.", "tenant": "contoso", "steps": [ )" +
                  steps + " ] }");
  const fs::path temporary = folder_.Path() / "temporary";
  fs::create_directories(temporary);
  const auto keyrig =
      ChildProcess::Start("/usr/bin/env",
                          {"TMPDIR=" + temporary.string(), KEYRIG_BIN_DIR "/keyrig", "run",
                           "--scenarios", scenarios, "--report", Report().string()})
          .value();
  ASSERT_TRUE(keyrig->AwaitLine("  3  ", std::chrono::seconds(120)));
  EXPECT_FALSE(fs::is_empty(temporary));
  keyrig->Signal(SIGINT);
  ASSERT_TRUE(keyrig->AwaitLine("report: ", std::chrono::seconds(120)));
  EXPECT_EQ(keyrig->AwaitEnd(std::chrono::seconds(20)).value(), 128 + SIGINT);

  EXPECT_TRUE(fs::is_empty(temporary));
  EXPECT_THAT(Written("junit.xml"), HasSubstr("<failure message=\"interrupted at step "));
  EXPECT_NE(Written("index.html").find("interrupted at step "), std::string::npos);
  EXPECT_NE(Written("events.jsonl").find("\"kind\":\"run.finished\""), std::string::npos);
}

TEST_F(ProgramTest, AnUnknownFilterIsAUsageError) {
  const ProgramResult run = Keyrig("run enable_regster_sign_in");
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.output,
            "keyrig: no scenario matches \"enable_regster_sign_in\"; did you mean "
            "enable_register_sign_in?\n");
}

TEST_F(ProgramTest, RefusesArgumentsThatMakeNoSense) {
  EXPECT_EQ(Keyrig("run --key usb:").status, 2);
  EXPECT_EQ(Keyrig("run --seed x").status, 2);
  EXPECT_EQ(Keyrig("run --operator exec:").status, 2);
  EXPECT_EQ(Keyrig("run --gtest_filtre=x").status, 2);
  EXPECT_EQ(RunKeyrig("").status, 2);
  EXPECT_EQ(RunKeyrig("list").status, 2);
  const ProgramResult physical = Keyrig("run --key memory: --key-pin 1234");
  EXPECT_EQ(physical.status, 2);
  EXPECT_THAT(physical.output, HasSubstr("--key-pin is for a physical key"));
}

TEST_F(ProgramTest, NothingPlayedIsAFailure) {
  const ProgramResult run = Keyrig("run --gtest_filter=no.such");
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, HasSubstr("no scenario was played, so nothing was proved"));
}

TEST_F(ProgramTest, UnderstandsTheFlagsOfGoogleTest) {
  const ProgramResult list = Keyrig("run --gtest_list_tests");
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.output, HasSubstr("main.\n  enable_register_sign_in\n"));
  const ProgramResult run = Keyrig("run --gtest_filter=policy.method_disabled");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("1 passed, 0 failed in "));
}

TEST_F(ProgramTest, ListsScenariosAndKeys) {
  const ProgramResult scenarios = RunKeyrig("list scenarios");
  EXPECT_EQ(scenarios.status, 0);
  EXPECT_THAT(scenarios.output, ContainsRegex("main\n  enable_register_sign_in .*lab 1, 2, 3"));
  const ProgramResult keys = RunKeyrig("list keys");
  EXPECT_EQ(keys.status, 0);
  EXPECT_THAT(keys.output, AllOf(HasSubstr("memory:"), HasSubstr("uhid:"), HasSubstr("hid:")));
}

TEST_F(ProgramTest, AMachineWithoutUhidSkipsAndProvesNothing) {
  if (access("/dev/uhid", R_OK | W_OK) == 0)
    GTEST_SKIP() << "not applicable: this machine has /dev/uhid";
  const ProgramResult run = Keyrig("run enable_register_sign_in --key uhid:");
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("skipped: "), HasSubstr("/dev/uhid"),
                                HasSubstr("nothing was proved"), Not(HasSubstr("in-process"))));
  const ProgramResult strict = Keyrig("run enable_register_sign_in --key uhid: --no-skips");
  EXPECT_EQ(strict.status, 1);
  EXPECT_THAT(strict.output, HasSubstr("failed: skipped, under --no-skips: "));
}

TEST_F(ProgramTest, APhysicalKeyThatIsNotThereIsNamed) {
  const ProgramResult run = Keyrig("run --key hid:/dev/hidraw999");
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, HasSubstr("/dev/hidraw999"));
}

}  // namespace
}  // namespace keyrig::app
