// What fido2-token manages on a key, against the virtual-key program.
#include <gmock/gmock.h>

#include "virtual-key/app/foreign_clients_fixture.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class Fido2TokenTest : public ForeignClientsTest {
 protected:
  static CommandResult Token(const KeyProgram& key, const std::string& arguments) {
    return key.RunWithPin(kPin, "fido2-token " + arguments + " $KEY");
  }
  static std::string Describe(const KeyProgram& key) {
    const CommandResult info = key.Run("fido2-token -I $KEY");
    ExpectDone(info);
    return info.output;
  }
  /// Registers adele at example.com, discoverably; leaves "cred_id" in the folder.
  static void Register(const KeyProgram& key, const std::string& more_flags = {}) {
    WriteCredentialParameters(key);
    ExpectDone(key.RunWithPin(
        kPin, "fido2-cred -M -rv" + more_flags + " -i cred_param -o cred_out $KEY es256"));
    ExpectVerifiedCredential(key, "-v");
  }
};

TEST_F(Fido2TokenTest, ListsRenamesAndDeletesResidentCredentials) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  EXPECT_THAT(Token(key, "-L -r").output, Not(HasSubstr("example.com")));
  Register(key);
  const std::string id = key.Run("tr -d '\\n' < cred_id").output;
  EXPECT_THAT(Token(key, "-L -r").output, HasSubstr("example.com"));
  EXPECT_THAT(Token(key, "-I -c").output, HasSubstr("existing rk(s): 1"));
  EXPECT_THAT(Token(key, "-L -k example.com").output,
              testing::AllOf(HasSubstr(id), HasSubstr("YWRlbGU=")));
  ExpectDone(Token(key, "-S -c -i " + id + " -k YWRlbGU= -n zoe -p 'Zoe Z'"));
  EXPECT_THAT(key.Ctl("credentials").output, HasSubstr("\"Zoe Z\""));
  ExpectDone(Token(key, "-D -i " + id));
  EXPECT_THAT(Token(key, "-L -r").output, Not(HasSubstr("example.com")));
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"discoverable_credentials\": 0"));
}

TEST_F(Fido2TokenTest, ReadsALargeBlobBackAsItWasWritten) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  Register(key, "b");
  ExpectDone(key.Run("seq 300 > blob && seq 9 > other && openssl rand -base64 32 > secret"));
  ExpectDone(Token(key, "-S -b -n example.com blob"));
  ExpectDone(Token(key, "-S -b -k secret other"));
  EXPECT_THAT(Token(key, "-L -b").output, testing::AllOf(HasSubstr("00: "), HasSubstr("01: ")));
  ExpectDone(Token(key, "-G -b -n example.com blob_out"));
  ExpectDone(Token(key, "-G -b -k secret other_out"));
  ExpectDone(key.Run("cmp blob blob_out && cmp other other_out"));
  ExpectDone(Token(key, "-D -b -n example.com"));
  EXPECT_NE(Token(key, "-G -b -n example.com again").status, 0);
  ExpectDone(Token(key, "-G -b -k secret other_again"));
}

// Debian 12's fido2-token enrols with the preview command alone.
TEST_F(Fido2TokenTest, EnrolsNamesAndRemovesAFinger) {
  const KeyProgram key{"--profile", "fido21_preview_key", "--pin", kPin, "--touch", "finger thumb"};
  const CommandResult enrolled = Token(key, "-S -e");
  ExpectDone(enrolled);
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"thumb\""));
  ExpectDone(key.RunWithPin(kPin, "fido2-token -L -e $KEY > fingers"));
  ExpectDone(Token(key, "-S -e -i $(awk '{ print $2 }' fingers) -n Thumb"));
  EXPECT_THAT(Token(key, "-L -e").output, HasSubstr("Thumb"));
  ExpectDone(Token(key, "-D -e -i $(awk '{ print $2 }' fingers)"));
  EXPECT_THAT(Token(key, "-L -e").output, Not(HasSubstr("Thumb")));
  EXPECT_THAT(key.Ctl("state").output, Not(HasSubstr("\"thumb\"")));
}

TEST_F(Fido2TokenTest, TurnsAlwaysUvOnAndOff) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  Register(key);
  WriteAssertionParameters(key);
  const std::string sign_in = "fido2-assert -G -p -i assert_param $KEY";
  ExpectDone(key.Run(sign_in));
  ExpectDone(Token(key, "-S -u"));
  EXPECT_THAT(Describe(key), Not(HasSubstr("noalwaysUv")));
  EXPECT_NE(key.Run(sign_in).status, 0) << "it wants the PIN from now on";
  ExpectDone(Token(key, "-D -u"));
  EXPECT_THAT(Describe(key), HasSubstr("noalwaysUv"));
  ExpectDone(key.Run(sign_in));
}

TEST_F(Fido2TokenTest, ALongerMinimumForcesANewPin) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  ExpectDone(Token(key, "-S -l 8"));
  EXPECT_THAT(Describe(key), HasSubstr("minpinlen: 8"));
  EXPECT_NE(Token(key, "-I -c").status, 0) << "the PIN is to be changed first";
  EXPECT_NE(Token(key, "-C").status, 0) << "six are fewer than eight";
  ExpectDone(key.Run("expect " KEYRIG_SOURCE_DIR "/virtual-key/app/testdata/change_pin.exp " +
                     std::string(kPin) + " 73915486 $KEY"));
  ExpectDone(key.RunWithPin("73915486", "fido2-token -I -c $KEY"));
}

TEST_F(Fido2TokenTest, ForcesANewPin) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  ExpectDone(Token(key, "-I -c"));
  ExpectDone(Token(key, "-S -f"));
  EXPECT_NE(Token(key, "-I -c").status, 0) << "the PIN is to be changed first";
}

TEST_F(Fido2TokenTest, NamesWhoMayReadTheMinimum) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  ExpectDone(Token(key, "-S -m example.com,example.org"));
  EXPECT_NE(Token(key, "-S -m a,b,c,d,e,f,g,h,i").status, 0) << "the model has room for eight";
}

TEST_F(Fido2TokenTest, EnablesEnterpriseAttestation) {
  const KeyProgram key{"--profile", "enterprise_key", "--pin", kPin};
  EXPECT_THAT(Describe(key), HasSubstr("noep"));
  ExpectDone(Token(key, "-S -a"));
  EXPECT_THAT(Describe(key), Not(HasSubstr("noep")));
}

}  // namespace
}  // namespace keyrig::app
