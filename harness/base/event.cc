#include "harness/base/event.h"

#include <algorithm>

namespace keyrig {

std::string_view Event::Field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &EventField::name);
  return found == fields.end() ? std::string_view{} : std::string_view{found->value};
}

void EventStream::Emit(Event event) {
  const std::lock_guard lock(mutex_);
  event.ordinal = ++ordinals_[event.source];
  event.step = step_;
  if (clock_) event.at = clock_->Now();
  events_.push_back(std::move(event));
  if (listener_) listener_(events_.back());
}

void EventStream::SetStep(std::string step) {
  const std::lock_guard lock(mutex_);
  step_ = std::move(step);
}

void EventStream::UseClock(std::shared_ptr<const Clock> clock) {
  const std::lock_guard lock(mutex_);
  clock_ = std::move(clock);
}

std::vector<Event> EventStream::Events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

}  // namespace keyrig
