#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/conformance/bench.h"
#include "harness/conformance/ctap.h"
#include "harness/conformance/info.h"
#include "harness/conformance/pin_protocol.h"
#include "harness/conformance/stop.h"

namespace keyrig::conformance {

/// What the key answered: a status, and one canonical CBOR item or nothing.
struct Reply {
  std::uint8_t status = 0;
  cbor::Value body;  // null where there is none
  /// Whether the key asked for its user meanwhile; nothing where its transport does not tell.
  std::optional<bool> asked;
};

/// A platform that is written for tests: it sends what it is told, and takes no answer that breaks
/// the rules for all of them (CTAP 2.3 §8).
class Client {
 public:
  static OrStop<std::unique_ptr<Client>> Connect(Bench& bench, Rng& rng);

  /// What the key says of itself; read again by ReadInfo.
  const Info& KeyInfo() const { return info_; }
  Outcome ReadInfo();
  /// Whether it is a key from before CTAP 2: it has no getInfo.
  bool SpeaksU2fAlone() const { return speaks_u2f_alone_; }

  /// Whole messages, right or wrong.
  OrStop<Reply> SendBytes(ByteView message);
  OrStop<Reply> Send(Command command, const cbor::Map& parameters);
  /// A command without parameters.
  OrStop<Reply> Send(Command command);
  /// The body of an answer that has to be OK.
  OrStop<cbor::Value> Ask(Command command, const cbor::Map& parameters);
  OrStop<cbor::Value> Ask(Command command);
  /// The answer has to be one of these.
  Outcome Refuses(Command command, const cbor::Map& parameters, const Statuses& expected);
  Outcome Refuses(Command command, const Statuses& expected);

  /// What the user does; at first, touches.
  Outcome SetUser(Gesture gesture);
  Outcome SetUser(const GestureScript& script);
  /// The client cancels the next transaction whose key asks for its user.
  void CancelWhenAsked() { cancels_ = true; }

  Outcome PowerCycle();
  Outcome Advance(Duration by);
  /// A second client of the same key.
  OrStop<std::unique_ptr<device::CtapLink>> ConnectAnother();
  /// Sends over the link of another client.
  OrStop<Reply> SendOver(device::CtapLink& link, ByteView message);

  device::CtapLink& Link() { return *link_; }
  Bench& TheBench() { return bench_; }
  RandomStream Random(std::string_view purpose) { return rng_.Stream(purpose); }
  Rng& Chance() { return rng_; }

  /// The key's PIN, where it has one.
  const std::optional<std::string>& Pin() const { return pin_; }
  void KnowPin(std::optional<std::string> pin) { pin_ = std::move(pin); }
  /// The preferred protocol of the key, or the one that this client was told to use.
  int Protocol() const;
  void UseProtocol(int number) { protocol_ = number; }

 private:
  Client(Bench& bench, Rng& rng) : bench_(bench), rng_(rng) {}
  Outcome Open();
  OrStop<Reply> ReadReply(const Result<Bytes, Error>& answer, std::optional<bool> asked) const;

  Bench& bench_;
  Rng& rng_;
  std::unique_ptr<device::CtapLink> link_;
  Info info_;
  std::optional<std::string> pin_;
  int protocol_ = 0;
  Gesture gesture_ = Gesture::kTouch;
  bool cancels_ = false;
  bool speaks_u2f_alone_ = false;
};

}  // namespace keyrig::conformance
