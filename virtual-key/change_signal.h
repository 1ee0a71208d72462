#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace keyrig::virtual_key {

/// Lets one thread sleep until another has changed something. A waiter takes Version(), looks at
/// what interests it, then waits for a later version: no change is missed.
class ChangeSignal {
 public:
  std::uint64_t Version() const {
    const std::lock_guard lock(mutex_);
    return version_;
  }
  void Raise() {
    {
      const std::lock_guard lock(mutex_);
      ++version_;
    }
    changed_.notify_all();
  }
  /// Returns once the version is past `seen`, or after `timeout` of real time.
  void Wait(std::uint64_t seen, std::optional<std::chrono::microseconds> timeout) const {
    std::unique_lock lock(mutex_);
    const auto changed = [&] { return version_ != seen; };
    if (timeout) {
      changed_.wait_for(lock, *timeout, changed);
    } else {
      changed_.wait(lock, changed);
    }
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t version_ = 0;
};

}  // namespace keyrig::virtual_key
