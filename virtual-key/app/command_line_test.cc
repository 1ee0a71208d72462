// The virtual-key program's command line, as far as it goes without a kernel device.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "virtual-key/app/key_program.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;

CommandResult VirtualKey(const std::string& arguments) {
  return Shell(KEYRIG_BIN_DIR "/virtual-key " + arguments);
}

void ExpectUsageError(const std::string& arguments, const std::string& words) {
  const CommandResult result = VirtualKey(arguments);
  EXPECT_EQ(result.status, 2) << arguments;
  EXPECT_THAT(result.output, HasSubstr(words));
}

TEST(CommandLineTest, HelpIsNoError) {
  const CommandResult help = VirtualKey("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("--attestation"));
  EXPECT_EQ(VirtualKey("ctl --help").status, 0);
}

TEST(CommandLineTest, WhatItCannotDoIsSaidByName) {
  ExpectUsageError("", "--transport is required");
  ExpectUsageError("--transport usb", "usb not in {");
  ExpectUsageError("--transport uhid --aaguid 12", "--aaguid: ");
  ExpectUsageError("--transport uhid --touch wave", "\"wave\" is not a gesture");
  ExpectUsageError("--transport uhid --touch manual", "needs --control or --http");
  ExpectUsageError("--transport uhid --attestation gold", "gold not in");
  ExpectUsageError("--transport uhid --seed x", "seed");
  ExpectUsageError("--transport uhid --frobnicate", "frobnicate");
  ExpectUsageError("--transport uhid --udc port.0", "--udc is for --transport gadget");
  ExpectUsageError("--transport uhid --serial A-1", "--serial is for --transport gadget");
  ExpectUsageError("--transport gadget --serial 'A 1'", "serial number \"A 1\" will not do");
  ExpectUsageError("--transport uhid --seed 1 --store key.db", "exclude each other");
  ExpectUsageError("--transport uhid --journal key.json", "say which with --journal-format");
  ExpectUsageError("--transport uhid --journal-format text", "--journal");
}

TEST(CommandLineTest, HttpIsForThisMachineAlone) {
  ExpectUsageError("--transport uhid --http 0.0.0.0:8080",
                   "\"0.0.0.0:8080\" is no loopback address");
  ExpectUsageError("--transport uhid --http 8080", "such as 127.0.0.1:8080");
  ExpectUsageError("--transport uhid --http-token-file token", "--http-token-file requires --http");
}

TEST(CommandLineTest, SeveralKeysAreFrom1To64OnUhid) {
  ExpectUsageError("--transport uhid --count 0", "not in range");
  ExpectUsageError("--transport uhid --count 65", "not in range");
  ExpectUsageError("--transport nfc --count 2", "--count is for --transport uhid");
}

TEST(CommandLineTest, CtlSaysWhatItWants) {
  ExpectUsageError("ctl state", "--control is required");
  ExpectUsageError("ctl --control /tmp/none.sock", "ctl needs a verb");
  ExpectUsageError("ctl --control /tmp/none.sock dance", "dance");
  ExpectUsageError("ctl --control /tmp/none.sock advance", "by is required");
  ExpectUsageError("ctl --control /tmp/none.sock journal --format xml", "xml not in");
  const CommandResult unreachable = VirtualKey("ctl --control /nowhere/key.sock state");
  EXPECT_EQ(unreachable.status, 1);
  EXPECT_THAT(unreachable.output, HasSubstr("cannot reach a virtual key at /nowhere/key.sock"));
}

TEST(CommandLineTest, AStoreThatIsNoneIsRefusedInWords) {
  const CommandResult refused = VirtualKey("--transport uhid --store " KEYRIG_BIN_DIR);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr(KEYRIG_BIN_DIR " is no file"));
}

TEST(CommandLineTest, AJournalThatCannotBeWrittenIsRefusedInWords) {
  const CommandResult refused =
      VirtualKey("--transport uhid --journal /nowhere/key.bin --journal-format pcapng");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("cannot write the journal /nowhere/key.bin"));
}

TEST(CommandLineTest, APinOtherThanTheRememberedOneIsRefused) {
  if (::access("/dev/uhid", F_OK) == 0) GTEST_SKIP() << "this machine has /dev/uhid";
  const std::string file = testing::TempDir() + "/pin." + std::to_string(::getpid()) + ".db";
  const std::string with_store = "--transport uhid --store " + file;
  EXPECT_THAT(VirtualKey(with_store + " --pin 123456").output, HasSubstr("/dev/uhid"));
  EXPECT_THAT(VirtualKey(with_store + " --pin 123456").output, HasSubstr("/dev/uhid"));
  const CommandResult other = VirtualKey(with_store + " --pin 654321");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output, HasSubstr("the key remembers another PIN"));
  std::filesystem::remove(file);
  std::filesystem::remove(file + "-journal");
}

TEST(CommandLineTest, AMemoryOfAnotherModelIsRefused) {
  if (::access("/dev/uhid", F_OK) == 0) GTEST_SKIP() << "this machine has /dev/uhid";
  const std::string file = testing::TempDir() + "/model." + std::to_string(::getpid()) + ".db";
  const std::string with_store = "--transport uhid --store " + file;
  EXPECT_THAT(VirtualKey(with_store + " --profile small_key").output, HasSubstr("/dev/uhid"));
  const CommandResult other = VirtualKey(with_store + " --profile pin_key");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output,
              HasSubstr("a key of the model 6b657972-6967-4000-8000-00000000000b, but this one is "
                        "6b657972-6967-4000-8000-000000000001"));
  std::filesystem::remove(file);
  std::filesystem::remove(file + "-journal");
}

TEST(CommandLineTest, APinThatNoKeyTakesIsRefusedInWords) {
  const CommandResult refused = VirtualKey("--transport uhid --pin 123");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("at least 4 characters"));
}

TEST(CommandLineTest, WithoutUhidItSaysWhereThereIsOne) {
  if (::access("/dev/uhid", F_OK) == 0) GTEST_SKIP() << "this machine has /dev/uhid";
  const CommandResult refused = VirtualKey("--transport uhid");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("cannot open /dev/uhid"));
  EXPECT_THAT(refused.output, HasSubstr("ci/guest -- COMMAND"));
}

TEST(CommandLineTest, AUsbDevicePortThatIsNotThereIsRefusedInWords) {
  const CommandResult refused = VirtualKey("--transport gadget --udc port.77");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("no USB device port"));
}

}  // namespace
}  // namespace keyrig::app
