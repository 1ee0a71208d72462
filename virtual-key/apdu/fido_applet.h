#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/bytes.h"
#include "virtual-key/apdu/apdu.h"
#include "virtual-key/apdu/command.h"

namespace keyrig::apdu {

/// Tells one request from another; a client may have abandoned one and begun a new one.
using RequestId = std::uint64_t;

enum class Protocol {
  kCtap2,  // [command | CBOR], answered by [status | CBOR]
  kU2f,    // a raw message in extended form, answered by [data | status word]
};

/// A whole message for what stands behind the applet.
struct Request {
  RequestId id = 0;
  std::uint32_t session = 0;  // counts SELECTs: what one session began, another does not go on with
  Protocol protocol = Protocol::kCtap2;
  Bytes message;
};

/// What one command APDU led to.
struct Step {
  std::optional<Bytes> response;    // to be sent now; else Respond or Keepalive has it later
  std::optional<Request> request;   // to be processed, then answered with Respond
  std::optional<RequestId> cancel;  // a request being processed whose wait is to end
  bool has_ended = false;           // NFCCTAP_CONTROL: what the session authorised ends with it
};

/// The card's side of CTAP over NFC (CTAP 2.1 §11.3): command APDUs in, response APDUs out, no I/O.
/// One request at a time; not thread-safe.
class FidoApplet {
 public:
  /// Without U2F its instructions are unknown, and SELECT says so.
  explicit FidoApplet(bool has_u2f) : has_u2f_(has_u2f) {}

  /// Takes one command APDU.
  Step Receive(ByteView apdu);
  /// The answer to a request. Nothing is sent where the client has to poll for it, or has abandoned
  /// the request.
  std::optional<Bytes> Respond(RequestId request, ByteView answer);
  /// Ends the client's waiting for now, if it polls (CTAP 2.1 §11.3.5.2).
  std::optional<Bytes> Keepalive(KeepaliveStatus status);
  /// Whether a command APDU has not been answered yet.
  bool IsAwaited() const { return awaited_.has_value(); }
  /// As after power-up: nothing is selected or under way.
  void PowerCycle();

 private:
  struct Processing {
    RequestId id;
    Protocol protocol;
    bool polls;
  };
  struct Answer {
    Bytes data;
    StatusWord status = StatusWord::kSuccess;
  };

  Step Refuse(StatusWord status);
  /// Puts the links of a chain together: the whole command, or the step of a link or a breach.
  Result<Command, Step> Unchain(Command command);
  Step Dispatch(const Command& command);
  Step Select(const Command& command);
  Step GetResponse(const Command& command);
  Step Begin(const Command& command, Protocol protocol);
  Step Poll(const Command& command);
  Step Control(const Command& command);
  bool IsKnown(const Command& command) const;
  std::optional<RequestId> Abandon();
  Bytes Send(Answer answer, std::size_t at_most);

  const bool has_u2f_;
  bool is_selected_ = false;
  std::uint32_t session_ = 0;
  RequestId last_request_ = 0;
  std::optional<Command> chain_;
  std::optional<Processing> processing_;
  std::optional<std::size_t> awaited_;  // how much the unanswered command may be answered with
  std::optional<Answer> ready_;         // for the next poll
  std::optional<Answer> rest_;          // for GET RESPONSE
};

}  // namespace keyrig::apdu
