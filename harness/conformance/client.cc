#include "harness/conformance/client.h"

#include <fmt/format.h>

#include <chrono>

#include "harness/base/ctap_names.h"

namespace keyrig::conformance {
namespace {

// A key that works or waits says so ten times a second (CTAP 2.3 §11.2.9.2.1); RSA takes long.
constexpr std::chrono::milliseconds kPatience{20'000};
// Long enough that a scripted user is seen to be asked for, short enough not to slow a run.
constexpr Duration kReaction = std::chrono::milliseconds(5);

Bytes WholeMessage(Command command, const cbor::Map& parameters) {
  Bytes message{command};
  Append(message, cbor::Encode(parameters));
  return message;
}

std::string NameOf(Command command, const cbor::Map& parameters) {
  return ctap::CommandName(command, cbor::Value(parameters));
}

}  // namespace

OrStop<std::unique_ptr<Client>> Client::Connect(Bench& bench, Rng& rng) {
  std::unique_ptr<Client> client(new Client(bench, rng));
  TRY(client->Open());
  if (!bench.IsOwn()) client->pin_ = bench.Pin();
  return client;
}

Outcome Client::Open() {
  link_.reset();
  link_ = TRY(FromBench(bench_.Connect()));
  TRY(SetUser(Gesture::kTouch));
  return ReadInfo();
}

Outcome Client::ReadInfo() {
  auto info = Ask(kGetInfo);
  if (!info) {
    const Bytes version{0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00};
    const auto answer = link_->ExchangeU2f(version, kPatience);
    speaks_u2f_alone_ = answer && AsText(*answer).starts_with("U2F_V2");
    if (!speaks_u2f_alone_) return Err(info.error());
    info = cbor::Value(cbor::Map{{1, cbor::Array{"U2F_V2"}}});
  }
  info_ = Info(*std::move(info));
  return {};
}

OrStop<Reply> Client::ReadReply(const Result<Bytes, Error>& answer,
                                std::optional<bool> asked) const {
  const Bytes bytes = TRY(FromBench(answer));
  if (bytes.empty()) return Failed("the key answered nothing, not even a status");
  Reply reply;
  reply.status = bytes.front();
  reply.asked = asked;
  const ByteView rest = ByteView(bytes).subspan(1);
  if (rest.empty()) return reply;
  if (reply.status != kOk) {
    return Failed(
        fmt::format("the key answered {} with {} bytes behind it; CTAP 2.3 §8: an error "
                    "is its status alone",
                    Text(reply.status), rest.size()));
  }
  auto body = cbor::Decode(rest);
  if (!body) {
    return Failed(fmt::format("the key answered no canonical CBOR ({}): {}",
                              cbor::Name(body.error()), ToHex(rest)));
  }
  reply.body = *std::move(body);
  return reply;
}

OrStop<Reply> Client::SendOver(device::CtapLink& link, ByteView message) {
  TRY(FromBench(link.Send(message)));
  auto answer = TRY(FromBench(link.Receive(kPatience)));
  if (answer) {
    return ReadReply(*std::move(answer),
                     link.Hid() == nullptr ? std::nullopt : std::optional(false));
  }
  const bool cancels = std::exchange(cancels_, false);
  Result<Bytes, Error> later = Bytes();
  const auto rest = [&] {
    if (cancels) {
      if (const auto sent = link.Cancel(); !sent) {
        later = Err(sent.error());
        return;
      }
    }
    while (true) {
      auto next = link.Receive(kPatience);
      if (!next) {
        later = Err(next.error());
        return;
      }
      if (*next) {
        later = **std::move(next);
        return;
      }
    }
  };
  TRY(FromBench(bench_.During(cancels ? Gesture::kManual : gesture_, rest)));
  return ReadReply(later, true);
}

OrStop<Reply> Client::SendBytes(ByteView message) { return SendOver(*link_, message); }

OrStop<Reply> Client::Send(Command command, const cbor::Map& parameters) {
  return SendBytes(WholeMessage(command, parameters));
}

OrStop<Reply> Client::Send(Command command) { return SendBytes(Bytes{command}); }

OrStop<cbor::Value> Client::Ask(Command command, const cbor::Map& parameters) {
  Reply reply = TRY(Send(command, parameters));
  if (reply.status == kOk) return std::move(reply.body);
  return Failed(fmt::format("{} answered {} instead of OK; it was asked {}",
                            NameOf(command, parameters), Text(reply.status),
                            cbor::Diagnose(parameters)));
}

OrStop<cbor::Value> Client::Ask(Command command) {
  Reply reply = TRY(Send(command));
  if (reply.status == kOk) return std::move(reply.body);
  return Failed(
      fmt::format("{} answered {} instead of OK", NameOf(command, {}), Text(reply.status)));
}

Outcome Client::Refuses(Command command, const cbor::Map& parameters, const Statuses& expected) {
  const Reply reply = TRY(Send(command, parameters));
  for (const std::uint8_t status : expected) {
    if (reply.status == status) return {};
  }
  return Failed(fmt::format("{} answered {} instead of {}; it was asked {}",
                            NameOf(command, parameters), Text(reply.status), Text(expected),
                            cbor::Diagnose(parameters)));
}

Outcome Client::Refuses(Command command, const Statuses& expected) {
  const Reply reply = TRY(Send(command));
  for (const std::uint8_t status : expected) {
    if (reply.status == status) return {};
  }
  return Failed(fmt::format("{} answered {} instead of {}", NameOf(command, {}), Text(reply.status),
                            Text(expected)));
}

Outcome Client::SetUser(Gesture gesture) {
  GestureScript script;
  script.gesture = gesture;
  if (script.Touches()) script.delay = kReaction;
  return SetUser(script);
}

Outcome Client::SetUser(const GestureScript& script) {
  gesture_ = script.gesture;
  if (bench_.IsOwn()) return FromBench(bench_.SetUser(script));
  if (script.gesture == Gesture::kTouch || script.gesture == Gesture::kNever ||
      script.gesture == Gesture::kManual) {
    return {};
  }
  return NotApplicable("only a key that keyrig made has a user who does as told: " + script.Text());
}

Outcome Client::PowerCycle() {
  link_.reset();
  TRY(FromBench(bench_.PowerCycle()));
  const Gesture before = gesture_;
  TRY(Open());
  if (before != Gesture::kTouch) return SetUser(before);
  return {};
}

Outcome Client::Advance(Duration by) {
  if (!bench_.IsOwn()) return NotApplicable("only the clock of a key that keyrig made turns");
  return FromBench(bench_.Advance(by));
}

OrStop<std::unique_ptr<device::CtapLink>> Client::ConnectAnother() {
  return FromBench(bench_.Connect());
}

int Client::Protocol() const {
  if (protocol_ != 0) return protocol_;
  const std::vector<int> all = info_.Protocols();
  return all.empty() ? 1 : all.front();
}

}  // namespace keyrig::conformance
