#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "harness/base/rng.h"
#include "virtual-key/ctaphid/ctaphid.h"

namespace keyrig::ctaphid {

/// The channels that a device has given out: unpredictable, unique, and bounded in number (the one
/// that was silent for longest makes room).
class ChannelTable {
 public:
  static constexpr std::size_t kCapacity = 256;

  explicit ChannelTable(Rng& rng) : stream_(rng.Stream("ctaphid.channel")) {}
  /// A new channel. Only an idle device gives one out, so that none in use can be the one to go.
  ChannelId Allocate();
  /// Whether the channel was given out; notes that it was used.
  bool Use(ChannelId channel);
  void Clear() { last_use_.clear(); }

 private:
  RandomStream stream_;
  std::map<ChannelId, std::uint64_t> last_use_;
  std::uint64_t uses_ = 0;
};

}  // namespace keyrig::ctaphid
