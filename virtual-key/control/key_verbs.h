#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/control.h"
#include "virtual-key/control/event_log.h"
#include "virtual-key/journal/journal.h"

/// The verbs that steer a process's keys. The control socket and HTTP are two fronts of them.
///
/// touch, decline, finger ("name"), wrong-finger, hold ("for"), give ("gesture") (all with
/// "expiry", default 10s), gesture ("gesture"), unplug, plug, power-cycle, advance ("by"), fault
/// ("fault"), clear-faults, state, attestation-root, and those of WebDriver's virtual
/// authenticators: add-credential ("credential"), get-credentials, remove-credential
/// ("credentialId"), remove-all-credentials, set-user-verified ("isUserVerified"). Each takes
/// "key", a number from 1, which may be left out where there is one key. keys lists them all.
namespace keyrig::control {

/// One key of a process, and what is told of it.
struct ControlledKey {
  KeyControl& key;
  Bytes attestation_root;                     // DER, or empty
  const journal::Journal* journal = nullptr;  // where it keeps one
};

/// What the fronts give access to; all outlive them.
struct ControlTargets {
  std::vector<ControlledKey> keys;
  EventLog& events;
};

/// Why a verb was not done.
struct VerbError {
  enum class Reason {
    kUnknownVerb,
    kBadRequest,  // a parameter is missing, wrong or too much
    kRefused,     // by the key
  };
  VerbError(Reason why, std::string words) : reason(why), message(std::move(words)) {}
  /// Of what reads a parameter.
  VerbError(Error error) : VerbError(Reason::kBadRequest, std::move(error.message)) {}
  Reason reason;
  std::string message;
};

/// Does a verb; its answer's members are {"ok": true, …}. What waits for the key to ask is
/// withdrawn when `stop` is requested. Thread-safe.
Result<nlohmann::json, VerbError> RunVerb(const ControlTargets& targets, std::string_view verb,
                                          nlohmann::json parameters, const std::stop_token& stop);
bool IsVerb(std::string_view name);
/// The key that "key" of the parameters says, which it takes out of them.
Result<const ControlledKey*, VerbError> ChooseKey(const ControlTargets& targets,
                                                  nlohmann::json& parameters);
/// Whether the verb changes nothing.
bool OnlyReads(std::string_view verb);

/// Instead of a verb: turns a connection into a stream of {"event": …}.
inline constexpr std::string_view kEventsVerb = "events";
/// Hands each event to `write` as a line of JSON, from the oldest kept on, after {"ok": true,
/// "first": its number}; until `write` returns false or `stop` is requested.
void WriteEvents(const EventLog& events, const std::stop_token& stop,
                 const std::function<bool(const std::string&)>& write);

/// As text; what is no UTF-8, which clients may have sent, is replaced.
std::string TextOf(const nlohmann::json& json);

}  // namespace keyrig::control
