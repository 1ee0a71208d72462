#include "virtual-key/apdu/fido_applet.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "harness/base/test_hex.h"

namespace keyrig::apdu {
namespace {

constexpr std::string_view kSelect = "00A4040008A0000006472F000100";
constexpr std::string_view kGetInfo = "801000000104";           // does not poll
constexpr std::string_view kPollingGetInfo = "80108000010400";  // polls
constexpr std::string_view kPoll = "8011000000";

/// A reader and the card in it.
class FidoAppletTest : public testing::Test {
 protected:
  /// What is answered at once, in hex; empty where nothing is.
  std::string Send(const Bytes& apdu) {
    step_ = applet_.Receive(apdu);
    return step_.response ? ToHex(*step_.response) : std::string();
  }
  std::string Send(std::string_view hex) { return Send(Hex(hex)); }

  /// Sends a message that is processed; its ID.
  RequestId Begin(std::string_view hex) {
    EXPECT_EQ(Send(hex), "");
    EXPECT_TRUE(step_.request) << hex;
    return step_.request ? step_.request->id : 0;
  }

  std::string Respond(RequestId request, const Bytes& answer) {
    const auto response = applet_.Respond(request, answer);
    return response ? ToHex(*response) : std::string();
  }

  std::string Keepalive(KeepaliveStatus status) {
    const auto response = applet_.Keepalive(status);
    return response ? ToHex(*response) : std::string();
  }

  void SetUp() override { ASSERT_EQ(Send(kSelect), ToHex(ToBytes("FIDO_2_0")) + "9000"); }

  FidoApplet applet_{false};
  Step step_;
};

/// The same with U2F.
class FidoAppletWithU2fTest : public FidoAppletTest {
 protected:
  void SetUp() override {
    card_ = std::make_unique<FidoApplet>(true);
    ASSERT_EQ(Tell(kSelect), ToHex(ToBytes("U2F_V2")) + "9000");
  }
  std::string Tell(std::string_view hex) {
    step_ = card_->Receive(Hex(hex));
    return step_.response ? ToHex(*step_.response) : std::string();
  }
  std::unique_ptr<FidoApplet> card_;
};

TEST_F(FidoAppletTest, IsSelectedByItsName) {}

// CTAP 2.1 §11.3.3.
TEST_F(FidoAppletTest, SelectIsTakenWithAndWithoutLeAndInBothForms) {
  EXPECT_EQ(Send("00A4040008A0000006472F0001"), ToHex(ToBytes("FIDO_2_0")) + "9000");
  EXPECT_EQ(Send("00A40400000008A0000006472F00010000"), ToHex(ToBytes("FIDO_2_0")) + "9000");
}

TEST_F(FidoAppletTest, SelectOfSomethingElseIsNotFoundAndChangesNothing) {
  EXPECT_EQ(Send("00A4040007A0000006472F0000"), "6a82");
  EXPECT_EQ(Send("00A4040008A0000006472F0002"), "6a82");
  EXPECT_EQ(Send("00A40400"), "6a82");
  Begin(kGetInfo);
}

TEST_F(FidoAppletTest, SelectByAnythingButNameIsRefused) {
  EXPECT_EQ(Send("00A4000008A0000006472F000100"), "6a86");
  EXPECT_EQ(Send("00A4040208A0000006472F000100"), "6a86");
}

TEST_F(FidoAppletTest, BeforeSelectNothingIsAnswered) {
  FidoApplet fresh(true);
  for (const std::string_view hex :
       {kGetInfo, kPoll, std::string_view("80120100"), std::string_view("00030000"),
        std::string_view("00C0000000")}) {
    const Step step = fresh.Receive(Hex(hex));
    ASSERT_TRUE(step.response) << hex;
    EXPECT_EQ(ToHex(*step.response), "6999") << hex;
    EXPECT_FALSE(step.request);
  }
}

TEST_F(FidoAppletTest, PowerLossDeselects) {
  applet_.PowerCycle();
  EXPECT_EQ(Send(kGetInfo), "6999");
}

// CTAP 2.1 §11.3.5.1.
TEST_F(FidoAppletTest, AMessageIsHandedOverAndAnswered) {
  const RequestId request = Begin(kGetInfo);
  EXPECT_EQ(step_.request->message, Hex("04"));
  EXPECT_EQ(step_.request->protocol, Protocol::kCtap2);
  EXPECT_TRUE(applet_.IsAwaited());
  EXPECT_EQ(Respond(request, Hex("00A0")), "00a09000");
  EXPECT_FALSE(applet_.IsAwaited());
}

TEST_F(FidoAppletTest, AnErrorOfCtapIsASuccessOfTheCard) {
  EXPECT_EQ(Respond(Begin(kGetInfo), Hex("31")), "319000");
}

TEST_F(FidoAppletTest, OtherParametersOfAMessageAreRefused) {
  EXPECT_EQ(Send("801001000104"), "6a86");
  EXPECT_EQ(Send("801080010104"), "6a86");
  EXPECT_FALSE(step_.request);
}

TEST_F(FidoAppletTest, AMessageWithoutACommandIsOfTheWrongLength) {
  EXPECT_EQ(Send("80108000"), "6700");
  EXPECT_EQ(Send("8010800000"), "6700");
  EXPECT_FALSE(step_.request);
}

TEST_F(FidoAppletTest, WhatIsNoApduIsOfTheWrongLength) {
  EXPECT_EQ(Send(""), "6700");
  EXPECT_EQ(Send("801000000504"), "6700");
}

TEST_F(FidoAppletTest, UnknownClassesAndInstructionsAreToldApart) {
  EXPECT_EQ(Send("A01000000104"), "6e00");
  EXPECT_EQ(Send("841000000104"), "6e00");
  EXPECT_EQ(Send("811000000104"), "6e00") << "there are no logical channels";
  EXPECT_EQ(Send("80990000"), "6d00");
  EXPECT_EQ(Send("80A4040008A0000006472F0001"), "6d00") << "SELECT is of class 00";
  EXPECT_EQ(Send("00100000"), "6d00") << "NFCCTAP_MSG is of class 80";
}

TEST_F(FidoAppletTest, WithoutU2fItsInstructionsAreUnknown) {
  EXPECT_EQ(Send("00030000"), "6d00");
  EXPECT_EQ(Send("0001000001AA"), "6d00");
}

// ISO 7816-4 §5.1.1.1.
TEST_F(FidoAppletTest, TheLinksOfAChainMakeOneMessage) {
  EXPECT_EQ(Send("9010800002010203"), "9000") << "with Le";
  EXPECT_EQ(Send("90108000010A"), "9000") << "and without";
  EXPECT_FALSE(step_.request);
  Begin("801080000104");
  EXPECT_EQ(step_.request->message, Hex("01020A04"));
}

TEST_F(FidoAppletTest, AChainOfFullLinksCarriesALongMessage) {
  Bytes link = Hex("90108000FF");
  link.resize(link.size() + 255, 0x5A);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(Send(link), "9000");
  Begin("801080000104");
  EXPECT_EQ(step_.request->message.size(), 7U * 255 + 1);
}

TEST_F(FidoAppletTest, AnotherCommandWithinAChainEndsItAndIsRefused) {
  for (const std::string_view hex : {"801100000104", "901000000104", "80108001", "00C0000000"}) {
    ASSERT_EQ(Send("90108000010A"), "9000");
    EXPECT_EQ(Send(hex), "6883") << hex;
    Begin("801080000104");
    EXPECT_EQ(step_.request->message, Hex("04")) << "the chain is forgotten";
  }
}

TEST_F(FidoAppletTest, SelectWithinAChainBeginsAnew) {
  ASSERT_EQ(Send("90108000010A"), "9000");
  EXPECT_EQ(Send(kSelect), ToHex(ToBytes("FIDO_2_0")) + "9000");
  Begin("801080000104");
  EXPECT_EQ(step_.request->message, Hex("04"));
}

TEST_F(FidoAppletTest, UnknownCommandsCannotBeChained) {
  EXPECT_EQ(Send("909900000104"), "6d00");
  EXPECT_EQ(Send("B01000000104"), "6e00");
}

TEST_F(FidoAppletTest, AMessageMayBeAsLongAsOverHidAndNotLonger) {
  const auto extended = [](std::size_t size) {
    Bytes apdu = Hex("8010000000");
    Append(apdu, BigEndian16(static_cast<std::uint16_t>(size)));
    apdu.resize(apdu.size() + size, 0x01);
    return apdu;
  };
  EXPECT_EQ(Send(extended(kMaxMessage)), "");
  EXPECT_EQ(step_.request->message.size(), kMaxMessage);
  EXPECT_EQ(Send(extended(kMaxMessage + 1)), "6700");

  Bytes link = Hex("90100000FF");
  link.resize(link.size() + 255, 0x5A);
  for (std::size_t sent = 255; sent <= kMaxMessage; sent += 255) ASSERT_EQ(Send(link), "9000");
  EXPECT_EQ(Send(link), "6700");
  Begin(kGetInfo);
  EXPECT_EQ(step_.request->message, Hex("04")) << "the chain is forgotten";
}

// CTAP 2.1 §11.3.7 and ISO 7816-4 §5.3.4.
TEST_F(FidoAppletTest, ALongAnswerToAShortCommandComesInParts) {
  Bytes answer(256 + 256 + 10, 0x11);
  answer.back() = 0x22;
  const std::string first = Respond(Begin(kGetInfo), answer);
  EXPECT_EQ(first, ToHex(Bytes(256, 0x11)) + "6100") << "256 or more are left";
  EXPECT_EQ(Send("00C0000000"), ToHex(Bytes(256, 0x11)) + "610a");
  EXPECT_EQ(Send("00C000000A"), ToHex(Bytes(9, 0x11)) + "229000");
  EXPECT_EQ(Send("00C0000000"), "6985") << "nothing is left";
}

TEST_F(FidoAppletTest, GetResponseGivesNoMoreThanAskedFor) {
  ASSERT_EQ(Respond(Begin(kGetInfo), Bytes(300, 0x11)), ToHex(Bytes(256, 0x11)) + "612c");
  EXPECT_EQ(Send("00C0000004"), "111111116128");
  EXPECT_EQ(Send("00C0000000"), ToHex(Bytes(40, 0x11)) + "9000");
}

TEST_F(FidoAppletTest, GetResponseTakesNoParametersAndNoData) {
  ASSERT_EQ(Respond(Begin(kGetInfo), Bytes(300, 0x11)), ToHex(Bytes(256, 0x11)) + "612c");
  EXPECT_EQ(Send("00C0010000"), "6a86");
  ASSERT_EQ(Respond(Begin(kGetInfo), Bytes(300, 0x11)), ToHex(Bytes(256, 0x11)) + "612c");
  EXPECT_EQ(Send("00C00000010000"), "6700");
}

TEST_F(FidoAppletTest, AnyOtherCommandGivesUpWhatIsLeft) {
  ASSERT_EQ(Respond(Begin(kGetInfo), Bytes(300, 0x11)), ToHex(Bytes(256, 0x11)) + "612c");
  ASSERT_EQ(Respond(Begin(kGetInfo), Hex("00")), "009000");
  EXPECT_EQ(Send("00C0000000"), "6985");
}

TEST_F(FidoAppletTest, ALongAnswerToAnExtendedCommandComesInOne) {
  const std::string long_answer = ToHex(Bytes(1000, 0x11)) + "9000";
  EXPECT_EQ(Respond(Begin("80100000000001040000"), Bytes(1000, 0x11)), long_answer);
  EXPECT_EQ(Respond(Begin("8010000000000104"), Bytes(1000, 0x11)), long_answer) << "without Le";
  EXPECT_EQ(Respond(Begin("80100000000001040200"), Bytes(600, 0x11)),
            ToHex(Bytes(512, 0x11)) + "6158")
      << "with a Le that is too small";
}

// CTAP 2.1 §11.3.5.2 and §11.3.5.3.
TEST_F(FidoAppletTest, APollingClientIsToldThatAndWhyItMustWait) {
  const RequestId request = Begin(kPollingGetInfo);
  EXPECT_EQ(Keepalive(KeepaliveStatus::kProcessing), "019100");
  EXPECT_FALSE(applet_.IsAwaited());
  EXPECT_EQ(Keepalive(KeepaliveStatus::kProcessing), "") << "there is no command to be answered";
  EXPECT_EQ(Send(kPoll), "");
  EXPECT_TRUE(applet_.IsAwaited());
  EXPECT_EQ(Keepalive(KeepaliveStatus::kUserPresenceNeeded), "029100");
  EXPECT_EQ(Send(kPoll), "");
  EXPECT_EQ(Respond(request, Hex("00A0")), "00a09000");
  EXPECT_EQ(Send(kPoll), "6985") << "nothing is pending any more";
}

TEST_F(FidoAppletTest, AnAnswerBetweenTwoPollsIsKeptForTheNext) {
  const RequestId request = Begin(kPollingGetInfo);
  ASSERT_EQ(Keepalive(KeepaliveStatus::kProcessing), "019100");
  EXPECT_EQ(Respond(request, Bytes(300, 0x11)), "");
  EXPECT_EQ(Send(kPoll), ToHex(Bytes(256, 0x11)) + "612c");
  EXPECT_EQ(Send("00C000002C"), ToHex(Bytes(44, 0x11)) + "9000");
}

TEST_F(FidoAppletTest, AClientThatDoesNotPollIsLeftWaiting) {
  const RequestId request = Begin(kGetInfo);
  EXPECT_EQ(Keepalive(KeepaliveStatus::kUserPresenceNeeded), "");
  EXPECT_EQ(Respond(request, Hex("00")), "009000");
}

TEST_F(FidoAppletTest, APollCanCancel) {
  const RequestId request = Begin(kPollingGetInfo);
  ASSERT_EQ(Keepalive(KeepaliveStatus::kUserPresenceNeeded), "029100");
  EXPECT_EQ(Send("8011110000"), "");
  EXPECT_EQ(step_.cancel, request);
  EXPECT_EQ(Respond(request, Hex("2D")), "2d9000");
}

TEST_F(FidoAppletTest, APollWithOtherParametersOrDataIsRefused) {
  Begin(kPollingGetInfo);
  ASSERT_EQ(Keepalive(KeepaliveStatus::kProcessing), "019100");
  EXPECT_EQ(Send("8011010000"), "6a86");
  EXPECT_EQ(Send("8011000100"), "6a86");
  EXPECT_EQ(Send("8011000001AA"), "6700");
}

TEST_F(FidoAppletTest, APollForNothingIsRefused) { EXPECT_EQ(Send(kPoll), "6985"); }

TEST_F(FidoAppletTest, ANewMessageAbandonsTheOneBefore) {
  const RequestId abandoned = Begin(kPollingGetInfo);
  ASSERT_EQ(Keepalive(KeepaliveStatus::kProcessing), "019100");
  const RequestId request = Begin(kPollingGetInfo);
  EXPECT_EQ(step_.cancel, abandoned);
  EXPECT_NE(request, abandoned);
  EXPECT_EQ(Respond(abandoned, Hex("2D")), "");
  EXPECT_EQ(Respond(request, Hex("00")), "009000");
}

TEST_F(FidoAppletTest, SelectAbandonsTheMessageAndBeginsAnotherSession) {
  const RequestId abandoned = Begin(kPollingGetInfo);
  const std::uint32_t session = step_.request->session;
  ASSERT_EQ(Keepalive(KeepaliveStatus::kProcessing), "019100");
  Send(kSelect);
  EXPECT_EQ(step_.cancel, abandoned);
  EXPECT_EQ(Send(kPoll), "6985");
  Begin(kGetInfo);
  EXPECT_NE(step_.request->session, session);
}

// CTAP 2.1 §11.3.6.
TEST_F(FidoAppletTest, EndDeselectsAndCancels) {
  const RequestId request = Begin(kPollingGetInfo);
  ASSERT_EQ(Keepalive(KeepaliveStatus::kUserPresenceNeeded), "029100");
  EXPECT_EQ(Send("80120100"), "9000");
  EXPECT_TRUE(step_.has_ended);
  EXPECT_EQ(step_.cancel, request);
  EXPECT_EQ(Send(kGetInfo), "6999");
  EXPECT_EQ(Send(kSelect), ToHex(ToBytes("FIDO_2_0")) + "9000");
}

TEST_F(FidoAppletTest, OtherControlsAreRefused) {
  EXPECT_EQ(Send("80120000"), "6a86");
  EXPECT_EQ(Send("80120101"), "6a86");
  EXPECT_EQ(Send("8012010001AA"), "6700");
  EXPECT_FALSE(step_.has_ended);
  Begin(kGetInfo);
}

// U2F raw messages over NFC (CTAP 2.1 §10, U2F NFC §3).
TEST_F(FidoAppletWithU2fTest, ItsMessagesAreHandedOverInExtendedForm) {
  EXPECT_EQ(Tell("00030000"), "");
  ASSERT_TRUE(step_.request);
  EXPECT_EQ(step_.request->protocol, Protocol::kU2f);
  EXPECT_EQ(step_.request->message, Hex("00030000000000"));
  const auto response = card_->Respond(step_.request->id, Hex("5532465F56329000"));
  ASSERT_TRUE(response);
  EXPECT_EQ(ToHex(*response), "5532465f56329000");
}

TEST_F(FidoAppletWithU2fTest, TheyCanBeChainedAndKeepTheirParameters) {
  EXPECT_EQ(Tell("1002070002AABB"), "9000");
  EXPECT_EQ(Tell("0002070001CC00"), "");
  ASSERT_TRUE(step_.request);
  EXPECT_EQ(step_.request->message, Hex("00020700000003AABBCC0000"));
}

TEST_F(FidoAppletWithU2fTest, TheirStatusWordComesAfterTheLastPart) {
  Tell("0001000001AA");
  ASSERT_TRUE(step_.request);
  Bytes answer(300, 0x05);
  Append(answer, Hex("9000"));
  EXPECT_EQ(ToHex(*card_->Respond(step_.request->id, answer)), ToHex(Bytes(256, 0x05)) + "612c");
  EXPECT_EQ(Tell("00C000002C"), ToHex(Bytes(44, 0x05)) + "9000");
}

TEST_F(FidoAppletWithU2fTest, TheirRefusalsPassThrough) {
  Tell("0002070001AA");
  ASSERT_TRUE(step_.request);
  EXPECT_EQ(ToHex(*card_->Respond(step_.request->id, Hex("6985"))), "6985");
  EXPECT_EQ(Tell("00040000"), "6d00");
}

TEST_F(FidoAppletWithU2fTest, TheyAreNeverKeptAlive) {
  Tell("0001800001AA");
  EXPECT_FALSE(card_->Keepalive(KeepaliveStatus::kUserPresenceNeeded));
}

}  // namespace
}  // namespace keyrig::apdu
