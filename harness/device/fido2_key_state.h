#pragma once

#include <fido.h>
#include <fido/credman.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "harness/base/crypto.h"
#include "harness/device/card_link.h"
#include "harness/device/fido2_key.h"
#include "harness/device/transaction_decoder.h"

namespace keyrig::device {

KeyError KeyErrorFrom(int code);

struct DeviceCloser {
  void operator()(fido_dev_t* device) const {
    fido_dev_close(device);
    fido_dev_free(&device);
  }
};

class Fido2Key::State {
 public:
  State(std::unique_ptr<HidPort> port, Rng& rng, EventSink& events, std::string event_source)
      : port_(std::move(port)), rng_(rng), decoder_(events, std::move(event_source)) {}
  State(std::unique_ptr<CardLink> card, Rng& rng, EventSink& events, std::string event_source)
      : card_(std::move(card)), rng_(rng), decoder_(events, std::move(event_source)) {}

  /// Runs one call of libfido2 with its chance drawn from the stream "libfido2/<name>".
  template <typename Call>
  Result<void, KeyError> Run(std::string_view name, Call&& call) {
    RandomStream stream = rng_.Stream(std::string("libfido2/").append(name));
    const crypto::ScopedRandom random(stream);
    if (stop_.stop_requested()) return Err(KeyErrorFrom(FIDO_ERR_KEEPALIVE_CANCEL));
    std::jthread canceller;
    const std::stop_callback cancel(stop_, [&] { canceller = CancelRepeatedly(); });
    const int code = std::forward<Call>(call)(device_.get());
    if (code != FIDO_OK) return Err(KeyErrorFrom(code));
    return {};
  }

  Result<void, Error> Open();
  /// What getInfo last said; asked once.
  Result<Capabilities, KeyError> KnownCapabilities();
  Result<Capabilities, KeyError> ReadCapabilities();
  fido_dev_t* Device() { return device_.get(); }
  void EndOn(std::stop_token stop) { stop_ = std::move(stop); }

 private:
  friend struct PortFunctions;
  friend struct CardFunctions;

  /// A key heeds a cancel only while it waits, and one call of libfido2 may be several commands: it
  /// is sent again and again until the thread is stopped.
  std::jthread CancelRepeatedly();

  std::unique_ptr<HidPort> port_;   // one of the two
  std::unique_ptr<CardLink> card_;  // is there
  Rng& rng_;
  TransactionDecoder decoder_;
  std::unique_ptr<fido_dev_t, DeviceCloser> device_;
  std::optional<Capabilities> capabilities_;
  std::stop_token stop_;
  bool lacks_credential_management_preview_ = false;
};

}  // namespace keyrig::device
