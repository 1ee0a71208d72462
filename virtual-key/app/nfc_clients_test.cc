// Programs that know nothing of keyrig, against the virtual-key program through the real pcscd.
#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "virtual-key/app/key_program.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPin = "123456";
constexpr const char* kTestdata = KEYRIG_SOURCE_DIR "/virtual-key/app/testdata/";
constexpr const char* kSelect = "00A4040008A0000006472F000100";

std::string ToHex(int byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[static_cast<std::size_t>(byte) / 16],
          kDigits[static_cast<std::size_t>(byte) % 16]};
}

class NfcClientsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (Shell("pgrep -x pcscd").status != 0 || Shell("test -S /run/pcscd/pcscd.comm").status != 0) {
      GTEST_SKIP() << "no pcscd runs here; ci/nfc -- COMMAND runs one beside the command";
    }
  }

  static CommandResult Script(const KeyProgram& key, const std::string& name,
                              const std::string& arguments) {
    return key.Run("/usr/bin/python3 " + (kTestdata + name) + " \"$KEY\" " + arguments);
  }

  /// What is answered to APDUs, a line each.
  static std::vector<std::string> Apdus(const KeyProgram& key, const std::string& apdus) {
    const CommandResult result = Script(key, "nfc_apdus.py", apdus);
    EXPECT_EQ(result.status, 0) << result.output;
    std::vector<std::string> lines;
    std::istringstream output(result.output);
    for (std::string line; std::getline(output, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(NfcClientsTest, TheProgramPrintsItsReader) {
  const KeyProgram key({}, "nfc");
  EXPECT_THAT(key.Node(), StartsWith("Virtual PCD"));
  EXPECT_THAT(key.Ctl("state").output, HasSubstr(key.Node()));
}

TEST_F(NfcClientsTest, PythonFido2RegistersAndSignsInWithPinAndTouch) {
  const KeyProgram key({"--pin", kPin, "--touch", "touch after 300ms"}, "nfc");
  const CommandResult result = Script(key, "nfc_client.py", kPin);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("FIDO_2_1"));
  EXPECT_THAT(result.output, HasSubstr("wrong pin PIN_INVALID"));
  EXPECT_THAT(result.output, HasSubstr("attestation verified"));
  EXPECT_THAT(result.output, HasSubstr("waited 2")) << "it is told that it waits for a touch";
  EXPECT_THAT(result.output, HasSubstr("assertion verified of adele"));
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"discoverable_credentials\": 1"));
}

TEST_F(NfcClientsTest, AnswersInOneOrInPartsAsTheCommandAsks) {
  const KeyProgram key({}, "nfc");
  // getInfo as an extended command, then as a short one with a Le of 16 bytes; what is left of it,
  // and more than that.
  const auto lines = Apdus(key, std::string(kSelect) +
                                    " 80100000000001040000 80100000010410 00C0000000 00C0000000"
                                    " 00C0000000");
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_THAT(lines[1], StartsWith("9000 "));
  const int whole = std::stoi(lines[1].substr(5));
  ASSERT_GT(whole, 16 + 256);
  EXPECT_THAT(lines[2], StartsWith("6100 16 "));
  const int left = whole - 16 - 256;
  EXPECT_EQ(lines[3].substr(0, 9), "61" + ToHex(left) + " 256 ");
  EXPECT_THAT(lines[4], StartsWith("9000 " + std::to_string(left) + " "));
  EXPECT_THAT(lines[5], StartsWith("6985 0 "));
}

TEST_F(NfcClientsTest, SpeaksU2fToo) {
  const KeyProgram key({}, "nfc");
  // SELECT, U2F_VERSION in short and in extended form, an instruction that there is not.
  const auto lines =
      Apdus(key, std::string(kSelect) + " 00030000 00030000000000 0004000000 A003000000");
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[0], StartsWith("9000 6 ")) << "U2F_V2";
  EXPECT_EQ(lines[1], lines[0]);
  EXPECT_EQ(lines[2], lines[0]);
  EXPECT_THAT(lines[3], StartsWith("6d00 0 "));
  EXPECT_THAT(lines[4], StartsWith("6e00 0 "));
}

TEST_F(NfcClientsTest, TheControlSocketTakesTheKeyOutOfTheField) {
  const KeyProgram key({}, "nfc");
  EXPECT_EQ(key.Ctl("unplug").status, 0);
  EXPECT_NE(Script(key, "nfc_apdus.py", kSelect).status, 0);
  EXPECT_EQ(key.Ctl("plug").status, 0);
  EXPECT_THAT(Apdus(key, kSelect).front(), StartsWith("9000"));
}

}  // namespace
}  // namespace keyrig::app
