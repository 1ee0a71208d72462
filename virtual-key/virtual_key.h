#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "harness/base/hid.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"
#include "virtual-key/authenticator/store.h"
#include "virtual-key/faults/fault.h"
#include "virtual-key/journal/journal.h"

namespace keyrig {

struct VirtualKeyOptions {
  authenticator::AuthenticatorConfig config;
  std::optional<std::string> pin;  // set at the start, as if by a user, where there is none yet
  GestureScript gesture;
  std::string event_source = "key";
  std::vector<faults::Fault> faults;  // set from the start
  /// What it remembers with; nothing: for as long as the key lives, in RAM. One store, one key.
  std::shared_ptr<authenticator::CredentialStore> store;
  /// Where it notes what passes on its wire; nothing: it notes nothing. One journal, one key.
  std::shared_ptr<journal::Journal> journal;
};

/// A whole key in this process: authenticator, CTAPHID, scripted user, control; no kernel device.
/// Its clients' calls drive it. With a frozen clock everything that can be seen happens within
/// Open()->Write, Read and Control(): the core and its client take turns, nothing sleeps, and a
/// Read that has to wait advances the clock instead, to whatever comes first: the scripted touch,
/// the key's own time-out, a keepalive, or the end of the Read's timeout (the key then waits on,
/// for the next Read or a CANCEL). A Read without timeout for which nothing can come returns
/// nothing.
///
/// Control(): Touch and Decline settle the standing prompt; with a frozen clock and none standing
/// they are kept for the next one. Unplug ends every open port; Plug and PowerCycle need new ones.
class MemoryKey {
 public:
  static Result<std::unique_ptr<MemoryKey>, Error> Create(VirtualKeyOptions options, Clock& clock,
                                                          Rng& rng, EventSink& events);
  virtual ~MemoryKey() = default;
  /// A new client's end; null while unplugged.
  virtual std::unique_ptr<HidPort> Open() = 0;
  virtual KeyControl& Control() = 0;
  /// The root certificate that the key's attestation chains to, DER.
  virtual Bytes AttestationRoot() const = 0;
};

}  // namespace keyrig
