// Programs that know nothing of keyrig, against the virtual-key program.
#include <gmock/gmock.h>

#include <thread>

#include "virtual-key/app/foreign_clients_fixture.h"

namespace keyrig::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(ForeignClientsTest, Fido2TokenListsAndDescribesTheKey) {
  const KeyProgram key{"--aaguid", "01020304-0506-0708-090a-0b0c0d0e0f10"};
  EXPECT_THAT(key.Run("fido2-token -L").output, HasSubstr(key.Node() + ": vendor=0x1209"));
  const CommandResult info = key.Run("fido2-token -I $KEY");
  ExpectDone(info);
  EXPECT_THAT(info.output, HasSubstr("FIDO_2_1"));
  EXPECT_THAT(info.output, HasSubstr("maxmsgsiz: 1768"));
  EXPECT_THAT(info.output, HasSubstr("aaguid: 0102030405060708090a0b0c0d0e0f10"));
  EXPECT_THAT(info.output, HasSubstr("caps: 0x05 (wink, cbor, msg)"));
  EXPECT_THAT(info.output, HasSubstr("credProtect, hmac-secret"));
  EXPECT_THAT(info.output, HasSubstr("noclientPin"));
}

TEST_F(ForeignClientsTest, TheJournalTellsWhatFido2TokenDid) {
  const std::filesystem::path file =
      testing::TempDir() + "/journal." + std::to_string(::getpid()) + ".jsonl";
  KeyProgram key{"--journal", file.string()};
  CommandResult followed;
  std::jthread follower([&] { followed = key.Ctl("journal --follow"); });
  ExpectDone(key.RunWithPin(kPin, "fido2-token -S $KEY"));
  ExpectDone(key.Run("fido2-token -I $KEY"));

  const CommandResult text = key.Ctl("journal");
  ExpectDone(text);
  EXPECT_THAT(text.output, HasSubstr("CTAPHID_INIT  [ffffffff]"));
  EXPECT_THAT(text.output, HasSubstr("< versions               [\"U2F_V2\", \"FIDO_2_0\", "));
  EXPECT_THAT(text.output, HasSubstr("authenticatorClientPIN setPIN"));
  EXPECT_THAT(text.output, HasSubstr("> newPinEnc              h'"));
  EXPECT_THAT(text.output, Not(HasSubstr(kPin)));
  EXPECT_THAT(key.Ctl("journal --format jsonl | jq -r .command | sort -u").output,
              HasSubstr("authenticatorGetInfo\n"));
  // The magic number of pcapng, and the link type of its interface.
  EXPECT_THAT(key.Ctl("journal --format pcapng | od -An -tx1 -N4").output,
              HasSubstr("0a 0d 0d 0a"));

  EXPECT_EQ(key.Stop(), 0);
  follower.join();
  EXPECT_EQ(followed.status, 0) << "it ends with the key";
  EXPECT_THAT(followed.output, HasSubstr("authenticatorClientPIN setPIN"));
  EXPECT_THAT(
      Shell("jq -r 'select(.command == \"authenticatorGetInfo\").status' " + file.string()).output,
      HasSubstr("OK\n"));
  EXPECT_EQ(Shell("stat -c %a " + file.string()).output, "600\n");
  std::filesystem::remove(file);
}

TEST_F(ForeignClientsTest, Fido2TokenSetsAndChangesThePin) {
  const KeyProgram key{};
  ExpectDone(key.RunWithPin(kPin, "fido2-token -S $KEY"));
  EXPECT_THAT(key.Run("fido2-token -I $KEY").output, HasSubstr("pin retries: 8"));
  EXPECT_NE(key.RunWithPin("654321", "fido2-token -C $KEY").status, 0) << "the old PIN is another";
  EXPECT_THAT(key.Run("fido2-token -I $KEY").output, HasSubstr("pin retries: 7"));
  ExpectDone(key.RunWithPin(kPin, "fido2-token -C $KEY"));
  EXPECT_THAT(key.Run("fido2-token -I $KEY").output, HasSubstr("pin retries: 8"));
}

TEST_F(ForeignClientsTest, Fido2CredAndFido2AssertWorkWithPinAndTouch) {
  const KeyProgram key{"--pin", kPin};
  WriteCredentialParameters(key);
  ExpectDone(key.RunWithPin(kPin, "fido2-cred -M -rv -i cred_param -o cred_out $KEY es256"));
  ExpectVerifiedCredential(key, "-v");
  WriteAssertionParameters(key);
  ExpectDone(key.RunWithPin(kPin, "fido2-assert -G -pv -i assert_param -o assert_out $KEY"));
  ExpectDone(key.Run("fido2-assert -V -pv -i assert_out pubkey es256"));
  ExpectDone(key.Run("sed 's/^MDEy/MDEz/' assert_out > forged"));
  EXPECT_NE(key.Run("fido2-assert -V -pv -i forged pubkey es256").status, 0);
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"discoverable_credentials\": 1"));
}

TEST_F(ForeignClientsTest, ACredentialMovesToAnotherKeyByExportAndImport) {
  const KeyProgram first{"--pin", kPin};
  WriteCredentialParameters(first);
  ExpectDone(first.RunWithPin(kPin, "fido2-cred -M -rv -i cred_param -o cred_out $KEY es256"));
  ExpectVerifiedCredential(first, "-v");
  WriteAssertionParameters(first);
  EXPECT_THAT(first.Ctl("credentials").output, Not(HasSubstr("privateKey")));
  const std::string exported = (first.Folder() / "exported.json").string();
  ExpectDone(first.Ctl("export > " + exported));
  const KeyProgram second{"--pin", kPin};
  EXPECT_EQ(second.Ctl("import " + exported).output, "imported 1\n");
  ExpectDone(
      first.RunWithPin(kPin, "fido2-assert -G -pv -i assert_param -o assert_out " + second.Node()));
  ExpectDone(first.Run("fido2-assert -V -pv -i assert_out pubkey es256"));
  ExpectDone(second.Ctl("remove-all-credentials"));
  EXPECT_EQ(second.Ctl("credentials").output, "[]\n");
}

TEST_F(ForeignClientsTest, ManyLargeCredentialsAreExportedWhole) {
  const KeyProgram key{};
  ExpectDone(
      key.Run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2> log |"
              " openssl pkcs8 -topk8 -nocrypt -outform DER |"
              " basenc --base64url -w0 | tr -d = > rsa && "
              R"sh(jq -n --rawfile key rsa '[range(60) | "AAAAAAAAAAAA\(. + 1000)" |
           {credentialId: ., isResidentCredential: true, rpId: "a.example", privateKey: $key,
            userHandle: ., signCount: 0}]' > many.json)sh"));
  EXPECT_EQ(key.Ctl("import " + (key.Folder() / "many.json").string()).output, "imported 60\n");
  ExpectDone(key.Ctl("export > " + (key.Folder() / "exported.json").string()));
  EXPECT_EQ(key.Run("jq length exported.json").output, "60\n");
  ExpectDone(key.Run("jq -j '.[59].privateKey' exported.json | cmp - rsa"));
}

TEST_F(ForeignClientsTest, Fido2AssertWaitsForTheTouchThatIsGivenByHand) {
  const KeyProgram key{};
  WriteCredentialParameters(key);
  ExpectDone(key.Run("fido2-cred -M -i cred_param -o cred_out $KEY es256"));
  ExpectVerifiedCredential(key, "");
  WriteAssertionParameters(key);
  ExpectDone(key.Ctl("gesture manual"));
  {
    const std::jthread user([&] { ExpectDone(key.Ctl("touch --expiry 60s")); });
    ExpectDone(key.Run("fido2-assert -G -p -i assert_param -o assert_out $KEY"));
  }
  ExpectDone(key.Run("fido2-assert -V -p -i assert_out pubkey es256"));
  {
    const std::jthread user([&] { ExpectDone(key.Ctl("decline --expiry 60s")); });
    EXPECT_THAT(key.Run("fido2-assert -G -p -i assert_param $KEY").output,
                HasSubstr("FIDO_ERR_OPERATION_DENIED"));
  }
}

TEST_F(ForeignClientsTest, HmacSecretIsTheSameForTheSameSaltAlone) {
  const KeyProgram key{"--pin", kPin};
  WriteCredentialParameters(key);
  ExpectDone(key.RunWithPin(kPin, "fido2-cred -M -hrv -i cred_param -o cred_out $KEY es256"));
  ExpectVerifiedCredential(key, "-hv");
  const auto secret = [&](const std::string& salt) {
    WriteAssertionParameters(key, salt);
    ExpectDone(key.RunWithPin(kPin, "fido2-assert -G -hpv -i assert_param -o assert_out $KEY"));
    ExpectDone(key.Run("fido2-assert -V -hpv -i assert_out pubkey es256"));
    return key.Run("tail -n 1 assert_out").output;
  };
  const std::string salt = "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ=";
  const std::string other = "cGVwcGVycGVwcGVycGVwcGVycGVwcGVycGVwcGVycHA=";
  const std::string first = secret(salt);
  EXPECT_EQ(first.size(), 45U) << "32 bytes in base64 and an end of line: " << first;
  EXPECT_EQ(secret(salt), first);
  EXPECT_NE(secret(other), first);
}

TEST_F(ForeignClientsTest, SshKeygenMakesAnEd25519KeyThatSigns) {
  const KeyProgram key{};
  ExpectDone(key.Run("ssh-keygen -q -t ed25519-sk -N '' -C test -f id"));
  ExpectDone(key.Run("echo hello > data && ssh-keygen -q -Y sign -n file -f id data"));
  ExpectDone(key.Run("echo \"adele $(cat id.pub)\" > allowed"));
  const std::string verify = "ssh-keygen -Y verify -n file -f allowed -I adele -s data.sig";
  EXPECT_THAT(key.Run(verify + " < data").output, HasSubstr("Good \"file\" signature for adele"));
  EXPECT_NE(key.Run("echo hallo | " + verify).status, 0);
}

TEST_F(ForeignClientsTest, SshKeygenMakesAResidentEcdsaKeyThatAsksForThePin) {
  const KeyProgram key{"--pin", kPin};
  const std::string ask = AnsweringSsh(key);
  ExpectDone(key.Run(
      ask + "ssh-keygen -q -t ecdsa-sk -O resident -O verify-required -N '' -C test -f id"));
  ExpectDone(key.Run("echo hello > data"));
  ExpectDone(key.Run(ask + "ssh-keygen -q -Y sign -n file -f id data"));
  ExpectDone(key.Run("echo \"adele $(cat id.pub)\" > allowed"));
  const std::string verify = "ssh-keygen -Y verify -n file -f allowed -I adele -s data.sig";
  EXPECT_THAT(key.Run(verify + " < data").output, HasSubstr("Good \"file\" signature for adele"));
  EXPECT_THAT(key.Ctl("state").output, HasSubstr("\"discoverable_credentials\": 1"));
}

TEST_F(ForeignClientsTest, TheControlSocketUnplugsAndPlugsTheDevice) {
  const KeyProgram key{};
  ExpectDone(key.Ctl("unplug"));
  EXPECT_THAT(key.Run("fido2-token -L").output, Not(HasSubstr("hidraw")));
  const CommandResult again = key.Ctl("unplug");
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("unplugged already"));
  ExpectDone(key.Ctl("plug"));
  EXPECT_THAT(key.Run("fido2-token -L").output, HasSubstr("vendor=0x1209"));
  ExpectDone(key.Ctl("power-cycle"));
  EXPECT_THAT(key.Run("fido2-token -L").output, HasSubstr("vendor=0x1209"));
  EXPECT_THAT(key.Ctl("attestation-root").output, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(key.Ctl("dance").status, 2);
}

TEST_F(ForeignClientsTest, AdvancingTheClockClosesTheResetWindow) {
  const KeyProgram key{};
  ExpectDone(key.Ctl("advance 40s"));
  EXPECT_THAT(key.Run("fido2-token -R $KEY").output, HasSubstr("FIDO_ERR_NOT_ALLOWED"));
  ExpectDone(key.Ctl("power-cycle"));
  ExpectDone(key.Run("fido2-token -R $KEY"));
}

TEST_F(ForeignClientsTest, ASeededKeyIsTheSameEachTimeAndSaysThatItIsNotSecret) {
  const auto root = [] {
    const KeyProgram key{"--seed", "7"};
    return key.Ctl("attestation-root").output;
  };
  const std::string once = root();
  EXPECT_THAT(once, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(root(), once);
  const CommandResult warned = Shell("timeout --preserve-status -s INT 5 " KEYRIG_BIN_DIR
                                     "/virtual-key --transport uhid --seed 7");
  EXPECT_EQ(warned.status, 0);
  EXPECT_THAT(warned.output, HasSubstr("NOT SECRET"));
  EXPECT_THAT(warned.output, HasSubstr("ready: /dev/hidraw"));
}

}  // namespace
}  // namespace keyrig::app
