#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"

namespace keyrig {

/// One named fact of an event, as text. A secret (PIN, token, password) is marked, never dropped:
/// reporters decide how to show it.
struct EventField {
  std::string name;
  std::string value;
  bool secret = false;
  friend bool operator==(const EventField&, const EventField&) = default;
};

/// Something that happened in the key, the service, the station or the runner, born where it
/// happened. Runs are compared by (source, ordinal, step, kind, fields); `at`, `took` and `beside`
/// stand beside an event and are never compared.
///
/// Kinds in use, with their fields (each source may add more):
///   step.started {index, name, arguments}   step.finished {index, name, outcome, message}
///   scenario.started {name, intent}         scenario.finished {name, outcome, message}
///   http.exchange {method, url, request_headers, request_body, status, response_headers,
///                  response_body}
///   ctap.transaction {command, request, status, response}   CBOR in diagnostic notation
///   key.touch_wanted {purpose}  key.touched {}  key.declined {}  key.touch_expired {}
///   key.plugged {}  key.unplugged {}  key.power_cycled {}  key.finger_wanted {purpose}
///   key.credential_made {rp_id, credential_id}  key.credential_used {…}  key.pin_wrong {retries}
///   service.policy_changed {…}  service.registered {…}  service.signed_in {…}
///   service.refused {code, reason}  key.finger_presented {finger, sample}  key.finger_wrong {…}
struct Event {
  std::string source;         // "key", "service", "station", "runner"; with several: "key.blue"
  std::uint64_t ordinal = 0;  // counts this source's events from 1; set by EventStream
  std::string step;           // "3 register_key"; set by EventStream
  std::string kind;
  std::vector<EventField> fields;

  Instant at{};  // set by an EventStream that has a clock
  Duration took{0};
  std::vector<EventField> beside;

  std::string_view Field(std::string_view name) const;
};

/// Where events go. Thread-safe; must not block.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Emit(Event event) = 0;
};

/// Drops everything.
class NullSink final : public EventSink {
 public:
  void Emit(Event) override {}
};

/// Keeps events in order of arrival, numbering each source's and stamping the current step.
class EventStream final : public EventSink {
 public:
  using Listener = std::function<void(const Event&)>;
  /// `listener` is called for each event, under the stream's lock, in order.
  explicit EventStream(Listener listener = {}) : listener_(std::move(listener)) {}
  void Emit(Event event) override;
  void SetStep(std::string step);
  /// Events that arrive from now on are stamped with the time of this clock.
  void UseClock(std::shared_ptr<const Clock> clock);
  std::vector<Event> Events() const;

 private:
  mutable std::mutex mutex_;
  Listener listener_;
  std::string step_;
  std::shared_ptr<const Clock> clock_;
  std::map<std::string, std::uint64_t, std::less<>> ordinals_;
  std::vector<Event> events_;
};

}  // namespace keyrig
