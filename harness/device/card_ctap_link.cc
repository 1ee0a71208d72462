#include <memory>
#include <utility>

#include "harness/device/card_transactions.h"
#include "harness/device/ctap_link.h"
#include "harness/device/nfc_client.h"

namespace keyrig::device {
namespace {

/// One card for the client of CTAP messages and for whole APDUs beside it.
class SharedCard final : public ApduPort {
 public:
  explicit SharedCard(std::shared_ptr<ApduPort> card) : card_(std::move(card)) {}
  std::optional<Bytes> Transmit(ByteView apdu) override { return card_->Transmit(apdu); }

 private:
  std::shared_ptr<ApduPort> card_;
};

class CardCtapLink final : public CtapLink {
 public:
  CardCtapLink(std::shared_ptr<ApduPort> card, EventSink& events, std::string event_source)
      : card_(std::move(card)),
        client_(std::make_unique<SharedCard>(card_)),
        transactions_(events, std::move(event_source)) {}

  Result<void, Error> Open() {
    if (const auto selected = client_.Select(); !selected) {
      return Fail("The card has no FIDO applet: " + selected.error().Text());
    }
    return {};
  }

  Result<void, Error> Send(ByteView message) override {
    message_ = ToBytes(message);
    return {};
  }

  Result<std::optional<Bytes>, Error> Receive(std::chrono::milliseconds patience) override {
    transactions_.Sent(message_);
    auto answer =
        client_.Exchange(message_, patience, [this](std::uint8_t) { transactions_.KeptWaiting(); });
    if (!answer) {
      transactions_.Failed(answer.error().Text());
      return Fail("The card did not answer: " + answer.error().Text());
    }
    transactions_.Answered(*answer);
    return *std::move(answer);
  }

  Result<void, Error> Cancel() override {
    client_.Cancel();
    return {};
  }

  Result<Bytes, Error> ExchangeU2f(ByteView apdu, std::chrono::milliseconds) override {
    constexpr std::uint8_t kMoreToCome = 0x61;
    auto answer = card_->Transmit(apdu);
    Bytes whole;
    while (answer && answer->size() >= 2 && (*answer)[answer->size() - 2] == kMoreToCome) {
      const std::uint8_t left = answer->back();
      Append(whole, ByteView(*answer).first(answer->size() - 2));
      answer = card_->Transmit(Bytes{0x00, 0xC0, 0x00, 0x00, left});
    }
    if (!answer) return Fail("The card is gone.");
    Append(whole, *answer);
    return whole;
  }

  ApduPort* Card() override { return card_.get(); }

 private:
  std::shared_ptr<ApduPort> card_;
  NfcClient client_;
  CardTransactions transactions_;
  Bytes message_;
};

}  // namespace

Result<std::unique_ptr<CtapLink>, Error> OpenCardLink(std::unique_ptr<ApduPort> card,
                                                      EventSink& events, std::string event_source) {
  auto link = std::make_unique<CardCtapLink>(std::move(card), events, std::move(event_source));
  TRY(link->Open());
  return link;
}

}  // namespace keyrig::device
