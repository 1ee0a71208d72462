#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "virtual-key/app/key_program.h"

namespace keyrig::app {

inline constexpr const char* kPin = "123456";

/// Programs that know nothing of keyrig, each test with a key of its own on this kernel.
class ForeignClientsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::access("/dev/uhid", F_OK) != 0) {
      GTEST_SKIP() << "this machine has no /dev/uhid; ci/guest -- COMMAND runs it where one is";
    }
  }

  static void ExpectDone(const CommandResult& result) {
    EXPECT_EQ(result.status, 0) << result.output;
  }

  static void Write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }

  /// A profile's file: the default model, changed as a filter of jq says.
  static std::string ModelWith(const std::string& name, const std::string& changes) {
    const std::string file = testing::TempDir() + "/keyrig_model_" + name + ".json";
    ExpectDone(
        Shell(KEYRIG_BIN_DIR "/virtual-key profile show pin_key | jq '" + changes + "' > " + file));
    return file;
  }
  /// With the preview commands beside the final ones: Debian 12's libfido2 manages credentials with
  /// the former alone.
  static std::string ModelWithPreview() {
    return ModelWith("with_preview",
                     ".versions += [\"FIDO_2_1_PRE\"] | .options.credentialMgmtPreview = true");
  }

  /// fido2-cred's input: client data hash, relying party, user name, user id.
  static void WriteCredentialParameters(const KeyProgram& key) {
    Write(key.Folder() / "cred_param",
          "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\nexample.com\nadele\nYWRlbGU=\n");
  }

  /// Makes "cred" and "pubkey" from what fido2-cred answers.
  static void ExpectVerifiedCredential(const KeyProgram& key, const std::string& arguments) {
    ExpectDone(key.Run("fido2-cred -V " + arguments + " -i cred_out -o cred es256"));
    ExpectDone(key.Run("head -n 1 cred > cred_id && tail -n +2 cred > pubkey"));
  }

  /// The environment in which ssh-keygen is told the PIN.
  static std::string AnsweringSsh(const KeyProgram& key) {
    Write(key.Folder() / "askpass", std::string("#!/bin/sh\necho ") + kPin + "\n");
    ExpectDone(key.Run("chmod +x askpass"));
    return "SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ";
  }

  static void WriteAssertionParameters(const KeyProgram& key, const std::string& salt = {}) {
    ExpectDone(key.Run(
        "{ echo MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=; echo example.com; cat cred_id; } "
        "> assert_param"));
    if (!salt.empty()) ExpectDone(key.Run("echo " + salt + " >> assert_param"));
  }
};

}  // namespace keyrig::app
