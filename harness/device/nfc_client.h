#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/result.h"
#include "harness/device/apdu_port.h"

namespace keyrig::device {

/// Why a card did not answer: its status word (ISO 7816-4 §5.1.3), or that it is gone, or slow.
struct CardError {
  enum class Kind { kStatusWord, kGone, kTimedOut };
  Kind kind = Kind::kGone;
  std::uint16_t status_word = 0;
  std::string Text() const;
};

/// The client's side of CTAP over NFC (CTAP 2.1 §11.3). Writes short APDUs, chained, as every
/// reader can carry them; collects answers that come in parts, and polls while the key is at work.
class NfcClient {
 public:
  explicit NfcClient(std::unique_ptr<ApduPort> port) : port_(std::move(port)) {}

  /// Selects the FIDO applet; what it says: "U2F_V2" or "FIDO_2_0".
  Result<std::string, CardError> Select();
  /// [command | CBOR] to [status | CBOR]. `keepalive` is told the status of each interim answer.
  Result<Bytes, CardError> Exchange(ByteView message, std::chrono::milliseconds timeout,
                                    const std::function<void(std::uint8_t)>& keepalive);
  /// Has the exchange that is under way ended by the key; from another thread.
  void Cancel() { cancelled_ = true; }

 private:
  struct Header {
    std::uint8_t cla, ins, p1, p2;
  };
  struct Answer {
    Bytes data;
    std::uint16_t status_word = 0;
  };
  Result<Answer, CardError> Transmit(ByteView apdu);
  /// Sends the links of a chain but for the last, then that, and fetches the whole answer.
  Result<Answer, CardError> Send(const Header& header, ByteView data);

  std::unique_ptr<ApduPort> port_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace keyrig::device
