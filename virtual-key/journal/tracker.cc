#include "virtual-key/journal/tracker.h"

namespace keyrig::journal {

std::unique_ptr<Tracker> MakeTracker(Wire wire) {
  return wire == Wire::kHid ? MakeHidTracker() : MakeCardTracker();
}

void TouchWatch::KeepAlive(std::uint8_t status, Instant at, Transaction& transaction) {
  constexpr std::uint8_t kUserPresenceNeeded = 2;
  ++transaction.keepalives;
  if (status != kUserPresenceNeeded) {
    Answered(at, transaction);
  } else if (!since_) {
    since_ = at;
  }
}

void TouchWatch::Answered(Instant at, Transaction& transaction) {
  if (since_) transaction.awaited_touch += at - *since_;
  since_.reset();
}

}  // namespace keyrig::journal
