#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "virtual-key/faults/fault.h"

namespace keyrig::faults {

/// The faults that are set on one key, at most one of each kind. Thread-safe.
class FaultBoard {
 public:
  /// Replaces the one of the same kind.
  void Set(const Fault& fault);
  void Clear();
  std::vector<Fault> List() const;
  /// The fault, where it is set: to be committed now, and once less from then on.
  std::optional<Fault> Take(Kind kind);
  /// Likewise, where `applies` holds for it.
  template <typename Applies>
  std::optional<Fault> Take(Kind kind, Applies applies) {
    const std::lock_guard lock(mutex_);
    const auto found = FindLocked(kind);
    if (found == faults_.end() || !applies(*found)) return std::nullopt;
    return TakeLocked(found);
  }

 private:
  std::vector<Fault>::iterator FindLocked(Kind kind);
  Fault TakeLocked(std::vector<Fault>::iterator fault);

  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
};

}  // namespace keyrig::faults
