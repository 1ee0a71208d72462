#include "virtual-key/faults/fault_board.h"

#include <algorithm>

namespace keyrig::faults {

void FaultBoard::Set(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  if (const auto same = FindLocked(fault.kind); same != faults_.end()) faults_.erase(same);
  faults_.push_back(fault);
}

void FaultBoard::Clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::vector<Fault> FaultBoard::List() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::optional<Fault> FaultBoard::Take(Kind kind) {
  return Take(kind, [](const Fault&) { return true; });
}

std::vector<Fault>::iterator FaultBoard::FindLocked(Kind kind) {
  return std::ranges::find_if(faults_, [&](const Fault& fault) { return fault.kind == kind; });
}

Fault FaultBoard::TakeLocked(std::vector<Fault>::iterator fault) {
  const Fault taken = *fault;
  if (fault->times != Fault::kAlways && --fault->times == 0) faults_.erase(fault);
  return taken;
}

}  // namespace keyrig::faults
