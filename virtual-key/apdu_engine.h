#pragma once

#include <optional>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "virtual-key/apdu/fido_applet.h"
#include "virtual-key/journal/entry.h"
#include "virtual-key/key_core.h"

namespace keyrig::virtual_key {

/// Joins the card's framing with a key's core: hands requests over and cancels them, answers, and
/// tells a client that polls to go on waiting. No I/O; not thread-safe.
class ApduEngine {
 public:
  /// A client that polls is answered after `keepalive_interval` at the latest.
  ApduEngine(KeyCore& core, Clock& clock, Duration keepalive_interval)
      : core_(core),
        clock_(clock),
        keepalive_interval_(keepalive_interval),
        applet_(core.HasU2f()) {}

  /// What to send because of one command APDU; nothing yet while the core is at work.
  std::optional<Bytes> Receive(ByteView apdu);
  /// What to send because the core has changed or time has passed.
  std::optional<Bytes> Collect();
  /// When Collect is due at the latest even if the core changes nothing; nothing where it is not.
  std::optional<Instant> NextDue() const;
  /// As after power-up. The core is not touched.
  void PowerCycle();

 private:
  void Note(journal::Entry::Kind kind, ByteView apdu) const;
  std::optional<Bytes> CollectKeepalive();
  std::optional<Bytes> CollectAnswer();

  KeyCore& core_;
  Clock& clock_;
  const Duration keepalive_interval_;
  apdu::FidoApplet applet_;
  apdu::KeepaliveStatus said_ = apdu::KeepaliveStatus::kProcessing;
  Instant next_keepalive_{};

  // What a fault holds back.
  struct HeldAnswer {
    KeyCore::Answer answer;
    Instant due;
  };
  std::optional<HeldAnswer> held_;
};

}  // namespace keyrig::virtual_key
