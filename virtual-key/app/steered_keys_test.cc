// The virtual-key program with several keys, and steered over HTTP.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "virtual-key/app/key_program.h"
#include "virtual-key/control/http_test_client.h"

namespace keyrig::app {
namespace {

using control::HttpTestClient;
using testing::HasSubstr;
using testing::Not;

class SteeredKeysTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::access("/dev/uhid", F_OK) != 0) {
      GTEST_SKIP() << "this machine has no /dev/uhid; ci/guest -- COMMAND runs it where one is";
    }
  }
};

TEST_F(SteeredKeysTest, TheConformanceToolsRequestsCarryAResetThrough) {
  const KeyProgram key{"--touch", "manual", "--http", "127.0.0.1:0"};
  const HttpTestClient tool(key.Said("http: "), "");
  const auto cycled = tool.Post("/conformance/powercycle");
  EXPECT_EQ(cycled.status, 200) << cycled.body;
  EXPECT_THAT(tool.Get("/").body, HasSubstr(key.Node())) << "its node is back";
  auto reset = std::async(std::launch::async, [&] { return key.Run("fido2-token -R $KEY"); });
  const auto touched = tool.Post("/conformance/userpresence");
  EXPECT_EQ(touched.status, 200) << touched.body;
  const CommandResult done = reset.get();
  EXPECT_EQ(done.status, 0) << done.output;
}

TEST_F(SteeredKeysTest, HttpWantsTheTokenThatTheProgramTold) {
  const KeyProgram key{"--http", "127.0.0.1:0"};
  const std::string url = key.Said("http: ");
  EXPECT_THAT(url, testing::StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(HttpTestClient(url, "").Get("/state").status, 401);
  EXPECT_THAT(HttpTestClient(url, key.Said("token: ")).Get("/state").body, HasSubstr(key.Node()));
}

TEST_F(SteeredKeysTest, SeveralKeysAreSteeredByTheirNumbers) {
  const KeyProgram keys{"--count", "3"};
  EXPECT_EQ(std::set(keys.Nodes().begin(), keys.Nodes().end()).size(), 3U);
  const CommandResult serials =
      keys.Run("grep -h ^HID_UNIQ=keyrig- /sys/class/hidraw/*/device/uevent | sort -u | wc -l");
  EXPECT_EQ(serials.output, "3\n");
  const CommandResult ambiguous = keys.Ctl("unplug");
  EXPECT_EQ(ambiguous.status, 1);
  EXPECT_THAT(ambiguous.output, HasSubstr("there are 3 keys"));
  EXPECT_EQ(keys.Ctl("--key 2 unplug").status, 0);
  const std::string listed = keys.Run("fido2-token -L").output;
  EXPECT_THAT(listed, HasSubstr(keys.Nodes()[0] + ":"));
  EXPECT_THAT(listed, Not(HasSubstr(keys.Nodes()[1] + ":")));
  EXPECT_THAT(listed, HasSubstr(keys.Nodes()[2] + ":"));
  EXPECT_EQ(keys.Ctl("--key 2 plug").status, 0);
  EXPECT_THAT(keys.Ctl("keys").output, HasSubstr("\"key\": 3"));
  EXPECT_EQ(keys.Ctl("--key 3 advance 1m").status, 0);
  EXPECT_THAT(keys.Run("fido2-token -R " + keys.Nodes()[2]).output, HasSubstr("NOT_ALLOWED"));
  EXPECT_EQ(keys.Ctl("--key 1 power-cycle").status, 0);
  EXPECT_EQ(keys.Run("fido2-token -R " + keys.Nodes()[0]).status, 0) << "its clock is its own";
}

TEST_F(SteeredKeysTest, AClientSeesTheUsbIdentityOfTheProfile) {
  const std::string file = testing::TempDir() + "/blue." + std::to_string(::getpid()) + ".json";
  std::ofstream(file) << R"({ "name": "blue", "versions": ["FIDO_2_1"],
    "aaguid": "6b657972-6967-4000-8000-0000000000ff",
    "usb": { "vendor": "1050", "product": "0407", "product_name": "Blue Key" } })";
  const KeyProgram key{"--profile", file};
  EXPECT_THAT(key.Run("fido2-token -L").output,
              HasSubstr(key.Node() + ": vendor=0x1050, product=0x0407"));
  EXPECT_THAT(key.Run("cat /sys/class/hidraw/${KEY#/dev/}/device/uevent").output,
              HasSubstr("HID_NAME=Blue Key\n"));
  std::filesystem::remove(file);
}

TEST_F(SteeredKeysTest, SeveralKeysRememberApart) {
  const std::string file = testing::TempDir() + "/several." + std::to_string(::getpid());
  {
    const KeyProgram keys{"--count", "2", "--store", file};
    const CommandResult pin = keys.RunWithPin("123456", "fido2-token -S " + keys.Nodes()[1]);
    EXPECT_EQ(pin.status, 0) << pin.output;
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  const KeyProgram keys{"--count", "2", "--store", file};
  EXPECT_THAT(keys.Ctl("--key 1 state").output, HasSubstr("\"pin_set\": false"));
  EXPECT_THAT(keys.Ctl("--key 2 state").output, HasSubstr("\"pin_set\": true"));
  for (const char* number : {".1", ".2"}) EXPECT_TRUE(std::filesystem::remove(file + number));
}

TEST_F(SteeredKeysTest, TheSecondSeededKeyIsThatOfTheNextSeed) {
  std::string second;
  {
    const KeyProgram keys{"--count", "2", "--seed", "7"};
    second = keys.Ctl("--key 2 attestation-root").output;
    EXPECT_NE(keys.Ctl("--key 1 attestation-root").output, second);
  }
  EXPECT_THAT(second, HasSubstr("BEGIN CERTIFICATE"));
  const KeyProgram alone{"--seed", "8"};
  EXPECT_EQ(alone.Ctl("attestation-root").output, second);
}

}  // namespace
}  // namespace keyrig::app
