#include "harness/device/card_link.h"

#include <fido/param.h>

#include <algorithm>

namespace keyrig::device {

int CardLink::Send(std::uint8_t command, ByteView payload) {
  switch (command) {
    case CTAP_CMD_INIT:
    case CTAP_CMD_CBOR:
      message_ = ToBytes(payload);
      return 0;
    case CTAP_CMD_CANCEL:
      client_.Cancel();
      return 0;
    default:
      return -1;
  }
}

int CardLink::Receive(std::uint8_t command, std::span<std::uint8_t> out, int milliseconds) {
  switch (command) {
    case CTAP_CMD_INIT:
      return ReceiveInit(out);
    case CTAP_CMD_CBOR:
      return ReceiveCbor(out, milliseconds);
    default:
      return -1;
  }
}

// What CTAPHID_INIT would have answered (CTAP 2.1 §11.2.9.1.3): a card has no channels, and
// libfido2 goes by the nonce and the capabilities alone.
int CardLink::ReceiveInit(std::span<std::uint8_t> out) {
  constexpr std::size_t kSize = 17;
  constexpr std::size_t kCapabilities = 16;
  const auto version = client_.Select();
  if (!version || out.size() != kSize || message_.size() > kCapabilities) return -1;
  std::ranges::fill(out, std::uint8_t{0});
  std::ranges::copy(message_, out.begin());
  const bool has_u2f = *version == "U2F_V2";
  out[kCapabilities] = has_u2f ? FIDO_CAP_CBOR : FIDO_CAP_CBOR | FIDO_CAP_NMSG;
  return static_cast<int>(kSize);
}

int CardLink::ReceiveCbor(std::span<std::uint8_t> out, int milliseconds) {
  transactions_.Sent(message_);
  const auto answer = client_.Exchange(message_, std::chrono::milliseconds(milliseconds),
                                       [this](std::uint8_t) { transactions_.KeptWaiting(); });
  if (!answer) {
    transactions_.Failed(answer.error().Text());
    return -1;
  }
  transactions_.Answered(*answer);
  if (answer->size() > out.size()) return -1;
  std::ranges::copy(*answer, out.begin());
  return static_cast<int>(answer->size());
}

}  // namespace keyrig::device
