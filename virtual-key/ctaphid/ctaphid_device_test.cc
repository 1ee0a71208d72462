#include "virtual-key/ctaphid/ctaphid_device.h"

#include <gmock/gmock.h>

namespace keyrig::ctaphid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsEmpty;

constexpr ByteArray<8> kNonce{1, 2, 3, 4, 5, 6, 7, 8};

class CtapHidDeviceTest : public testing::Test {
 protected:
  explicit CtapHidDeviceTest(Protocols protocols = {})
      : device_({2, 3, 4}, clock_, rng_, protocols) {}

  /// Sends a whole message; what came back for all its packets.
  Step Send(ChannelId channel, Command command, ByteView payload = {}) {
    return SendPackets(Split(channel, command, payload));
  }

  Step SendPackets(const std::vector<HidReport>& reports) {
    Step all;
    for (const HidReport& report : reports) {
      Step step = device_.Receive(report);
      for (const auto& reply : step.replies) all.replies.push_back(reply);
      if (step.request) all.request = std::move(step.request);
      if (step.cancel) all.cancel = step.cancel;
      all.wink = all.wink || step.wink;
    }
    return all;
  }

  static Message Join(const std::vector<HidReport>& reports) {
    Assembler assembler;
    if (reports.empty()) {
      ADD_FAILURE() << "nothing was sent";
      return {};
    }
    assembler.Begin(reports.front());
    for (std::size_t i = 1; i < reports.size(); ++i) EXPECT_TRUE(assembler.Continue(reports[i]));
    EXPECT_TRUE(assembler.IsComplete());
    return assembler.Take();
  }

  ChannelId OpenChannel() {
    const Message reply = Join(Send(kBroadcastChannel, Command::kInit, kNonce).replies);
    EXPECT_EQ(reply.payload.size(), 17U);
    return ReadBigEndian32(std::span(reply.payload).subspan<8, 4>());
  }

  RequestId BeginRequest(ChannelId channel) {
    const Step step = Send(channel, Command::kCbor, Bytes{0x04});
    EXPECT_TRUE(step.request.has_value());
    return step.request ? step.request->id : 0;
  }

  static void ExpectError(const std::vector<HidReport>& replies, ChannelId channel,
                          ErrorCode code) {
    EXPECT_EQ(Join(replies),
              (Message{channel, Command::kError, Bytes{static_cast<std::uint8_t>(code)}}));
  }
  static void ExpectError(const Step& step, ChannelId channel, ErrorCode code) {
    ExpectError(step.replies, channel, code);
    EXPECT_FALSE(step.request.has_value());
  }

  void ExpectWorks(ChannelId channel) {
    EXPECT_EQ(Join(Send(channel, Command::kPing, Bytes{0x55}).replies),
              (Message{channel, Command::kPing, Bytes{0x55}}));
  }

  FrozenClock clock_{Instant(seconds(1'700'000'000))};
  Rng rng_{1};
  CtapHidDevice device_;
};

TEST_F(CtapHidDeviceTest, InitGivesOutAChannelWithNonceVersionAndCapabilities) {
  const Message reply = Join(Send(kBroadcastChannel, Command::kInit, kNonce).replies);
  EXPECT_EQ(reply.channel, kBroadcastChannel);
  EXPECT_EQ(reply.command, Command::kInit);
  ASSERT_EQ(reply.payload.size(), 17U);
  EXPECT_EQ(ToHex(ByteView(reply.payload).first(8)), "0102030405060708");
  EXPECT_EQ(ToHex(ByteView(reply.payload).last(5)), "020203040d");
}

TEST_F(CtapHidDeviceTest, EachClientGetsAChannelOfItsOwn) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  EXPECT_NE(one, two);
  EXPECT_NE(one + 1, two) << "a channel must not be guessable from another";
  ExpectWorks(one);
  ExpectWorks(two);
}

TEST_F(CtapHidDeviceTest, InitOnAChannelKeepsIt) {
  const ChannelId channel = OpenChannel();
  const Message reply = Join(Send(channel, Command::kInit, kNonce).replies);
  EXPECT_EQ(reply.channel, channel);
  EXPECT_EQ(ReadBigEndian32(std::span(reply.payload).subspan<8, 4>()), channel);
}

TEST_F(CtapHidDeviceTest, InitOfAnotherLengthIsRefused) {
  ExpectError(Send(kBroadcastChannel, Command::kInit, Bytes(7)), kBroadcastChannel,
              ErrorCode::kInvalidLength);
  ExpectError(Send(kBroadcastChannel, Command::kInit, Bytes(9)), kBroadcastChannel,
              ErrorCode::kInvalidLength);
}

TEST_F(CtapHidDeviceTest, ChannelsThatWereNotGivenOutAreRefused) {
  ExpectError(Send(kReservedChannel, Command::kInit, kNonce), kReservedChannel,
              ErrorCode::kInvalidChannel);
  ExpectError(Send(kReservedChannel, Command::kCancel), kReservedChannel,
              ErrorCode::kInvalidChannel);
  ExpectError(Send(kBroadcastChannel, Command::kPing, Bytes{1}), kBroadcastChannel,
              ErrorCode::kInvalidChannel);
  ExpectError(Send(kBroadcastChannel, Command::kCancel), kBroadcastChannel,
              ErrorCode::kInvalidChannel);
  ExpectError(Send(0x12345678, Command::kPing, Bytes{1}), 0x12345678, ErrorCode::kInvalidChannel);
  ExpectError(Send(0x12345678, Command::kInit, kNonce), 0x12345678, ErrorCode::kInvalidChannel);
}

TEST_F(CtapHidDeviceTest, PingComesBackAtEveryLength) {
  const ChannelId channel = OpenChannel();
  for (const std::size_t size : {0U, 1U, 57U, 58U, 1768U, 7609U}) {
    const Bytes payload(size, 0xA5);
    EXPECT_EQ(Join(Send(channel, Command::kPing, payload).replies),
              (Message{channel, Command::kPing, payload}));
  }
}

TEST_F(CtapHidDeviceTest, MoreThan7609BytesAreRefusedAtTheFirstPacket) {
  const ChannelId channel = OpenChannel();
  for (const Command command : {Command::kPing, Command::kCbor}) {
    HidReport first = Split(channel, command, Bytes(64)).front();
    first[5] = 0x1D;
    first[6] = 0xBA;  // 7610
    ExpectError(device_.Receive(first), channel, ErrorCode::kInvalidLength);
  }
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, CommandsThatItDoesNotHaveAreRefused) {
  const ChannelId channel = OpenChannel();
  for (const Command command : {Command::kMsg, Command::kKeepalive, Command::kError,
                                static_cast<Command>(0x02), static_cast<Command>(0x40)}) {
    ExpectError(Send(channel, command, Bytes{0}), channel, ErrorCode::kInvalidCommand);
  }
}

class U2fHidDeviceTest : public CtapHidDeviceTest {
 protected:
  explicit U2fHidDeviceTest(bool has_ctap2 = true)
      : CtapHidDeviceTest({.has_ctap2 = has_ctap2, .has_u2f = true}) {}
};
class U2fOnlyHidDeviceTest : public U2fHidDeviceTest {
 protected:
  U2fOnlyHidDeviceTest() : U2fHidDeviceTest(false) {}
};

TEST_F(U2fHidDeviceTest, InitSaysThatThereIsU2f) {
  const Message reply = Join(Send(kBroadcastChannel, Command::kInit, kNonce).replies);
  EXPECT_EQ(reply.payload.back(), 0x05) << "wink and CBOR, without NMSG";
}

TEST_F(U2fOnlyHidDeviceTest, InitSaysThatThereIsNothingElse) {
  const Message reply = Join(Send(kBroadcastChannel, Command::kInit, kNonce).replies);
  EXPECT_EQ(reply.payload.back(), 0x01);
}

TEST_F(U2fOnlyHidDeviceTest, CborIsUnknownToIt) {
  const ChannelId channel = OpenChannel();
  ExpectError(Send(channel, Command::kCbor, Bytes{0x04}), channel, ErrorCode::kInvalidCommand);
  EXPECT_TRUE(Send(channel, Command::kMsg, Bytes{0, 3, 0, 0}).request);
}

TEST_F(U2fHidDeviceTest, AMessageIsARequestThatIsAnsweredByAMessage) {
  const ChannelId channel = OpenChannel();
  const Step step = Send(channel, Command::kMsg, Bytes{0, 3, 0, 0});
  ASSERT_TRUE(step.request);
  EXPECT_TRUE(step.request->is_u2f);
  EXPECT_EQ(step.request->message, (Bytes{0, 3, 0, 0}));
  EXPECT_EQ(Join(device_.Respond(step.request->id, Bytes{0x90, 0x00})),
            (Message{channel, Command::kMsg, Bytes{0x90, 0x00}}));
  EXPECT_FALSE(Send(channel, Command::kCbor, Bytes{0x04}).request->is_u2f);
}

TEST_F(U2fHidDeviceTest, AMessageHasNoKeepalivesAndNoCancel) {
  const ChannelId channel = OpenChannel();
  const Step step = Send(channel, Command::kMsg, Bytes{0, 3, 0, 0});
  ASSERT_TRUE(step.request);
  EXPECT_THAT(device_.Keepalive(KeepaliveStatus::kUserPresenceNeeded), IsEmpty());
  EXPECT_FALSE(Send(channel, Command::kCancel).cancel);
  EXPECT_EQ(Join(device_.Respond(step.request->id, Bytes{0x69, 0x85})).command, Command::kMsg);
}

TEST_F(U2fHidDeviceTest, AnEmptyMessageIsRefused) {
  const ChannelId channel = OpenChannel();
  ExpectError(Send(channel, Command::kMsg), channel, ErrorCode::kInvalidLength);
}

TEST_F(CtapHidDeviceTest, AnUnknownCommandsContinuationsAreIgnored) {
  const ChannelId channel = OpenChannel();
  ExpectError(Send(channel, Command::kMsg, Bytes(200)), channel, ErrorCode::kInvalidCommand);
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, WinkIsReportedAndAnswered) {
  const ChannelId channel = OpenChannel();
  const Step step = Send(channel, Command::kWink);
  EXPECT_TRUE(step.wink);
  EXPECT_EQ(Join(step.replies), (Message{channel, Command::kWink, {}}));
  ExpectError(Send(channel, Command::kWink, Bytes{1}), channel, ErrorCode::kInvalidLength);
}

TEST_F(CtapHidDeviceTest, AContinuationThatBelongsToNothingIsIgnored) {
  const ChannelId channel = OpenChannel();
  EXPECT_THAT(device_.Receive(Split(channel, Command::kPing, Bytes(100))[1]).replies, IsEmpty());
  EXPECT_THAT(device_.Receive(Split(0x12345678, Command::kPing, Bytes(100))[1]).replies, IsEmpty());
}

TEST_F(CtapHidDeviceTest, AMissingPacketEndsTheMessage) {
  const ChannelId channel = OpenChannel();
  const auto packets = Split(channel, Command::kPing, Bytes(200));
  ExpectError(SendPackets({packets[0], packets[2]}), channel, ErrorCode::kInvalidSequence);
  EXPECT_THAT(device_.Receive(packets[1]).replies, IsEmpty());
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, ANewMessageInTheMiddleOfOneEndsIt) {
  const ChannelId channel = OpenChannel();
  device_.Receive(Split(channel, Command::kPing, Bytes(200)).front());
  ExpectError(Send(channel, Command::kPing, Bytes{1}), channel, ErrorCode::kInvalidSequence);
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, AMessageThatStopsHalfwayTimesOut) {
  const ChannelId channel = OpenChannel();
  const auto packets = Split(channel, Command::kPing, Bytes(200));
  EXPECT_FALSE(device_.Deadline().has_value());
  device_.Receive(packets[0]);
  clock_.Advance(milliseconds(499));
  EXPECT_THAT(device_.Receive(packets[1]).replies, IsEmpty());
  EXPECT_EQ(device_.Deadline(), clock_.Now() + milliseconds(500)) << "each packet renews the wait";
  clock_.Advance(milliseconds(499));
  EXPECT_THAT(device_.Tick(), IsEmpty());
  clock_.Advance(milliseconds(1));
  ExpectError(device_.Tick(), channel, ErrorCode::kMessageTimeout);
  EXPECT_THAT(device_.Tick(), IsEmpty()) << "said once";
  EXPECT_FALSE(device_.Deadline().has_value());
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, ATimeoutIsNoticedAlsoWithoutATick) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  device_.Receive(Split(one, Command::kPing, Bytes(200)).front());
  clock_.Advance(milliseconds(500));
  const Step step = Send(two, Command::kPing, Bytes{9});
  ASSERT_EQ(step.replies.size(), 2U);
  ExpectError({step.replies[0]}, one, ErrorCode::kMessageTimeout);
  EXPECT_EQ(HeadOf(step.replies[1]).channel, two);
}

TEST_F(CtapHidDeviceTest, WhileAMessageComesInOtherChannelsAreBusyAndDoNotDisturb) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  const auto packets = Split(one, Command::kPing, Bytes(100, 7));
  device_.Receive(packets[0]);
  ExpectError(Send(two, Command::kPing, Bytes{1}), two, ErrorCode::kChannelBusy);
  ExpectError(Send(0x12345678, Command::kInit, kNonce), 0x12345678, ErrorCode::kChannelBusy);
  ExpectError(Send(kBroadcastChannel, Command::kInit, kNonce), kBroadcastChannel,
              ErrorCode::kChannelBusy);
  EXPECT_THAT(device_.Receive(Split(two, Command::kPing, Bytes(100))[1]).replies, IsEmpty());
  EXPECT_EQ(Join(device_.Receive(packets[1]).replies).payload.size(), 0U + 100U);
}

TEST_F(CtapHidDeviceTest, ACborMessageIsHandedOverAndItsAnswerSent) {
  const ChannelId channel = OpenChannel();
  const Bytes message(300, 0x42);
  const Step step = Send(channel, Command::kCbor, message);
  ASSERT_TRUE(step.request.has_value());
  EXPECT_THAT(step.replies, IsEmpty());
  EXPECT_EQ(step.request->channel, channel);
  EXPECT_EQ(step.request->message, message);
  const Bytes answer(7609, 0x24);
  EXPECT_EQ(Join(device_.Respond(step.request->id, answer)),
            (Message{channel, Command::kCbor, answer}));
  EXPECT_THAT(device_.Respond(step.request->id, answer), IsEmpty()) << "answered once";
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, ACborMessageHasAtLeastItsCommand) {
  const ChannelId channel = OpenChannel();
  ExpectError(Send(channel, Command::kCbor), channel, ErrorCode::kInvalidLength);
}

TEST_F(CtapHidDeviceTest, AnAnswerThatNoMessageHoldsBecomesAStatus) {
  const ChannelId channel = OpenChannel();
  EXPECT_EQ(Join(device_.Respond(BeginRequest(channel), Bytes(7610))).payload, Bytes{0x7F});
}

TEST_F(CtapHidDeviceTest, WhileARequestRunsEveryOtherMessageIsBusy) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  const RequestId request = BeginRequest(one);
  ExpectError(Send(two, Command::kCbor, Bytes{4}), two, ErrorCode::kChannelBusy);
  ExpectError(Send(two, Command::kInit, kNonce), two, ErrorCode::kChannelBusy);
  ExpectError(Send(kBroadcastChannel, Command::kInit, kNonce), kBroadcastChannel,
              ErrorCode::kChannelBusy);
  ExpectError(Send(one, Command::kCbor, Bytes{4}), one, ErrorCode::kChannelBusy);
  EXPECT_EQ(Join(device_.Respond(request, Bytes{0})), (Message{one, Command::kCbor, Bytes{0}}));
  ExpectWorks(two);
}

TEST_F(CtapHidDeviceTest, KeepalivesAreSentOnlyWhileARequestRuns) {
  const ChannelId channel = OpenChannel();
  EXPECT_THAT(device_.Keepalive(KeepaliveStatus::kProcessing), IsEmpty());
  const RequestId request = BeginRequest(channel);
  EXPECT_EQ(Join(device_.Keepalive(KeepaliveStatus::kProcessing)),
            (Message{channel, Command::kKeepalive, Bytes{1}}));
  EXPECT_EQ(Join(device_.Keepalive(KeepaliveStatus::kUserPresenceNeeded)),
            (Message{channel, Command::kKeepalive, Bytes{2}}));
  device_.Respond(request, Bytes{0});
  EXPECT_THAT(device_.Keepalive(KeepaliveStatus::kProcessing), IsEmpty());
}

TEST_F(CtapHidDeviceTest, CancelStopsTheRequestOnceAndIsAnsweredByItsResponseAlone) {
  const ChannelId channel = OpenChannel();
  const RequestId request = BeginRequest(channel);
  const Step first = Send(channel, Command::kCancel);
  EXPECT_THAT(first.replies, IsEmpty());
  EXPECT_EQ(first.cancel, request);
  EXPECT_THAT(device_.Keepalive(KeepaliveStatus::kUserPresenceNeeded), IsEmpty());
  const Step second = Send(channel, Command::kCancel);
  EXPECT_THAT(second.replies, IsEmpty());
  EXPECT_FALSE(second.cancel.has_value());
  EXPECT_EQ(Join(device_.Respond(request, Bytes{0x2D})),
            (Message{channel, Command::kCbor, Bytes{0x2D}}));
}

TEST_F(CtapHidDeviceTest, CancelOfNothingOrOfAnothersRequestIsIgnored) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  const Step idle = Send(one, Command::kCancel);
  EXPECT_THAT(idle.replies, IsEmpty());
  EXPECT_FALSE(idle.cancel.has_value());
  BeginRequest(one);
  const Step foreign = Send(two, Command::kCancel);
  EXPECT_THAT(foreign.replies, IsEmpty());
  EXPECT_FALSE(foreign.cancel.has_value());
}

TEST_F(CtapHidDeviceTest, CancelDropsAMessageThatIsNotWholeYet) {
  const ChannelId channel = OpenChannel();
  device_.Receive(Split(channel, Command::kCbor, Bytes(200)).front());
  EXPECT_THAT(Send(channel, Command::kCancel).replies, IsEmpty());
  clock_.Advance(seconds(1));
  EXPECT_THAT(device_.Tick(), IsEmpty());
  ExpectWorks(channel);
}

TEST_F(CtapHidDeviceTest, InitInTheMiddleOfAMessageResynchronises) {
  const ChannelId channel = OpenChannel();
  const auto packets = Split(channel, Command::kPing, Bytes(200));
  device_.Receive(packets[0]);
  EXPECT_EQ(Join(Send(channel, Command::kInit, kNonce).replies).command, Command::kInit);
  EXPECT_THAT(device_.Receive(packets[1]).replies, IsEmpty());
  EXPECT_FALSE(device_.Deadline().has_value());
}

TEST_F(CtapHidDeviceTest, InitAbandonsTheRunningRequestOfItsChannel) {
  const ChannelId channel = OpenChannel();
  const RequestId request = BeginRequest(channel);
  const Step step = Send(channel, Command::kInit, kNonce);
  EXPECT_EQ(Join(step.replies).command, Command::kInit);
  EXPECT_EQ(step.cancel, request);
  const RequestId next = BeginRequest(channel);
  EXPECT_THAT(device_.Respond(request, Bytes{0x2D}), IsEmpty()) << "nobody waits for it any more";
  EXPECT_EQ(Join(device_.Respond(next, Bytes{0})).payload, Bytes{0});
}

TEST_F(CtapHidDeviceTest, ALockKeepsOthersOutUntilItIsReleased) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  EXPECT_EQ(Join(Send(one, Command::kLock, Bytes{10}).replies), (Message{one, Command::kLock, {}}));
  ExpectError(Send(two, Command::kPing, Bytes{1}), two, ErrorCode::kChannelBusy);
  ExpectError(Send(kBroadcastChannel, Command::kInit, kNonce), kBroadcastChannel,
              ErrorCode::kChannelBusy);
  ExpectWorks(one);
  Send(one, Command::kLock, Bytes{0});
  ExpectWorks(two);
}

TEST_F(CtapHidDeviceTest, ALockEndsByItselfAndCanBeRenewed) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  Send(one, Command::kLock, Bytes{2});
  clock_.Advance(seconds(1));
  Send(one, Command::kLock, Bytes{2});
  clock_.Advance(milliseconds(1999));
  ExpectError(Send(two, Command::kPing, Bytes{1}), two, ErrorCode::kChannelBusy);
  clock_.Advance(milliseconds(1));
  ExpectWorks(two);
}

TEST_F(CtapHidDeviceTest, ALockOfMoreThanTenSecondsIsRefused) {
  const ChannelId one = OpenChannel();
  const ChannelId two = OpenChannel();
  ExpectError(Send(one, Command::kLock, Bytes{11}), one, ErrorCode::kInvalidParameter);
  ExpectError(Send(one, Command::kLock, Bytes{1, 0}), one, ErrorCode::kInvalidLength);
  ExpectWorks(two);
}

TEST_F(CtapHidDeviceTest, APowerCycleForgetsChannelsLocksAndRequests) {
  const ChannelId one = OpenChannel();
  Send(one, Command::kLock, Bytes{10});
  const RequestId request = BeginRequest(one);
  device_.PowerCycle();
  EXPECT_THAT(device_.Respond(request, Bytes{0}), IsEmpty());
  ExpectError(Send(one, Command::kPing, Bytes{1}), one, ErrorCode::kInvalidChannel);
  ExpectWorks(OpenChannel());
}

}  // namespace
}  // namespace keyrig::ctaphid
