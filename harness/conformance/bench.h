#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "harness/device/ctap_link.h"

namespace keyrig::conformance {

/// The key that cases are played on, and who handles it.
class Bench {
 public:
  virtual ~Bench() = default;
  /// A new client.
  virtual Result<std::unique_ptr<device::CtapLink>, Error> Connect() = 0;

  /// Whether keyrig made the key: then its user is scripted, its clock turns, and another one as
  /// from the factory is to be had at any time.
  virtual bool IsOwn() const = 0;
  /// Whether another key costs next to nothing.
  virtual bool RenewsAtOnce() const = 0;
  /// Puts a key as from the factory in its place. Own keys only.
  virtual Result<void, Error> Renew() = 0;
  /// Whether a key that is not own may lose all that it holds.
  virtual bool MayReset() const = 0;
  /// The PIN that a key which is not own has.
  virtual std::optional<std::string> Pin() const = 0;

  /// What the user of an own key does from now on.
  virtual Result<void, Error> SetUser(const GestureScript& script) = 0;
  /// Runs `rest` of a transaction whose key asks for its user. For an own key nothing more is to
  /// be done than to run it.
  virtual Result<void, Error> During(Gesture gesture, const std::function<void()>& rest) = 0;
  /// Unplugs the key and plugs it in again; links are to be opened anew.
  virtual Result<void, Error> PowerCycle() = 0;
  /// Turns the clock of an own key forward.
  virtual Result<void, Error> Advance(Duration by) = 0;
};

}  // namespace keyrig::conformance
