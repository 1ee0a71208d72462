#include "virtual-key/journal/decoding.h"

#include <gmock/gmock.h>

#include "virtual-key/apdu/command.h"
#include "virtual-key/journal/test_wire.h"

namespace keyrig::journal {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Protocol = Transaction::Protocol;

Transaction Answered(Protocol protocol, Bytes request, Bytes answer) {
  Transaction transaction;
  transaction.protocol = protocol;
  transaction.request = std::move(request);
  transaction.answer = std::move(answer);
  return transaction;
}

Decoding DecodeMessage(ctaphid::Command command, Bytes request, Bytes answer) {
  Transaction transaction = Answered(Protocol::kLine, std::move(request), std::move(answer));
  transaction.channel = 7;
  transaction.hid_command = static_cast<std::uint8_t>(command);
  return Decode(transaction);
}

std::vector<std::string> MemberLines(const std::vector<ctap::MemberText>& members) {
  std::vector<std::string> lines;
  for (const auto& member : members) lines.push_back(member.name + " " + member.value);
  return lines;
}

TEST(DecodingTest, ShowsWhatWentOverTheWireAndNoMore) {
  const auto decoding = Decode(Answered(
      Protocol::kCtap2,
      Message(0x06, cbor::Map{{1, 2}, {2, 9}, {6, Bytes(32, 0xE1)}, {9, 1}, {10, "a.example"}}),
      Bytes{0x31}));
  EXPECT_EQ(decoding.command, "authenticatorClientPIN getPinUvAuthTokenUsingPinWithPermissions");
  EXPECT_EQ(decoding.status, "PIN_INVALID");
  EXPECT_THAT(MemberLines(decoding.request.members),
              ElementsAre("pinUvAuthProtocol 2", "subCommand 9",
                          "pinHashEnc h'" + ToHex(Bytes(32, 0xE1)) + "'", "permissions 1",
                          "rpId \"a.example\""));
  EXPECT_THAT(decoding.response.members, IsEmpty());
}

TEST(DecodingTest, TakesAuthenticatorDataApart) {
  const Bytes data = Concat({Bytes(32, 0x11), Bytes{0x05, 0, 0, 1, 0}});
  const auto decoding = Decode(Answered(Protocol::kCtap2, Message(0x02, cbor::Map{{1, "a"}}),
                                        Message(0x00, cbor::Map{{2, data}})));
  EXPECT_THAT(MemberLines(decoding.authenticator_data),
              ElementsAre("rpIdHash " + ToHex(Bytes(32, 0x11)), "flags UP|UV", "signCount 256"));
}

TEST(DecodingTest, WhatHadNoAnswerSaysSo) {
  Transaction transaction = Answered(Protocol::kCtap2, Bytes{0x04}, {});
  EXPECT_EQ(Decode(transaction).status, "empty answer");
  transaction.answer.reset();
  EXPECT_EQ(Decode(transaction).status, "no answer");
  transaction.hid_error = 0x06;
  EXPECT_EQ(Decode(transaction).status, "CTAPHID ERR_CHANNEL_BUSY");
  transaction.hid_error.reset();
  transaction.status_word = 0x6999;
  EXPECT_EQ(Decode(transaction).status, "6999 NO_APPLET_SELECTED");
}

TEST(DecodingTest, InitGivesAChannel) {
  const auto decoding = DecodeMessage(
      ctaphid::Command::kInit, Bytes(8, 0xA1),
      Concat({Bytes(8, 0xA1), Bytes{0, 0, 0, 7, 2, 1, 0, 3, ctaphid::kCapabilityWink | 0x04}}));
  EXPECT_EQ(decoding.command, "CTAPHID_INIT");
  EXPECT_EQ(decoding.status, "OK");
  EXPECT_THAT(MemberLines(decoding.request.members), ElementsAre("nonce h'a1a1a1a1a1a1a1a1'"));
  EXPECT_THAT(MemberLines(decoding.response.members),
              ElementsAre("nonce h'a1a1a1a1a1a1a1a1'", "channel 00000007", "protocolVersion 2",
                          "deviceVersion 1.0.3", "capabilities WINK|CBOR"));
  EXPECT_THAT(MemberLines(DecodeMessage(ctaphid::Command::kInit, {}, Bytes{1}).response.members),
              ElementsAre("data h'01'"));
}

TEST(DecodingTest, TheOtherMessagesOfTheLine) {
  const auto ping = DecodeMessage(ctaphid::Command::kPing, Bytes{5, 6}, Bytes{5, 6});
  EXPECT_EQ(ping.command, "CTAPHID_PING");
  EXPECT_THAT(MemberLines(ping.request.members), ElementsAre("data h'0506'"));
  const auto wink = DecodeMessage(ctaphid::Command::kWink, {}, {});
  EXPECT_EQ(wink.command, "CTAPHID_WINK");
  EXPECT_THAT(wink.request.members, IsEmpty());
  const auto lock = DecodeMessage(ctaphid::Command::kLock, Bytes{9}, {});
  EXPECT_EQ(lock.command, "CTAPHID_LOCK");
  EXPECT_THAT(MemberLines(lock.request.members), ElementsAre("seconds 9"));
  Transaction cancel;
  cancel.channel = 7;
  cancel.hid_command = static_cast<std::uint8_t>(ctaphid::Command::kCancel);
  EXPECT_EQ(Decode(cancel).status, "nothing to cancel");
}

TEST(DecodingTest, RegistrationByU2f) {
  const Bytes certificate = Concat({Bytes{0x30, 0x82, 0x01, 0x00}, Bytes(256, 0xCE)});
  const apdu::Command command{.cla = 0,
                              .ins = 1,
                              .p1 = 0,
                              .p2 = 0,
                              .data = Concat({Bytes(32, 0xC1), Bytes(32, 0xA2)}),
                              .le = {}};
  const auto decoding =
      Decode(Answered(Protocol::kU2f, command.Extended(),
                      Concat({Bytes{5}, Bytes(65, 0x04), Bytes{3, 1, 2, 3}, certificate,
                              Bytes{0x30, 0x00}, Bytes{0x90, 0x00}})));
  EXPECT_EQ(decoding.command, "U2F_REGISTER");
  EXPECT_EQ(decoding.status, "OK");
  EXPECT_THAT(MemberLines(decoding.request.members),
              ElementsAre("challenge h'" + ToHex(Bytes(32, 0xC1)) + "'",
                          "application h'" + ToHex(Bytes(32, 0xA2)) + "'"));
  EXPECT_THAT(
      MemberLines(decoding.response.members),
      ElementsAre(HasSubstr("userPublicKey h'0404"), "keyHandle h'010203'",
                  "attestationCertificate h'" + ToHex(certificate) + "'", "signature h'3000'"));
}

TEST(DecodingTest, AuthenticationByU2f) {
  const apdu::Command command{.cla = 0,
                              .ins = 2,
                              .p1 = 3,
                              .p2 = 0,
                              .data = Concat({Bytes(64, 0xC1), Bytes{2, 0xAB, 0xCD}}),
                              .le = {}};
  const auto decoding =
      Decode(Answered(Protocol::kU2f, command.Extended(),
                      Bytes{0x01, 0x00, 0x00, 0x00, 0x09, 0x30, 0x00, 0x90, 0x00}));
  EXPECT_EQ(decoding.command, "U2F_AUTHENTICATE");
  EXPECT_THAT(MemberLines(decoding.request.members),
              testing::AllOf(Contains("control enforce-user-presence-and-sign"),
                             Contains("keyHandle h'abcd'")));
  EXPECT_THAT(MemberLines(decoding.response.members),
              ElementsAre("userPresence 1", "counter 9", "signature h'3000'"));
  const auto refused = Decode(Answered(Protocol::kU2f, command.Extended(), Bytes{0x69, 0x85}));
  EXPECT_EQ(refused.status, "6985 CONDITIONS_NOT_SATISFIED");
  EXPECT_THAT(refused.response.members, IsEmpty());
}

TEST(DecodingTest, ApdusOfTheCardItself) {
  Transaction select =
      Answered(Protocol::kLine,
               Bytes{0x00, 0xA4, 0x04, 0x00, 0x08, 0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01},
               ToBytes("U2F_V2"));
  select.status_word = 0x9000;
  const auto decoding = Decode(select);
  EXPECT_EQ(decoding.command, "SELECT of the FIDO applet");
  EXPECT_EQ(decoding.status, "OK");
  EXPECT_THAT(MemberLines(decoding.response.members), ElementsAre("data h'5532465f5632'"));
  const auto named = [](Bytes request) {
    return Decode(Answered(Protocol::kLine, std::move(request), {})).command;
  };
  EXPECT_EQ(named({0x80, 0x12, 0x01, 0x00}), "NFCCTAP_CONTROL");
  EXPECT_EQ(named({0x00, 0xC0, 0x00, 0x00, 0x00}), "GET RESPONSE");
  EXPECT_EQ(named({0xA0, 0x03, 0x00, 0x00}), "APDU a0 03");
  EXPECT_EQ(named({0xA0}), "no APDU");
}

// Whatever a client sends is described, in one way or another.
TEST(DecodingTest, ShortMessagesOfEveryKindAreDescribed) {
  for (const Protocol protocol : {Protocol::kCtap2, Protocol::kU2f, Protocol::kLine}) {
    for (std::size_t size = 0; size < 80; ++size) {
      Bytes bytes(size, 0x02);
      Transaction transaction = Answered(protocol, bytes, bytes);
      EXPECT_FALSE(Decode(transaction).command.empty());
      transaction.channel = 1;
      for (int command = 0; command < 0x40; ++command) {
        transaction.hid_command = static_cast<std::uint8_t>(command);
        EXPECT_FALSE(Decode(transaction).command.empty());
      }
    }
  }
}

}  // namespace
}  // namespace keyrig::journal
