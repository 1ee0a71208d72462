// CTAPHID (CTAP 2.3 §11.2): channels, packets, errors, keepalives.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/hid_wire.h"
#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

constexpr std::uint8_t kErrInvalidCommand = 0x01;
constexpr std::uint8_t kErrInvalidLength = 0x03;
constexpr std::uint8_t kErrInvalidSeq = 0x04;
constexpr std::uint8_t kErrTimeout = 0x05;
constexpr std::uint8_t kErrBusy = 0x06;
constexpr std::uint8_t kErrInvalidChannel = 0x0B;
constexpr std::uint8_t kKeepaliveUpNeeded = 0x02;

using Message = HidWire::Message;

Bytes Pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  return bytes;
}

Outcome Pings(Client& client, std::size_t size) {
  HidWire wire(client);
  const Bytes payload = Pattern(size);
  TRY(wire.Send(wire.Channel(), kHidPing, payload));
  const Message answer = TRY(wire.Answer());
  return Check(answer.command == kHidPing && answer.payload == payload,
               fmt::format("a PING of {} bytes did not come back as it was", size));
}

Outcome InitAnswers(Client& client) {
  HidWire wire(client);
  const Bytes nonce = client.Random("nonce").Take(8);
  TRY(wire.Send(kBroadcast, kHidInit, nonce));
  const Message answer = TRY(wire.Answer());
  TRY(Check(answer.command == kHidInit && answer.channel == kBroadcast,
            "INIT is not answered by INIT on the broadcast channel"));
  TRY(Check(answer.payload.size() == 17, "INIT's answer has not 17 bytes"));
  TRY(Check(Equal(ByteView(answer.payload).first(8), nonce), "INIT's answer has another nonce"));
  TRY(Check(answer.payload[12] == 2, "INIT does not say version 2 of the protocol"));
  TRY(Check((answer.payload[16] & 0x04) != 0, "INIT does not say that the key knows CBOR"));
  const bool no_msg = (answer.payload[16] & 0x08) != 0;
  return Check(no_msg != client.KeyInfo().HasVersion("U2F_V2"),
               "the capability NMSG and the version U2F_V2 contradict each other");
}

Outcome ChannelsDiffer(Client& client) {
  HidWire wire(client);
  std::set<std::uint32_t> channels{wire.Channel()};
  for (int i = 0; i < 5; ++i) {
    const auto channel = TRY(wire.Allocate());
    TRY(Check(channel != 0 && channel != kBroadcast, "INIT gave a reserved channel"));
    TRY(Check(channels.insert(channel).second, "INIT gave a channel twice"));
  }
  return wire.ExpectAlive();
}

Outcome InitKeepsItsChannel(Client& client) {
  HidWire wire(client);
  TRY(wire.Send(wire.Channel(), kHidInit, Bytes(8, 1)));
  const Message answer = TRY(wire.Answer());
  TRY(Check(answer.channel == wire.Channel() && answer.payload.size() == 17 &&
                ReadBigEndian32(std::span(answer.payload).subspan<8, 4>()) == wire.Channel(),
            "INIT on a channel gave another one"));
  return wire.ExpectAlive();
}

Outcome InitAborts(Client& client) {
  HidWire wire(client);
  const auto packets = device::PacketsOf(wire.Channel(), kHidPing, Pattern(200));
  TRY(wire.Write(packets[0]));
  TRY(wire.Write(packets[1]));
  TRY(wire.Send(wire.Channel(), kHidInit, Bytes(8, 1)));
  const Message answer = TRY(wire.Answer());
  TRY(Check(answer.command == kHidInit, "INIT did not end a message that was unfinished"));
  return wire.ExpectAlive();
}

Outcome Errs(Client& client, std::uint32_t channel, std::uint8_t command, ByteView payload,
             std::uint8_t code) {
  HidWire wire(client);
  const std::uint32_t used = channel == 1 ? wire.Channel() : channel;
  TRY(wire.Send(used, command, payload));
  TRY(wire.ExpectError(used, code, fmt::format("command 0x{:02x}", command)));
  return wire.ExpectAlive();
}

/// A channel that nobody was given.
Outcome ErrsOnForeignChannel(Client& client) {
  HidWire wire(client);
  return Errs(client, wire.Channel() ^ 0x00A5A500, kHidPing, Pattern(4), kErrInvalidChannel);
}

Outcome TooLong(Client& client) {
  HidWire wire(client);
  HidReport packet = device::PacketsOf(wire.Channel(), kHidPing, Pattern(57)).front();
  packet[5] = 7610 >> 8;
  packet[6] = 7610 & 0xFF;
  TRY(wire.Write(packet));
  TRY(wire.ExpectError(wire.Channel(), kErrInvalidLength, "a message of 7,610 bytes"));
  return wire.ExpectAlive();
}

Outcome WrongSequence(Client& client) {
  HidWire wire(client);
  auto packets = device::PacketsOf(wire.Channel(), kHidPing, Pattern(170));
  TRY(wire.Write(packets[0]));
  TRY(wire.Write(packets[2]));
  TRY(wire.ExpectError(wire.Channel(), kErrInvalidSeq, "a packet was left out"));
  return wire.ExpectAlive();
}

Outcome MessageInMessage(Client& client) {
  HidWire wire(client);
  const auto packets = device::PacketsOf(wire.Channel(), kHidPing, Pattern(170));
  TRY(wire.Write(packets[0]));
  TRY(wire.Write(packets[0]));
  TRY(wire.ExpectError(wire.Channel(), kErrInvalidSeq, "a message began within another"));
  return wire.ExpectAlive();
}

Outcome LoneContinuation(Client& client) {
  HidWire wire(client);
  TRY(wire.Write(device::PacketsOf(wire.Channel(), kHidPing, Pattern(100))[1]));
  TRY(wire.ExpectSilence());
  return wire.ExpectAlive();
}

Outcome Unfinished(Client& client) {
  HidWire wire(client);
  TRY(wire.Write(device::PacketsOf(wire.Channel(), kHidPing, Pattern(100))[0]));
  TRY(wire.ExpectError(wire.Channel(), kErrTimeout, "the rest of a message did not come"));
  return wire.ExpectAlive();
}

Outcome ForeignPacketBetween(Client& client) {
  HidWire wire(client);
  const auto other = TRY(wire.Allocate());
  const auto packets = device::PacketsOf(wire.Channel(), kHidPing, Pattern(100));
  TRY(wire.Write(packets[0]));
  TRY(wire.Send(other, kHidPing, Pattern(4)));
  TRY(wire.ExpectError(other, kErrBusy, "another channel within a message"));
  TRY(wire.Write(packets[1]));
  const Message answer = TRY(wire.Answer());
  return Check(answer.channel == wire.Channel() && answer.payload == Pattern(100),
               "another channel's packet disturbed a message");
}

Outcome Winks(Client& client) {
  HidWire wire(client);
  TRY(wire.Send(wire.Channel(), kHidWink, {}));
  const Message answer = TRY(wire.Answer());
  if (answer.command == kHidError) return NotApplicable("the key does not wink");
  return Check(answer.command == kHidWink && answer.payload.empty(), "WINK is not answered empty");
}

Outcome Locks(Client& client) {
  HidWire wire(client);
  const auto other = TRY(wire.Allocate());
  TRY(wire.Send(wire.Channel(), kHidLock, Bytes{5}));
  const Message answer = TRY(wire.Answer());
  if (answer.command == kHidError) return NotApplicable("the key does not lock");
  TRY(Check(answer.command == kHidLock && answer.payload.empty(), "LOCK is not answered empty"));
  TRY(wire.Send(other, kHidPing, Pattern(4)));
  TRY(wire.ExpectError(other, kErrBusy, "another channel during a lock"));
  TRY(wire.Send(wire.Channel(), kHidLock, Bytes{0}));
  TRY(wire.Answer());
  TRY(wire.Send(other, kHidPing, Pattern(4)));
  return Check(TRY(wire.Answer()).command == kHidPing, "the lock was not released");
}

/// Has the key wait for a touch; what comes until it says so.
Outcome BeginWaiting(Client& client, HidWire& wire) {
  const cbor::Map request = TRY(ByPin(client, Registration(client)));
  TRY(client.SetUser(Gesture::kManual));
  TRY(wire.Send(wire.Channel(), kHidCbor, Concat({Bytes{kMakeCredential}, cbor::Encode(request)})));
  while (true) {
    const auto message = TRY(wire.Receive(std::chrono::milliseconds(2000)));
    if (!message) return Failed("no keepalive said that the key waits for a touch");
    TRY(Check(message->command == kHidKeepalive && message->payload.size() == 1,
              "the key answered before anybody touched it"));
    if (message->payload.front() == kKeepaliveUpNeeded) return {};
  }
}

Outcome EndWaiting(HidWire& wire) {
  TRY(wire.Send(wire.Channel(), kHidCancel, {}));
  const Message answer = TRY(wire.Answer());
  TRY(Check(answer.command == kHidCbor && answer.payload == Bytes{kKeepaliveCancel},
            "CANCEL did not end the command with KEEPALIVE_CANCEL in CBOR"));
  return wire.ExpectSilence();
}

Outcome CancelEnds(Client& client) {
  HidWire wire(client);
  TRY(BeginWaiting(client, wire));
  TRY(EndWaiting(wire));
  return wire.ExpectAlive();
}

Outcome CancelTwice(Client& client) {
  HidWire wire(client);
  TRY(BeginWaiting(client, wire));
  TRY(EndWaiting(wire));
  TRY(wire.Send(wire.Channel(), kHidCancel, {}));
  TRY(wire.ExpectSilence());
  return wire.ExpectAlive();
}

Outcome CancelIdle(Client& client) {
  HidWire wire(client);
  TRY(wire.Send(wire.Channel(), kHidCancel, {}));
  TRY(wire.ExpectSilence());
  return wire.ExpectAlive();
}

Outcome CancelOfOther(Client& client) {
  HidWire wire(client);
  const auto other = TRY(wire.Allocate());
  TRY(BeginWaiting(client, wire));
  TRY(wire.Send(other, kHidCancel, {}));
  const auto next = TRY(wire.Receive(std::chrono::milliseconds(500)));
  TRY(Check(next && next->command == kHidKeepalive, "another channel's CANCEL had an effect"));
  return EndWaiting(wire);
}

Outcome BusyWhileWaiting(Client& client) {
  HidWire wire(client);
  const auto other = TRY(wire.Allocate());
  TRY(BeginWaiting(client, wire));
  TRY(wire.Send(other, kHidPing, Pattern(4)));
  TRY(wire.ExpectError(other, kErrBusy, "another channel while the key waits"));
  return EndWaiting(wire);
}

Outcome KeepsAlive(Client& client) {
  HidWire wire(client);
  TRY(BeginWaiting(client, wire));
  for (int i = 0; i < 3; ++i) {
    const auto message = TRY(wire.Receive(std::chrono::milliseconds(200)));
    TRY(Check(message && message->command == kHidKeepalive,
              "a key that waits did not say so within 100 ms"));
  }
  return EndWaiting(wire);
}

Outcome InitWhileWaiting(Client& client) {
  HidWire wire(client);
  TRY(BeginWaiting(client, wire));
  TRY(wire.Send(wire.Channel(), kHidInit, Bytes(8, 1)));
  const Message answer = TRY(wire.Answer());
  TRY(Check(answer.command == kHidInit, "INIT did not end a command that waits"));
  return wire.ExpectAlive();
}

Outcome UnknownStatusIsCbor(Client& client) {
  HidWire wire(client);
  TRY(wire.Send(wire.Channel(), kHidCbor, Bytes{kGetNextAssertion}));
  const Message answer = TRY(wire.Answer());
  return Check(answer.command == kHidCbor && answer.payload == Bytes{kNotAllowed},
               "an error of CTAP did not come in CBOR");
}

Outcome MsgWithoutU2f(Client& client) {
  return Errs(client, 1, kHidMsg, FromHex("00030000000000").value_or(Bytes()), kErrInvalidCommand);
}

}  // namespace

std::vector<Case> CtapHidCases() {
  constexpr const char* kInit = "CTAP 2.3 §11.2.9.1.3";
  constexpr const char* kErrors = "CTAP 2.3 §11.2.9.1.6";
  constexpr const char* kPackets = "CTAP 2.3 §11.2.4";
  constexpr const char* kCancelClause = "CTAP 2.3 §11.2.9.1.5";
  std::vector<Case> cases = {
      {"hid_init", kInit, "INIT answers nonce, channel, version and capabilities", InitAnswers},
      {"hid_channels_differ", kInit, "each INIT gives a channel of its own", ChannelsDiffer},
      {"hid_init_on_channel", kInit, "INIT on a channel keeps it", InitKeepsItsChannel},
      {"hid_init_aborts", kInit, "INIT drops a message that is unfinished", InitAborts},
      {"hid_init_of_7", kInit, "INIT with 7 bytes is ERR_INVALID_LENGTH",
       [](Client& client) {
         HidWire wire(client);
         return Errs(client, kBroadcast, kHidInit, Bytes(7, 1), kErrInvalidLength);
       }},
      {"hid_unknown_command", kErrors, "an unknown command is ERR_INVALID_CMD",
       [](Client& client) { return Errs(client, 1, 0x2A, Bytes{1}, kErrInvalidCommand); }},
      {"hid_channel_0", kErrors, "channel 0 is ERR_INVALID_CHANNEL",
       [](Client& client) { return Errs(client, 0, kHidPing, Pattern(4), kErrInvalidChannel); }},
      {"hid_broadcast_ping", kErrors, "the broadcast channel is for INIT alone",
       [](Client& client) {
         return Errs(client, kBroadcast, kHidPing, Pattern(4), kErrInvalidChannel);
       }},
      {"hid_foreign_channel", kErrors, "a channel that was not given is ERR_INVALID_CHANNEL",
       ErrsOnForeignChannel},
      {"hid_too_long", kPackets, "more than 7,609 bytes are ERR_INVALID_LENGTH", TooLong},
      {"hid_sequence", kPackets, "a packet that is missing is ERR_INVALID_SEQ", WrongSequence},
      {"hid_message_in_message", kPackets, "a message within a message is ERR_INVALID_SEQ",
       MessageInMessage},
      {"hid_lone_continuation", kPackets, "a packet without a beginning is ignored",
       LoneContinuation},
      {"hid_unfinished", kPackets, "a message without an end is ERR_MSG_TIMEOUT", Unfinished},
      {"hid_packet_between", kPackets, "another channel's packet disturbs nothing",
       ForeignPacketBetween},
      {"hid_wink", "CTAP 2.3 §11.2.9.2.1", "WINK is answered empty", Winks},
      {"hid_lock", "CTAP 2.3 §11.2.9.2.2", "LOCK keeps other channels out until it is released",
       Locks},
      {"hid_cancel", kCancelClause, "CANCEL ends a command once, and is itself not answered",
       CancelEnds},
      {"hid_cancel_twice", kCancelClause, "a second CANCEL does nothing", CancelTwice},
      {"hid_cancel_idle", kCancelClause, "CANCEL does nothing on an idle key", CancelIdle},
      {"hid_cancel_other", kCancelClause, "CANCEL of another channel does nothing", CancelOfOther},
      {"hid_busy", kErrors, "a key that waits is ERR_CHANNEL_BUSY for others", BusyWhileWaiting},
      {"hid_keepalive", "CTAP 2.3 §11.2.9.1.7", "a key that waits says so every 100 ms",
       KeepsAlive},
      {"hid_init_while_waiting", kInit, "INIT ends a command that waits", InitWhileWaiting},
      {"hid_error_in_cbor", "CTAP 2.3 §8.1", "CTAP's errors come in CBOR, not as CTAPHID errors",
       UnknownStatusIsCbor},
      {"hid_msg_without_u2f",
       "CTAP 2.3 §11.2.9.1.1",
       "a key without U2F refuses MSG",
       MsgWithoutU2f,
       Start::kAny,
       {"no U2F_V2"}},
  };
  for (const std::size_t size : {0U, 1U, 57U, 58U, 116U, 117U, 1024U, 7609U}) {
    cases.push_back({fmt::format("hid_ping_{}", size), "CTAP 2.3 §11.2.9.1.4",
                     fmt::format("a PING of {} bytes comes back", size),
                     [size](Client& client) { return Pings(client, size); }});
  }
  // What needs no command of CTAP 2.
  static const std::set<std::string, std::less<>> plain = {
      "hid_channels_differ", "hid_init_on_channel",    "hid_init_aborts",
      "hid_init_of_7",       "hid_unknown_command",    "hid_channel_0",
      "hid_broadcast_ping",  "hid_foreign_channel",    "hid_too_long",
      "hid_sequence",        "hid_message_in_message", "hid_lone_continuation",
      "hid_unfinished",      "hid_packet_between",     "hid_wink"};
  for (Case& each : cases) {
    each.needs.emplace_back("hid");
    if (plain.contains(each.id) || each.id.starts_with("hid_ping")) {
      each.needs.emplace_back("ctap1");
    }
  }
  return cases;
}

}  // namespace keyrig::conformance
