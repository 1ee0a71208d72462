#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/ids.h"
#include "harness/station/station.h"

namespace keyrig::scenario {

using station::DeleteKeys;
using station::EnableSecurityKeys;
using station::OpenSecurityInfo;
using station::RegisterKey;
using station::SignIn;

/// Turns the clocks of service and key forward.
struct AdvanceClock {
  Duration by{0};
};
/// The user pulls the key out of the station.
struct UnplugKey {};
/// The user puts it in again.
struct PlugKey {};
/// From here on the key misbehaves: a fault of the virtual key's catalogue, such as "counter_back"
/// or "bad_signature always".
struct SetFault {
  std::string fault;
};
/// The key behaves again.
struct ClearFaults {};

/// What a step does. Accounts hold the names of the file ("adele") until the bench resolves them.
using Action = std::variant<EnableSecurityKeys, OpenSecurityInfo, RegisterKey, SignIn, DeleteKeys,
                            AdvanceClock, UnplugKey, PlugKey, SetFault, ClearFaults>;

struct Step {
  Action action;
  station::Outcome expect;  // kGranted where the file says nothing
};

/// What a scenario wants its key to be; absent members leave it as it is.
struct KeyProfile {
  enum class Attestation { kPacked, kSelf, kNone };
  std::optional<std::string> model;  // a profile that comes with the virtual key
  std::optional<Aaguid> aaguid;
  std::optional<Attestation> attestation;
  std::optional<std::string> pin;  // that the key has before the first step
};

/// One flow: who does what in which order, and how each step ends.
struct Scenario {
  std::string name;              // [a-z0-9_]+
  std::string theme;             // the folder it lies in
  std::string file;              // for messages
  std::string intent;            // one sentence
  std::vector<std::string> lab;  // the lab's steps that it proves: "1", "2", "3"
  std::string tenant;
  std::vector<std::string> requirements;  // words of device::Capabilities::Has
  KeyProfile key;
  std::vector<Step> steps;
};

/// "register_key".
std::string_view Name(const Action& action);
/// What happens, as a sentence without secrets: "adele registers a security key named Blue key".
std::string Sentence(const Action& action);
/// The PIN of a step; null where it has none.
const std::string* PinOf(const Action& action);
/// What the user does when the key asks for a touch; nothing for a step without a key.
std::optional<Gesture> GestureOf(const Action& action);

/// The PIN that the scenario's key has or gets: the preset one, else that of its first
/// registration; empty where there is none.
std::string OwnPin(const Scenario& scenario);
/// The same scenario for a key whose PIN is `pin`: it replaces OwnPin wherever that is entered.
Scenario WithPin(Scenario scenario, const std::string& pin);

}  // namespace keyrig::scenario
