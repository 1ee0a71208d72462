#include "virtual-key/apdu/fido_applet.h"

#include <algorithm>
#include <utility>

namespace keyrig::apdu {
namespace {

bool HasSameHeader(const Command& a, const Command& b) {
  return a.Class() == b.Class() && a.ins == b.ins && a.p1 == b.p1 && a.p2 == b.p2;
}

/// A short command without Le is taken for one that expects any answer: clients leave it out.
std::size_t MostFor(const Command& command) {
  constexpr std::size_t kExtendedAnswer = 65'536;
  return command.le.value_or(command.is_extended ? kExtendedAnswer : kShortAnswer);
}

bool IsInterindustry(const Command& command) { return command.Class() == kClassInterindustry; }

}  // namespace

Step FidoApplet::Receive(ByteView apdu) {
  awaited_.reset();
  auto parsed = Command::Parse(apdu);
  if (!parsed) return Refuse(parsed.error());
  // Always possible, also in the midst of something: the client begins anew.
  if (parsed->cla == kClassInterindustry && parsed->Is(Instruction::kSelect)) {
    return Select(*parsed);
  }
  if (!IsInterindustry(*parsed) && parsed->Class() != kClassNfcCtap) {
    return Refuse(StatusWord::kUnknownClass);
  }
  if (!is_selected_) return Refuse(StatusWord::kNoAppletSelected);
  if (!IsKnown(*parsed)) return Refuse(StatusWord::kUnknownInstruction);
  const auto command = Unchain(*std::move(parsed));
  return command ? Dispatch(*command) : command.error();
}

Step FidoApplet::Refuse(StatusWord status) {
  chain_.reset();
  rest_.reset();
  return {.response = Response({}, status), .request = {}, .cancel = {}};
}

// ISO 7816-4 §5.1.1.1: all commands of a chain have the same header but for the bit.
Result<Command, Step> FidoApplet::Unchain(Command command) {
  if (chain_ && !HasSameHeader(*chain_, command)) {
    return Err(Refuse(StatusWord::kLastOfChainExpected));
  }
  if (chain_) {
    Bytes data = std::move(chain_->data);
    Append(data, command.data);
    command.data = std::move(data);
    chain_.reset();
  }
  if (command.data.size() > kMaxMessage) return Err(Refuse(StatusWord::kWrongLength));
  if (!command.IsLink()) return command;
  rest_.reset();
  chain_ = std::move(command);
  return Err(Step{.response = Response({}, StatusWord::kSuccess), .request = {}, .cancel = {}});
}

bool FidoApplet::IsKnown(const Command& command) const {
  if (!IsInterindustry(command)) {
    return command.Is(Instruction::kNfcCtapMsg) || command.Is(Instruction::kNfcCtapGetResponse) ||
           command.Is(Instruction::kNfcCtapControl);
  }
  const bool is_u2f = command.Is(Instruction::kU2fRegister) ||
                      command.Is(Instruction::kU2fAuthenticate) ||
                      command.Is(Instruction::kU2fVersion);
  return command.Is(Instruction::kGetResponse) || (has_u2f_ && is_u2f);
}

Step FidoApplet::Dispatch(const Command& command) {
  if (IsInterindustry(command) && command.Is(Instruction::kGetResponse)) {
    return GetResponse(command);
  }
  rest_.reset();
  if (IsInterindustry(command)) return Begin(command, Protocol::kU2f);
  if (command.Is(Instruction::kNfcCtapGetResponse)) return Poll(command);
  if (command.Is(Instruction::kNfcCtapControl)) return Control(command);
  // CTAP 2.1 §11.3.5.1.
  if ((command.p1 & ~kClientPolls) != 0 || command.p2 != 0) {
    return Refuse(StatusWord::kWrongParameters);
  }
  if (command.data.empty()) return Refuse(StatusWord::kWrongLength);
  return Begin(command, Protocol::kCtap2);
}

// CTAP 2.1 §11.3.3. A SELECT of something else leaves everything as it is.
Step FidoApplet::Select(const Command& command) {
  constexpr std::uint8_t kByName = 0x04;
  if (command.p1 != kByName || command.p2 != 0) return Refuse(StatusWord::kWrongParameters);
  if (!Equal(command.data, kFidoAid)) return Refuse(StatusWord::kFileNotFound);
  Step step;
  step.cancel = Abandon();
  chain_.reset();
  rest_.reset();
  is_selected_ = true;
  ++session_;
  step.response = Response(ViewOf(has_u2f_ ? kSelectedU2f : kSelectedFido2), StatusWord::kSuccess);
  return step;
}

// ISO 7816-4 §11.8.1 (2013), which CTAP 2.1 §11.3.7 calls for.
Step FidoApplet::GetResponse(const Command& command) {
  if (command.p1 != 0 || command.p2 != 0) return Refuse(StatusWord::kWrongParameters);
  if (!command.data.empty()) return Refuse(StatusWord::kWrongLength);
  if (!rest_) return Refuse(StatusWord::kConditionsNotSatisfied);
  return {.response = Send(*std::exchange(rest_, std::nullopt), MostFor(command)),
          .request = {},
          .cancel = {}};
}

Step FidoApplet::Begin(const Command& command, Protocol protocol) {
  Step step;
  step.cancel = Abandon();
  const bool is_ctap = protocol == Protocol::kCtap2;
  processing_ = Processing{++last_request_, protocol, is_ctap && command.p1 == kClientPolls};
  awaited_ = MostFor(command);
  step.request =
      Request{last_request_, session_, protocol, is_ctap ? command.data : command.Extended()};
  return step;
}

// CTAP 2.1 §11.3.5.3.
Step FidoApplet::Poll(const Command& command) {
  if ((command.p1 != 0 && command.p1 != kCancel) || command.p2 != 0) {
    return Refuse(StatusWord::kWrongParameters);
  }
  if (!command.data.empty()) return Refuse(StatusWord::kWrongLength);
  Step step;
  if (ready_) {
    step.response = Send(*std::exchange(ready_, std::nullopt), MostFor(command));
    return step;
  }
  if (!processing_) return Refuse(StatusWord::kConditionsNotSatisfied);
  awaited_ = MostFor(command);
  if (command.p1 == kCancel) step.cancel = processing_->id;
  return step;
}

// CTAP 2.1 §11.3.6.
Step FidoApplet::Control(const Command& command) {
  if (command.p1 != kEndCtapMsg || command.p2 != 0) return Refuse(StatusWord::kWrongParameters);
  if (!command.data.empty()) return Refuse(StatusWord::kWrongLength);
  Step step;
  step.cancel = Abandon();
  is_selected_ = false;
  step.has_ended = true;
  step.response = Response({}, StatusWord::kSuccess);
  return step;
}

std::optional<RequestId> FidoApplet::Abandon() {
  ready_.reset();
  awaited_.reset();
  if (!processing_) return std::nullopt;
  return std::exchange(processing_, std::nullopt)->id;
}

std::optional<Bytes> FidoApplet::Respond(RequestId request, ByteView answer) {
  if (!processing_ || processing_->id != request) return std::nullopt;
  const Processing done = *std::exchange(processing_, std::nullopt);
  Answer result{ToBytes(answer), StatusWord::kSuccess};
  if (done.protocol == Protocol::kU2f) {
    const ByteView status = answer.last(2);
    result = {ToBytes(answer.first(answer.size() - 2)),
              static_cast<StatusWord>(ReadBigEndian16(status.first<2>()))};
  }
  if (awaited_) return Send(std::move(result), *std::exchange(awaited_, std::nullopt));
  ready_ = std::move(result);
  return std::nullopt;
}

std::optional<Bytes> FidoApplet::Keepalive(KeepaliveStatus status) {
  if (!awaited_ || !processing_ || !processing_->polls) return std::nullopt;
  awaited_.reset();
  return Response(Bytes{static_cast<std::uint8_t>(status)}, StatusWord::kUpdate);
}

void FidoApplet::PowerCycle() {
  Abandon();
  chain_.reset();
  rest_.reset();
  is_selected_ = false;
}

Bytes FidoApplet::Send(Answer answer, std::size_t at_most) {
  if (answer.data.size() <= at_most) return Response(answer.data, answer.status);
  const ByteView data(answer.data);
  rest_ = Answer{ToBytes(data.subspan(at_most)), answer.status};
  const std::size_t left = rest_->data.size();
  const auto word = static_cast<std::uint16_t>(StatusWord::kMoreData) |
                    static_cast<std::uint16_t>(left < kShortAnswer ? left : 0);
  return Response(data.first(at_most), static_cast<StatusWord>(word));
}

}  // namespace keyrig::apdu
