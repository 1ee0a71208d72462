#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "harness/base/event.h"

namespace keyrig::control {

/// The latest events of a process, numbered by arrival from 0, for any number of readers that each
/// follow at their own pace. Thread-safe.
class EventLog final : public EventSink {
 public:
  static constexpr std::size_t kKept = 65536;

  void Emit(Event event) override;
  /// How many have arrived in all.
  std::uint64_t Count() const;
  /// The number of the oldest that is still kept.
  std::uint64_t First() const;
  /// Waits until the event has arrived; nothing if it is not kept any more or `stop` comes first.
  std::optional<Event> Wait(std::uint64_t number, const std::stop_token& stop) const;

 private:
  std::uint64_t FirstLocked() const { return count_ - events_.size(); }

  mutable std::mutex mutex_;
  mutable std::condition_variable_any arrived_;
  std::deque<Event> events_;
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> ordinals_;
};

}  // namespace keyrig::control
