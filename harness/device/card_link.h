#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "harness/base/event.h"
#include "harness/device/apdu_port.h"
#include "harness/device/card_transactions.h"
#include "harness/device/nfc_client.h"

namespace keyrig::device {

/// Carries what libfido2 sends to a key and receives from it as messages (its transport functions)
/// to a card and back. Numbers are libfido2's: bytes, or -1.
class CardLink {
 public:
  CardLink(std::unique_ptr<ApduPort> port, EventSink& events, std::string event_source)
      : client_(std::move(port)), transactions_(events, std::move(event_source)) {}

  /// One CTAPHID command; a cancel comes from another thread.
  int Send(std::uint8_t command, ByteView payload);
  int Receive(std::uint8_t command, std::span<std::uint8_t> out, int milliseconds);

 private:
  int ReceiveInit(std::span<std::uint8_t> out);
  int ReceiveCbor(std::span<std::uint8_t> out, int milliseconds);

  NfcClient client_;
  CardTransactions transactions_;
  Bytes message_;  // sent last: INIT's nonce, or a CTAP message
};

}  // namespace keyrig::device
