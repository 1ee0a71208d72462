#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace keyrig {

/// The latest of what happens, numbered by arrival from 0, for any number of readers that each
/// follow at their own pace. Thread-safe.
template <typename T>
class KeptLog {
 public:
  /// Keeps as many of the latest as weigh no more than `room` together, and always the last one.
  explicit KeptLog(std::size_t room) : room_(room) {}

  void Add(T entry, std::size_t weight = 1) {
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back({std::move(entry), weight});
      ++count_;
      taken_ += weight;
      while (taken_ > room_ && entries_.size() > 1) {
        taken_ -= entries_.front().weight;
        entries_.pop_front();
      }
    }
    arrived_.notify_all();
  }
  /// How many have arrived in all.
  std::uint64_t Count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  /// The number of the oldest that is still kept.
  std::uint64_t First() const {
    const std::lock_guard lock(mutex_);
    return FirstLocked();
  }
  /// Waits until the entry has arrived; nothing if it is not kept any more or `stop` comes first.
  std::optional<T> Wait(std::uint64_t number, const std::stop_token& stop) const {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait(lock, stop, [&] { return number < count_; })) return std::nullopt;
    if (number < FirstLocked()) return std::nullopt;
    return entries_[number - FirstLocked()].entry;
  }

 private:
  struct Weighed {
    T entry;
    std::size_t weight;
  };
  std::uint64_t FirstLocked() const { return count_ - entries_.size(); }

  const std::size_t room_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any arrived_;
  std::deque<Weighed> entries_;
  std::size_t taken_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace keyrig
