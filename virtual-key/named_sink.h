#pragma once

#include <string>
#include <utility>

#include "harness/base/clock.h"
#include "harness/base/event.h"

namespace keyrig::virtual_key {

/// Puts a key's name and the time of its clock on each event that its parts emit.
class NamedSink final : public EventSink {
 public:
  NamedSink(std::string source, Clock& clock, EventSink& to)
      : source_(std::move(source)), clock_(clock), to_(to) {}
  void Emit(Event event) override {
    event.source = source_;
    event.at = clock_.Now();
    to_.Emit(std::move(event));
  }

 private:
  const std::string source_;
  Clock& clock_;
  EventSink& to_;
};

}  // namespace keyrig::virtual_key
