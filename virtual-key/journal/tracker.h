#pragma once

#include <memory>
#include <vector>

#include "virtual-key/journal/entry.h"
#include "virtual-key/journal/transaction.h"

namespace keyrig::journal {

/// Follows the packets on a wire, from any point on, and tells the transactions that they are. What
/// belongs to none that was seen to begin is passed over.
class Tracker {
 public:
  virtual ~Tracker() = default;
  /// Those that end with the entry, in the order in which they began.
  virtual std::vector<Transaction> Receive(const Entry& entry) = 0;
  /// Those that are under way, as far as they have come; they are forgotten.
  virtual std::vector<Transaction> End() = 0;
};

std::unique_ptr<Tracker> MakeTracker(Wire wire);
std::unique_ptr<Tracker> MakeHidTracker();
std::unique_ptr<Tracker> MakeCardTracker();

/// Counts the keepalives of one transaction and the time for which they ask for the user.
class TouchWatch {
 public:
  /// `status` as CTAPHID_KEEPALIVE and NFCCTAP_GETRESPONSE have it.
  void KeepAlive(std::uint8_t status, Instant at, Transaction& transaction);
  /// With its answer the waiting ends.
  void Answered(Instant at, Transaction& transaction);

 private:
  std::optional<Instant> since_;
};

}  // namespace keyrig::journal
