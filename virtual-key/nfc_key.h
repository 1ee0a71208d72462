#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "virtual-key/virtual_key.h"

namespace keyrig {

/// A whole key as a contactless card in a virtual reader of pcscd (vsmartcard's vpcd), held to it
/// for as long as the object lives. Needs a clock that runs by itself.
class NfcKey {
 public:
  /// `port` is where the reader waits for a card; vpcd's first one by default. Returns once pcscd
  /// knows the card.
  static Result<std::unique_ptr<NfcKey>, Error> Create(VirtualKeyOptions options,
                                                       std::uint16_t port, Clock& clock, Rng& rng,
                                                       EventSink& events);
  virtual ~NfcKey() = default;
  /// "Virtual PCD 00 00"; empty while the key is out of the field.
  virtual std::string Reader() const = 0;
  /// Unplug and Plug take the key out of the field and bring it back; a power cycle is one after
  /// the other. Only Plug and PowerCycle are a person's doing, so only they prove presence.
  virtual KeyControl& Control() = 0;
  virtual Bytes AttestationRoot() const = 0;
};

}  // namespace keyrig
