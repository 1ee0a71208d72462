#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/hid.h"
#include "harness/base/rng.h"
#include "virtual-key/ctaphid/ctaphid_device.h"
#include "virtual-key/faults/wire_faults.h"
#include "virtual-key/journal/entry.h"
#include "virtual-key/key_core.h"

namespace keyrig::virtual_key {

/// Joins CTAPHID framing with a key's core: hands requests over and cancels them, sends keepalives,
/// answers and time-outs. No I/O; not thread-safe.
class HidEngine {
 public:
  /// `keepalive_interval` is at most 100 ms (CTAP 2.1 §11.2.9.2.1).
  HidEngine(KeyCore& core, Clock& clock, Rng& rng, Duration keepalive_interval);

  /// What to send because of one report.
  std::vector<HidReport> Receive(const HidReport& report);
  /// What to send because the core has changed or time has passed.
  std::vector<HidReport> Collect();
  /// When Collect is due at the latest even if the core changes nothing; nothing where it is not.
  std::optional<Instant> NextDue() const;
  /// As after power-up. The core is not touched.
  void PowerCycle();
  /// Whether a fault wants the key unplugged, after what was last given out; once.
  bool TakeUnplug() { return std::exchange(unplugs_, false); }

 private:
  void Note(journal::Entry::Kind kind, std::span<const HidReport> reports) const;
  void CollectKeepalive(std::vector<HidReport>& reports);
  void CollectAnswer(std::vector<HidReport>& reports);
  void CollectLate(std::vector<HidReport>& reports);

  KeyCore& core_;
  Clock& clock_;
  const Duration keepalive_interval_;
  ctaphid::CtapHidDevice device_;
  struct Keepalives {
    ctaphid::KeepaliveStatus said = ctaphid::KeepaliveStatus::kProcessing;
    Instant next;
  };
  std::optional<Keepalives> keepalives_;  // while a request is under way

  // What faults hold back.
  struct HeldAnswer {
    KeyCore::Answer answer;
    std::optional<Instant> due;  // nothing: never
  };
  std::optional<HeldAnswer> held_;
  struct Late {
    std::vector<HidReport> packets;
    Instant due;
  };
  std::optional<Late> late_;
  bool unplugs_ = false;
};

}  // namespace keyrig::virtual_key
