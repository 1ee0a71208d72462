// Programs that know nothing of keyrig, against a virtual-key program at a USB device port.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "virtual-key/app/key_program.h"
#include "virtual-key/gadget_test_port.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kGadgets = "/sys/kernel/config/usb_gadget";

class GadgetClientsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!virtual_key::HasLoopbackPort()) GTEST_SKIP() << virtual_key::kNoLoopbackPort;
  }

  static void ExpectDone(const CommandResult& result) {
    EXPECT_EQ(result.status, 0) << result.output;
  }
};

TEST_F(GadgetClientsTest, Fido2TokenListsItByItsNumbersAndNames) {
  const KeyProgram key({"--udc", virtual_key::kLoopbackPort, "--name", "Blue Key"}, "gadget");
  EXPECT_THAT(key.Run("fido2-token -L").output,
              HasSubstr(key.Node() + ": vendor=0x1209, product=0x0001 (keyrig Blue Key)"));
  const CommandResult info = key.Run("fido2-token -I $KEY");
  ExpectDone(info);
  EXPECT_THAT(info.output, HasSubstr("FIDO_2_1"));
  EXPECT_THAT(info.output, HasSubstr("caps: 0x05 (wink, cbor, msg)"));
}

TEST_F(GadgetClientsTest, Fido2CredAndFido2AssertWorkWithPinAndTouch) {
  const KeyProgram key({"--udc", virtual_key::kLoopbackPort, "--pin", "123456"}, "gadget");
  std::ofstream(key.Folder() / "cred_param")
      << "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\nexample.com\nadele\nYWRlbGU=\n";
  ExpectDone(key.RunWithPin("123456", "fido2-cred -M -rv -i cred_param -o cred_out $KEY es256"));
  ExpectDone(key.Run("fido2-cred -V -v -i cred_out -o cred es256"));
  ExpectDone(key.Run("head -n 1 cred > cred_id && tail -n +2 cred > pubkey"));
  ExpectDone(key.Run("head -n 2 cred_param > assert_param && cat cred_id >> assert_param"));
  ExpectDone(key.RunWithPin("123456", "fido2-assert -G -pv -i assert_param -o assert_out $KEY"));
  ExpectDone(key.Run("fido2-assert -V -pv -i assert_out pubkey es256"));
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"discoverable_credentials\": 1"));
}

TEST_F(GadgetClientsTest, TheControlSocketUnplugsAndPlugsIt) {
  const KeyProgram key({"--udc", virtual_key::kLoopbackPort}, "gadget");
  ExpectDone(key.Ctl("unplug"));
  EXPECT_THAT(key.Run("fido2-token -L").output, Not(HasSubstr("hidraw")));
  EXPECT_EQ(key.ClientNode(), "");
  ExpectDone(key.Ctl("plug"));
  EXPECT_THAT(key.Run("fido2-token -L").output, HasSubstr(key.ClientNode() + ": vendor=0x1209"));
}

TEST_F(GadgetClientsTest, WhatAKilledOneLeftBehindIsNoObstacle) {
  const CommandResult killed =
      Shell(KEYRIG_BIN_DIR
            "/virtual-key --transport gadget --udc dummy_udc.0 --serial A-0003 "
            "> /tmp/killed_key & key=$!\n"
            "for i in $(seq 300); do grep -q ready: /tmp/killed_key && break; sleep 0.1; done\n"
            "kill -9 $key; cat /tmp/killed_key; rm /tmp/killed_key; fido2-token -L");
  EXPECT_THAT(killed.output, HasSubstr("ready: /dev/hidg"));
  EXPECT_THAT(killed.output, HasSubstr("hidraw")) << "its device is still there, and mute";
  {
    const KeyProgram key({"--udc", virtual_key::kLoopbackPort, "--serial", "A-0003"}, "gadget");
    ExpectDone(key.Run("fido2-token -I $KEY"));
  }
  EXPECT_EQ(Shell(std::string("ls ") + kGadgets).output, "");
}

TEST_F(GadgetClientsTest, AGadgetThatHasThePortIsNamedAndLeftAlone) {
  const std::filesystem::path folder = std::filesystem::path(kGadgets) / "somebodys";
  const std::filesystem::path function = folder / "functions/hid.0";
  std::filesystem::create_directories(function);
  std::filesystem::create_directory(folder / "configs/c.1");
  std::ofstream(function / "report_length") << "8";
  std::ofstream(function / "report_desc") << "\x06";
  std::filesystem::create_symlink(function, folder / "configs/c.1/hid.0");
  std::ofstream(folder / "UDC") << virtual_key::kLoopbackPort;

  const CommandResult refused =
      Shell(KEYRIG_BIN_DIR "/virtual-key --transport gadget --udc dummy_udc.0");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("the gadget somebodys has it; unbind that (echo > "
                                        "/sys/kernel/config/usb_gadget/somebodys/UDC)"));
  EXPECT_EQ(Shell(std::string("ls ") + kGadgets).output, "somebodys\n");

  std::ofstream(folder / "UDC") << "\n";
  std::filesystem::remove(folder / "configs/c.1/hid.0");
  for (const char* part : {"configs/c.1", "functions/hid.0", "."}) {
    EXPECT_EQ(Shell("rmdir " + (folder / part).lexically_normal().string()).status, 0) << part;
  }
}

}  // namespace
}  // namespace keyrig::app
