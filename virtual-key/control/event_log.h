#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "harness/base/event.h"
#include "harness/base/kept_log.h"

namespace keyrig::control {

/// The latest events of a process, with their ordinals. Thread-safe.
class EventLog final : public EventSink {
 public:
  static constexpr std::size_t kKept = 65536;

  void Emit(Event event) override;
  // As of the log.
  std::uint64_t Count() const { return log_.Count(); }
  std::uint64_t First() const { return log_.First(); }
  std::optional<Event> Wait(std::uint64_t number, const std::stop_token& stop) const {
    return log_.Wait(number, stop);
  }

 private:
  std::mutex mutex_;  // so that ordinals arrive in order
  std::map<std::string, std::uint64_t, std::less<>> ordinals_;
  KeptLog<Event> log_{kKept};
};

}  // namespace keyrig::control
