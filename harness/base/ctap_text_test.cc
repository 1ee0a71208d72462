#include "harness/base/ctap_text.h"

#include <gmock/gmock.h>

#include "harness/base/authenticator_data_text.h"
#include "harness/base/ctap_names.h"

namespace keyrig::ctap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes Command(std::uint8_t command, const cbor::Value& parameters) {
  return Concat({Bytes{command}, cbor::Encode(parameters)});
}

/// "name: value" of each member.
std::vector<std::string> Lines(const std::vector<MemberText>& members) {
  std::vector<std::string> lines;
  for (const MemberText& member : members) lines.push_back(member.name + ": " + member.value);
  return lines;
}

TEST(CtapTextTest, NamesEverySubcommand) {
  const auto name = [](std::uint8_t command, int key, int subcommand) {
    return CommandOf(Command(command, cbor::Map{{key, subcommand}}));
  };
  EXPECT_EQ(name(0x06, 2, 9), "authenticatorClientPIN getPinUvAuthTokenUsingPinWithPermissions");
  EXPECT_EQ(name(0x09, 2, 2), "authenticatorBioEnrollment enrollCaptureNextSample");
  EXPECT_EQ(name(0x40, 2, 4), "authenticatorBioEnrollment (preview) enumerateEnrollments");
  EXPECT_EQ(name(0x0A, 1, 6), "authenticatorCredentialManagement deleteCredential");
  EXPECT_EQ(name(0x41, 1, 1), "authenticatorCredentialManagement (preview) getCredsMetadata");
  EXPECT_EQ(name(0x0D, 1, 3), "authenticatorConfig setMinPINLength");
  EXPECT_EQ(name(0x0D, 1, 99), "authenticatorConfig 0x63");
  EXPECT_EQ(name(0x0C, 1, 99), "authenticatorLargeBlobs");
  EXPECT_EQ(CommandOf(Bytes{0x5F}), "0x5f");
  EXPECT_EQ(CommandOf({}), "empty message");
}

TEST(CtapTextTest, NamesMembersOfMapsBelow) {
  const cbor::Map config{{1, 3}, {2, cbor::Map{{1, 6}, {3, true}}}};
  EXPECT_THAT(Lines(DescribeRequest(Command(0x0D, config)).members),
              ElementsAre("subCommand: 3",
                          "subCommandParams: {1 /newMinPINLength/: 6, 3 /forceChangePin/: true}"));
  const cbor::Map fingers{{7, cbor::Array{cbor::Map{{1, Bytes{0xAB}}, {2, "thumb"}}}}};
  EXPECT_THAT(
      Lines(DescribeResponse(0x09, Command(0x00, fingers)).members),
      ElementsAre("templateInfos: [{1 /templateId/: h'ab', 2 /templateFriendlyName/: \"thumb\"}]"));
}

TEST(CtapTextTest, NamesNoParametersThatAreAnotherSubcommands) {
  const cbor::Map vendor{{1, 0xFF}, {2, cbor::Map{{1, 6}}}};
  EXPECT_THAT(Lines(DescribeRequest(Command(0x0D, vendor)).members),
              ElementsAre("subCommand: 255", "subCommandParams: {1: 6}"));
}

TEST(CtapTextTest, CutsLongByteStringsShortWhereAsked) {
  const Bytes request = Command(0x02, cbor::Map{{1, "a.example"}, {2, Bytes(32, 0xAB)}});
  EXPECT_THAT(Lines(DescribeRequest(request, 16).members),
              ElementsAre("rpId: \"a.example\"", "clientDataHash: h'abababababababab… 32 bytes'"));
  EXPECT_THAT(Lines(DescribeRequest(request).members),
              testing::Contains("clientDataHash: h'" + ToHex(Bytes(32, 0xAB)) + "'"));
}

TEST(CtapTextTest, ShowsWhatIsNoMap) {
  EXPECT_EQ(DescribeRequest(Bytes{0x04}).other, "");
  EXPECT_EQ(DescribeRequest(Bytes{0x04, 0xA0}).other, "{}");
  EXPECT_EQ(DescribeRequest(Bytes{0x04, 0x05}).other, "5");
  EXPECT_EQ(DescribeRequest(Bytes{0x04, 0x19, 0x01}).other, "h'1901' /truncated/");
}

// The head of authenticator data: hash of the relying party's ID, flags, counter.
Bytes Head(std::uint8_t flags) {
  return Concat({Bytes(32, 0x11), Bytes{flags}, Bytes{0, 0, 0, 9}});
}

TEST(AuthenticatorDataTextTest, NamesFlagsAndTheAttestedCredential) {
  const Bytes credential =
      Concat({Bytes(16, 0x22), Bytes{0, 2}, Bytes{0xC0, 0xC1}, cbor::Encode(cbor::Map{{1, 2}})});
  EXPECT_THAT(
      Lines(DescribeAuthenticatorData(
          Concat({Head(0xC5), credential, cbor::Encode(cbor::Map{{"credProtect", 2}})}))),
      ElementsAre("rpIdHash: " + ToHex(Bytes(32, 0x11)), "flags: UP|UV|AT|ED", "signCount: 9",
                  "aaguid: 22222222-2222-2222-2222-222222222222", "credentialId: c0c1",
                  "credentialPublicKey: {1: 2}", "extensions: {\"credProtect\": 2}"));
}

TEST(AuthenticatorDataTextTest, ShowsWhatCannotBeReadAsHex) {
  EXPECT_THAT(Lines(DescribeAuthenticatorData(Bytes{1, 2})), ElementsAre("tooShort: 0102"));
  EXPECT_THAT(AuthenticatorDataText(Concat({Head(0x41), Bytes{1, 2}})),
              HasSubstr("signCount 9, truncated 0102"));
  EXPECT_THAT(AuthenticatorDataText(Concat({Head(0x81), Bytes{0xFF}})),
              HasSubstr("flags UP|ED, signCount 9, unreadable ff"));
  EXPECT_THAT(AuthenticatorDataText(Concat({Head(0x00), Bytes{7}})),
              HasSubstr("flags none, signCount 9, trailing 07"));
}

TEST(CtapNamesTest, NamesCommandsOfTheLine) {
  EXPECT_EQ(HidCommandName(0x06), "CTAPHID_INIT");
  EXPECT_EQ(HidCommandName(0x11), "CTAPHID_CANCEL");
  EXPECT_EQ(HidCommandName(0x50), "0x50");
}

TEST(CtapTextTest, FindsAuthenticatorDataWhereThereIsSome) {
  const Bytes answer = Command(0x00, cbor::Map{{2, Bytes{1, 2, 3}}});
  EXPECT_EQ(AuthenticatorDataOf(0x02, answer), (Bytes{1, 2, 3}));
  EXPECT_THAT(AuthenticatorDataOf(0x06, answer), IsEmpty());
  EXPECT_THAT(AuthenticatorDataOf(0x01, {}), IsEmpty());
}

}  // namespace
}  // namespace keyrig::ctap
