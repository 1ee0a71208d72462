#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace keyrig {

using Duration = std::chrono::microseconds;
/// A point in time, UTC, microseconds since 1970.
using Instant = std::chrono::sys_time<Duration>;

/// The time that a key or the service believes in. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  /// Turns the clock forward by `by` (never back).
  virtual void Advance(Duration by) = 0;
  /// Whether time stands still but for Advance; a waiter must then advance instead of sleeping.
  virtual bool IsFrozen() const = 0;
};

/// The machine's time plus what Advance added.
class RealClock final : public Clock {
 public:
  Instant Now() const override;
  void Advance(Duration by) override;
  bool IsFrozen() const override { return false; }

 private:
  std::atomic<Duration::rep> offset_{0};
};

/// Time that moves only by Advance.
class FrozenClock final : public Clock {
 public:
  explicit FrozenClock(Instant start) : now_(start.time_since_epoch().count()) {}
  Instant Now() const override;
  void Advance(Duration by) override;
  bool IsFrozen() const override { return true; }

 private:
  std::atomic<Duration::rep> now_;
};

/// RFC 3339 in UTC with milliseconds: 2026-11-24T06:10:15.250Z.
std::string ToRfc3339(Instant instant);

}  // namespace keyrig
