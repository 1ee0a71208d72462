#include "harness/device/nfc_client.h"

#include <fmt/format.h>

#include <thread>

namespace keyrig::device {
namespace {

constexpr ByteArray<8> kFidoAid = {0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01};
constexpr std::uint16_t kSuccess = 0x9000;
constexpr std::uint16_t kUpdate = 0x9100;
constexpr std::uint16_t kMoreData = 0x6100;  // and how much
constexpr std::size_t kLink = 255;
// A key that answers a poll at once is not asked all the time.
constexpr std::chrono::milliseconds kPollPause(10);

CardError Refused(std::uint16_t status_word) { return {CardError::Kind::kStatusWord, status_word}; }

}  // namespace

std::string CardError::Text() const {
  switch (kind) {
    case Kind::kStatusWord:
      return fmt::format("status word {:04x}", status_word);
    case Kind::kGone:
      return "the card is gone";
    case Kind::kTimedOut:
      return "the card did not answer in time";
  }
  return {};
}

Result<NfcClient::Answer, CardError> NfcClient::Transmit(ByteView apdu) {
  auto response = port_->Transmit(apdu);
  if (!response || response->size() < 2) return Err(CardError{CardError::Kind::kGone, 0});
  const std::uint16_t word = ReadBigEndian16(ByteView(*response).last<2>());
  response->resize(response->size() - 2);
  return Answer{*std::move(response), word};
}

Result<NfcClient::Answer, CardError> NfcClient::Send(const Header& header, ByteView data) {
  constexpr std::uint8_t kChainingBit = 0x10;
  while (data.size() > kLink) {
    Bytes link = {static_cast<std::uint8_t>(header.cla | kChainingBit), header.ins, header.p1,
                  header.p2, static_cast<std::uint8_t>(kLink)};
    Append(link, data.first(kLink));
    data = data.subspan(kLink);
    const Answer answer = TRY(Transmit(link));
    if (answer.status_word != kSuccess) return Err(Refused(answer.status_word));
  }
  Bytes apdu = {header.cla, header.ins, header.p1, header.p2};
  if (!data.empty()) apdu.push_back(static_cast<std::uint8_t>(data.size()));
  Append(apdu, data);
  apdu.push_back(0);  // Le: any
  Answer whole = TRY(Transmit(apdu));
  while ((whole.status_word & 0xFF00) == kMoreData) {
    const Bytes get_response = {0x00, 0xC0, 0x00, 0x00,
                                static_cast<std::uint8_t>(whole.status_word & 0xFF)};
    const Answer part = TRY(Transmit(get_response));
    Append(whole.data, part.data);
    whole.status_word = part.status_word;
  }
  return whole;
}

Result<std::string, CardError> NfcClient::Select() {
  const Answer answer = TRY(Send({0x00, 0xA4, 0x04, 0x00}, kFidoAid));
  if (answer.status_word != kSuccess) return Err(Refused(answer.status_word));
  return std::string(AsText(answer.data));
}

Result<Bytes, CardError> NfcClient::Exchange(ByteView message, std::chrono::milliseconds timeout,
                                             const std::function<void(std::uint8_t)>& keepalive) {
  constexpr Header kMessage = {0x80, 0x10, 0x80, 0x00};  // and that this client polls
  constexpr Header kPoll = {0x80, 0x11, 0x00, 0x00};
  constexpr Header kCancel = {0x80, 0x11, 0x11, 0x00};
  cancelled_ = false;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  Answer answer = TRY(Send(kMessage, message));
  while (answer.status_word == kUpdate) {
    keepalive(answer.data.empty() ? std::uint8_t{0} : answer.data.front());
    if (timeout.count() >= 0 && std::chrono::steady_clock::now() > deadline) {
      return Err(CardError{CardError::Kind::kTimedOut, 0});
    }
    std::this_thread::sleep_for(kPollPause);
    answer = TRY(Send(cancelled_.exchange(false) ? kCancel : kPoll, {}));
  }
  if (answer.status_word != kSuccess) return Err(Refused(answer.status_word));
  return std::move(answer.data);
}

}  // namespace keyrig::device
