// Programs that log in, unlock and administer with a key, against the virtual-key program.
#include <gmock/gmock.h>

#include "virtual-key/app/foreign_clients_fixture.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class LoginClientsTest : public ForeignClientsTest {};

TEST_F(LoginClientsTest, SshKeygenDownloadsAResidentKeyAgain) {
  const KeyProgram key{"--profile", ModelWithPreview(), "--pin", kPin};
  const std::string ask = AnsweringSsh(key);
  ExpectDone(key.Run(ask + "ssh-keygen -q -t ecdsa-sk -O resident -N '' -C test -f id"));
  ExpectDone(
      key.Run("mkdir again && cp askpass again && cd again && " + ask + "ssh-keygen -q -K -N ''"));
  ExpectDone(key.Run("test \"$(cut -d' ' -f2 id.pub)\" = \"$(cut -d' ' -f2 again/*.pub)\""));
  ExpectDone(key.Run("echo hello > data && echo \"adele $(cat id.pub)\" > allowed"));
  ExpectDone(key.Run(ask + "ssh-keygen -q -Y sign -n file -f again/id_ecdsa_sk_rk data"));
  EXPECT_THAT(key.Run("ssh-keygen -Y verify -n file -f allowed -I adele -s data.sig < data").output,
              HasSubstr("Good \"file\" signature for adele"));
}

TEST_F(LoginClientsTest, SystemdEnrollsTheKeyForADiskAndUnlocksItWithIt) {
  // Of a key that registers without its PIN, systemd 252 takes the secret without it, and unlocks
  // with the other.
  const KeyProgram key{"--profile",
                       ModelWith("with_pin_always", ".options.makeCredUvNotRqd = false"), "--pin",
                       kPin};
  ExpectDone(Shell("mkdir -p /run/systemd/ask-password && modprobe -a loop dm_crypt"));
  // The old passphrase is for enrolment alone: it need not be hard to guess.
  ExpectDone(
      key.Run("truncate -s 20M disk && printf old > old &&"
              " PATH=$PATH:/sbin cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2"
              " --pbkdf-force-iterations 1000 --key-file old disk"));
  ExpectDone(key.RunWithPin(
      kPin, "PASSWORD=old SYSTEMD_EMOJI=0 systemd-cryptenroll --fido2-device=$KEY disk"));
  const std::string cryptsetup =
      "PATH=$PATH:/lib/systemd PIN=" + std::string(kPin) + " timeout 300 systemd-cryptsetup ";
  const std::string attach =
      cryptsetup + "attach keyrig_test $PWD/disk - fido2-device=auto,headless=true";
  ExpectDone(key.Run(attach));
  ExpectDone(Shell("test -b /dev/mapper/keyrig_test"));
  ExpectDone(Shell(cryptsetup + "detach keyrig_test"));
  EXPECT_NE(Shell("test -b /dev/mapper/keyrig_test").status, 0);
  // What unlocks it lives in a key handle, which a reset ends.
  ExpectDone(key.Ctl("power-cycle"));
  ExpectDone(key.Run("fido2-token -R $(fido2-token -L | cut -d: -f1)"));
  EXPECT_NE(key.Run(attach).status, 0);
  EXPECT_NE(Shell("test -b /dev/mapper/keyrig_test").status, 0);
}

TEST_F(LoginClientsTest, Pamu2fcfgWritesALineThatTheKeySignsFor) {
  const KeyProgram key{"--pin", kPin};
  ExpectDone(key.RunWithPin(kPin, "pamu2fcfg -u adele -o pam://desk -i pam://desk -N > mapping"));
  ExpectDone(key.Run("grep -q '^adele:[^,]*,[^,]*,es256,+presence+pin$' mapping"));
  ExpectDone(key.Run("cut -d: -f2 mapping | cut -d, -f1 > cred_id"));
  // The line holds x and y alone; SubjectPublicKeyInfo of P-256 is this prefix and both.
  ExpectDone(
      key.Run("{ echo -----BEGIN PUBLIC KEY-----;"
              " echo MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE$(cut -d, -f2 mapping);"
              " echo -----END PUBLIC KEY-----; } > pubkey"));
  ExpectDone(
      key.Run("{ echo MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=; echo pam://desk;"
              " cat cred_id; } > assert_param"));
  ExpectDone(key.RunWithPin(kPin, "fido2-assert -G -pv -i assert_param -o assert_out $KEY"));
  ExpectDone(key.Run("fido2-assert -V -pv -i assert_out pubkey es256"));
}

TEST_F(LoginClientsTest, PythonFido2AdministersAFingerprintKey) {
  const KeyProgram key{"--profile", "biometric_key", "--pin", kPin, "--touch", "finger thumb"};
  const CommandResult result = key.Run("/usr/bin/python3 " KEYRIG_SOURCE_DIR
                                       "/virtual-key/app/testdata/hid_client.py $KEY " +
                                       std::string(kPin));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("enrolled Thumb in 3 samples"));
  EXPECT_THAT(result.output, HasSubstr("verified by finger True"));
  EXPECT_THAT(result.output, HasSubstr("minimum PIN length 4"));
  EXPECT_THAT(result.output, HasSubstr("large blob hello hello hello"));
  EXPECT_THAT(result.output, HasSubstr("renamed Zoe"));
  EXPECT_THAT(result.output, HasSubstr("left 0"));
  EXPECT_THAT(result.output, HasSubstr("always uv True"));
  EXPECT_THAT(result.output, HasSubstr("fingers left False"));
  EXPECT_THAT(key.Ctl("state").output, Not(HasSubstr("\"thumb\"")));
}

}  // namespace
}  // namespace keyrig::app
