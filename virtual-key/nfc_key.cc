#include "virtual-key/nfc_key.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "virtual-key/apdu_engine.h"
#include "virtual-key/key_core.h"
#include "virtual-key/local_key_control.h"
#include "virtual-key/transport/pcsc_reader.h"
#include "virtual-key/transport/vpcd_card.h"

namespace keyrig {
namespace {

using transport::VpcdMessage;
using transport::VpcdOrder;
using virtual_key::ApduEngine;
using virtual_key::KeyCore;
using virtual_key::LocalKeyControl;

constexpr Duration kNfcKeepaliveInterval = std::chrono::milliseconds(100);
constexpr std::chrono::seconds kReaderWait(10);

/// Tells one card on this machine from another. Never from a seed.
ByteArray<3> UniqueMark() {
  ByteArray<3> mark{};
  Rng().Stream("uniq").Fill(mark);
  return mark;
}

/// The card while it is in the field: the connection's thread queues messages, one thread runs the
/// framing and answers, the core processes on its own.
class NfcAttachment final : public virtual_key::Attachment {
 public:
  NfcAttachment(KeyCore& core, std::uint16_t port, Clock& clock)
      : core_(core),
        clock_(clock),
        port_(port),
        atr_(transport::ContactlessAtr(UniqueMark())),
        engine_(core, clock, kNfcKeepaliveInterval) {}
  ~NfcAttachment() override { Detach(); }

  Result<void, Error> Attach() override {
    engine_.PowerCycle();
    TakeIncoming();
    core_.Tap().EnterField();
    auto card = TRY(transport::VpcdCard::Insert(
        port_, atr_, [this](const VpcdMessage& message) { Queue(message); }));
    std::string reader = TRY(transport::AwaitReader(atr_, kReaderWait));
    {
      const std::lock_guard lock(mutex_);
      card_ = std::move(card);
      reader_ = std::move(reader);
    }
    pump_ = std::jthread([this](const std::stop_token& stop) { Pump(stop); });
    return {};
  }

  void Detach() override {
    core_.Tap().LeaveField();
    pump_.request_stop();
    core_.Changes().Raise();
    if (pump_.joinable()) pump_.join();
    std::string reader;
    {
      const std::lock_guard lock(mutex_);
      card_.reset();
      reader = std::exchange(reader_, {});
    }
    if (!reader.empty()) transport::AwaitEmpty(reader, kReaderWait);
  }

  bool IsAttached() const override {
    const std::lock_guard lock(mutex_);
    return card_ != nullptr;
  }
  std::string Node() const override {
    const std::lock_guard lock(mutex_);
    return reader_;
  }

 private:
  void Queue(const VpcdMessage& message) {
    {
      const std::lock_guard lock(queue_mutex_);
      incoming_.push_back(message);
    }
    core_.Changes().Raise();
  }

  std::deque<VpcdMessage> TakeIncoming() {
    const std::lock_guard lock(queue_mutex_);
    return std::exchange(incoming_, {});
  }

  void Pump(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::uint64_t seen = core_.Changes().Version();
      for (const VpcdMessage& message : TakeIncoming()) Receive(message);
      if (const auto response = engine_.Collect()) card_->Send(*response);
      const auto due = engine_.NextDue();
      core_.Changes().Wait(seen, due ? std::optional(*due - clock_.Now()) : std::nullopt);
    }
  }

  void Receive(const VpcdMessage& message) {
    if (const Bytes* const apdu = std::get_if<Bytes>(&message)) {
      if (const auto response = engine_.Receive(*apdu)) card_->Send(*response);
      return;
    }
    // The field is switched off, on, or off and on: what the key holds in its circuits is gone.
    engine_.PowerCycle();
    core_.PowerCycle();
  }

  KeyCore& core_;
  Clock& clock_;
  const std::uint16_t port_;
  const Bytes atr_;
  ApduEngine engine_;         // of the pump while it runs
  mutable std::mutex mutex_;  // guards card_ and reader_ where the pump does not run
  std::unique_ptr<transport::VpcdCard> card_;
  std::string reader_;
  std::mutex queue_mutex_;
  std::deque<VpcdMessage> incoming_;
  std::jthread pump_;
};

class AssembledNfcKey final : public NfcKey {
 public:
  AssembledNfcKey(std::unique_ptr<KeyCore> core, std::uint16_t port, Clock& clock)
      : core_(std::move(core)),
        attachment_(*core_, port, clock),
        control_(*core_, attachment_, clock) {}

  std::string Reader() const override { return attachment_.Node(); }
  KeyControl& Control() override { return control_; }
  Bytes AttestationRoot() const override { return core_->AttestationRoot(); }

 private:
  std::unique_ptr<KeyCore> core_;
  NfcAttachment attachment_;
  LocalKeyControl control_;
};

}  // namespace

Result<std::unique_ptr<NfcKey>, Error> NfcKey::Create(VirtualKeyOptions options, std::uint16_t port,
                                                      Clock& clock, Rng& rng, EventSink& events) {
  // A model that is for readers too says so itself.
  std::vector<std::string>& transports = options.config.transports;
  if (std::ranges::find(transports, "nfc") == transports.end()) transports = {"nfc"};
  auto core = TRY(KeyCore::Create(std::move(options), "nfc", clock, rng, events));
  auto key = std::make_unique<AssembledNfcKey>(std::move(core), port, clock);
  TRY(key->Control().Plug());
  return key;
}

}  // namespace keyrig
