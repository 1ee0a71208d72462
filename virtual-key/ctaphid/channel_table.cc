#include "virtual-key/ctaphid/channel_table.h"

#include <algorithm>

namespace keyrig::ctaphid {

ChannelId ChannelTable::Allocate() {
  if (last_use_.size() >= kCapacity) {
    last_use_.erase(
        std::ranges::min_element(last_use_, {}, [](const auto& e) { return e.second; }));
  }
  ChannelId channel = kReservedChannel;
  while (channel == kReservedChannel || channel == kBroadcastChannel ||
         last_use_.contains(channel)) {
    channel = stream_.TakeU32();
  }
  last_use_[channel] = ++uses_;
  return channel;
}

bool ChannelTable::Use(ChannelId channel) {
  const auto found = last_use_.find(channel);
  if (found == last_use_.end()) return false;
  found->second = ++uses_;
  return true;
}

}  // namespace keyrig::ctaphid
