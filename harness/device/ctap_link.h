#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/event.h"
#include "harness/base/hid.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "harness/device/apdu_port.h"

namespace keyrig::device {

/// A client's connection to a key in whole CTAP messages, whatever carries them: what libfido2
/// would never send passes here as it is. One transaction at a time.
class CtapLink {
 public:
  virtual ~CtapLink() = default;
  /// Sends [command | CBOR].
  virtual Result<void, Error> Send(ByteView message) = 0;
  /// [status | CBOR]; nothing when the key says that it waits for its user (call again then). An
  /// error where it fell silent or answered with an error of its transport.
  virtual Result<std::optional<Bytes>, Error> Receive(std::chrono::milliseconds patience) = 0;
  virtual Result<void, Error> Cancel() = 0;
  /// A whole U2F command APDU to a whole response APDU (FIDO U2F raw message formats 1.2).
  virtual Result<Bytes, Error> ExchangeU2f(ByteView apdu, std::chrono::milliseconds patience) = 0;
  /// Where the key is a HID device: its reports, and the channel that this client has.
  virtual HidPort* Hid() { return nullptr; }
  virtual std::uint32_t HidChannel() const { return 0; }
  /// Where it is a card in a reader: the card.
  virtual ApduPort* Card() { return nullptr; }
};

/// Opens a channel of its own (CTAP 2.1 §11.2.9.1.3). Emits ctap.transaction events.
Result<std::unique_ptr<CtapLink>, Error> OpenHidLink(std::unique_ptr<HidPort> port, Rng& rng,
                                                     EventSink& events, std::string event_source);

/// Selects the FIDO applet. A key in a reader's field is touched already: it does not ask.
Result<std::unique_ptr<CtapLink>, Error> OpenCardLink(std::unique_ptr<ApduPort> card,
                                                      EventSink& events, std::string event_source);

/// The packets of one CTAPHID message (CTAP 2.1 §11.2.4), at most 7,609 bytes.
std::vector<HidReport> PacketsOf(std::uint32_t channel, std::uint8_t command, ByteView payload);

}  // namespace keyrig::device
