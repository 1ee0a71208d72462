#include "virtual-key/control/event_log.h"

#include <utility>

namespace keyrig::control {

void EventLog::Emit(Event event) {
  const std::lock_guard lock(mutex_);
  event.ordinal = ++ordinals_[event.source];
  log_.Add(std::move(event));
}

}  // namespace keyrig::control
