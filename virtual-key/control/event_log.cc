#include "virtual-key/control/event_log.h"

#include <utility>

namespace keyrig::control {

void EventLog::Emit(Event event) {
  {
    const std::lock_guard lock(mutex_);
    event.ordinal = ++ordinals_[event.source];
    events_.push_back(std::move(event));
    ++count_;
    if (events_.size() > kKept) events_.pop_front();
  }
  arrived_.notify_all();
}

std::uint64_t EventLog::Count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::uint64_t EventLog::First() const {
  const std::lock_guard lock(mutex_);
  return FirstLocked();
}

std::optional<Event> EventLog::Wait(std::uint64_t number, const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait(lock, stop, [&] { return number < count_; })) return std::nullopt;
  if (number < FirstLocked()) return std::nullopt;
  return events_[number - FirstLocked()];
}

}  // namespace keyrig::control
