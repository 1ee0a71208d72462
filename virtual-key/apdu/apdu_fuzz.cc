// A script of command APDUs, answers and keepalives against one applet. Whatever comes in, each
// command has at most one response, that ends in a status word and is no longer than asked for, and
// what is handed over is a whole message.
#include <algorithm>
#include <cstdlib>

#include "virtual-key/apdu/fido_applet.h"

namespace keyrig::apdu {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size)
      : rest_(data, size), applet_((Next() & 1) != 0) {}

  void Run() {
    while (!rest_.empty()) {
      switch (Next() % 6) {
        case 0: {
          Bytes select = {0x00, 0xA4, 0x04, 0x00, kFidoAid.size()};
          Append(select, kFidoAid);
          Send(select);
          break;
        }
        case 1:
        case 2:
          Send(TakeApdu());
          break;
        case 3:
          Answer();
          break;
        case 4:
          Keepalive();
          break;
        default:
          if (Next() % 8 == 0) applet_.PowerCycle();
      }
    }
  }

 private:
  std::uint8_t Next() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }

  Bytes TakeApdu() {
    const std::size_t size = std::min<std::size_t>(Next(), rest_.size());
    const Bytes apdu = ToBytes(rest_.first(size));
    rest_ = rest_.subspan(size);
    return apdu;
  }

  void Send(const Bytes& apdu) {
    const Step step = applet_.Receive(apdu);
    Check(step.response.has_value() != applet_.IsAwaited());
    if (step.response) CheckResponse(*step.response, apdu);
    if (step.cancel) Check(*step.cancel <= last_request_);
    if (!step.request) return;
    Check(!step.request->message.empty());
    Check(step.request->message.size() <= kMaxMessage + 9);
    Check(step.request->id > last_request_);
    if (step.request->protocol == Protocol::kU2f) {
      const auto raw = Command::Parse(step.request->message);
      Check(raw && raw->is_extended);
    }
    last_request_ = step.request->id;
    last_protocol_ = step.request->protocol;
  }

  static void CheckResponse(const Bytes& response, const Bytes& apdu) {
    Check(response.size() >= 2);
    const auto command = Command::Parse(apdu);
    if (!command) Check(response == Response({}, StatusWord::kWrongLength));
    if (command && command->le)
      Check(response.size() - 2 <= std::max<std::size_t>(*command->le, 8));
  }

  void Answer() {
    const bool awaited = applet_.IsAwaited();
    Bytes answer(1 + std::size_t{Next()} * 16, 0x5A);
    if (last_protocol_ == Protocol::kU2f) Append(answer, Bytes{0x90, 0x00});
    const auto response = applet_.Respond(last_request_, answer);
    Check(!response || awaited);
    if (response) Check(!applet_.IsAwaited());
    Check(!applet_.Respond(last_request_, answer));
  }

  void Keepalive() {
    const bool awaited = applet_.IsAwaited();
    const auto response = applet_.Keepalive(KeepaliveStatus::kProcessing);
    if (response) Check(awaited && *response == Bytes({0x01, 0x91, 0x00}));
  }

  ByteView rest_;
  FidoApplet applet_;
  RequestId last_request_ = 0;
  Protocol last_protocol_ = Protocol::kCtap2;
};

}  // namespace
}  // namespace keyrig::apdu

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  keyrig::apdu::Script(data, size).Run();
  return 0;
}
