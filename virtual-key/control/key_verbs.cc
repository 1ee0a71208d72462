#include "virtual-key/control/key_verbs.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "harness/base/certificate.h"
#include "harness/base/duration_text.h"
#include "virtual-key/control/credential_json.h"
#include "virtual-key/control/journal_stream.h"
#include "virtual-key/control/messages.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

using VerbResult = Result<json, VerbError>;

constexpr std::string_view kDefaultExpiry = "10s";

/// A verb's parameters: each may be read once, and none may be left over.
class Parameters {
 public:
  explicit Parameters(json object) : object_(std::move(object)) {}

  Result<std::string, Error> Take(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return Fail("\"" + name + "\" is missing");
    if (!found->is_string()) return Fail("\"" + name + "\" must be a string");
    std::string value = found->get<std::string>();
    object_.erase(found);
    return value;
  }
  Result<std::string, Error> TakeOr(const std::string& name, std::string_view fallback) {
    if (!Has(name)) return std::string(fallback);
    return Take(name);
  }
  /// Of any type.
  Result<json, Error> TakeValue(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return Fail("\"" + name + "\" is missing");
    json value = std::move(*found);
    object_.erase(found);
    return value;
  }
  bool Has(const std::string& name) const { return object_.contains(name); }
  json& Object() { return object_; }
  Result<void, Error> ExpectNothingElse() const {
    if (object_.empty()) return {};
    return Fail("\"" + object_.begin().key() + "\" is not a parameter of this verb");
  }

 private:
  json object_;
};

/// What the key itself says.
template <typename T>
Result<T, VerbError> ByKey(Result<T, Error> result) {
  return std::move(result).map_error(
      [](const Error& error) { return VerbError(VerbError::Reason::kRefused, error.message); });
}

json Done() { return {{"ok", true}}; }

/// One request, while it is done.
class Verbs {
 public:
  Verbs(const ControlTargets& targets, json parameters, const std::stop_token& stop)
      : targets_(targets), parameters_(std::move(parameters)), stop_(stop) {}

  Result<void, VerbError> ChooseKey() {
    chosen_ = TRY(control::ChooseKey(targets_, parameters_.Object()));
    return {};
  }

  VerbResult Touch() {
    const Duration expiry = TRY(TakeExpiry());
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().Touch(expiry, stop_));
  }
  VerbResult Decline() {
    const Duration expiry = TRY(TakeExpiry());
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().Decline(expiry, stop_));
  }
  VerbResult Finger() {
    return GiveOnce(TRY(GestureScript::Parse("finger " + TRY(parameters_.Take("name")))));
  }
  VerbResult WrongFinger() { return GiveOnce({.gesture = Gesture::kWrongFinger}); }
  VerbResult Hold() {
    const Duration hold = TRY(ParseDuration(TRY(parameters_.Take("for"))));
    return GiveOnce({.gesture = Gesture::kTouch, .hold = hold});
  }
  VerbResult Give() {
    return GiveOnce(TRY(GestureScript::Parse(TRY(parameters_.Take("gesture")))));
  }

  VerbResult SetGesture() {
    const std::string text = TRY(parameters_.Take("gesture"));
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().SetGesture(TRY(GestureScript::Parse(text))));
  }
  VerbResult Unplug() { return Plain(&KeyControl::Unplug); }
  VerbResult Plug() { return Plain(&KeyControl::Plug); }
  VerbResult PowerCycle() { return Plain(&KeyControl::PowerCycle); }
  VerbResult ClearFaults() { return Plain(&KeyControl::ClearFaults); }
  VerbResult RemoveAllCredentials() { return Plain(&KeyControl::RemoveAllCredentials); }
  VerbResult Advance() {
    const std::string text = TRY(parameters_.Take("by"));
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().Advance(TRY(ParseDuration(text))));
  }
  VerbResult SetFault() {
    const std::string fault = TRY(parameters_.Take("fault"));
    TRY(parameters_.ExpectNothingElse());
    TRY(Key().SetFault(fault));  // all that it refuses is a fault that there is not
    return Done();
  }

  VerbResult AddCredential() {
    const json credential = TRY(parameters_.TakeValue("credential"));
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().AddCredential(TRY(CredentialFrom(credential))));
  }
  VerbResult Credentials() {
    TRY(parameters_.ExpectNothingElse());
    json list = json::array();
    for (const PortableCredential& credential : TRY(ByKey(Key().Credentials()))) {
      list.push_back(ToJson(credential));
    }
    return json{{"ok", true}, {"credentials", std::move(list)}};
  }
  VerbResult RemoveCredential() {
    const std::string text = TRY(parameters_.Take("credentialId"));
    TRY(parameters_.ExpectNothingElse());
    const auto id = FromBase64Url(text);
    if (!id) return Fail("\"credentialId\" is no base64url: " + id.error().message);
    return Finish(Key().RemoveCredential({*id}));
  }
  VerbResult SetUserVerified() {
    const json verified = TRY(parameters_.TakeValue("isUserVerified"));
    TRY(parameters_.ExpectNothingElse());
    if (!verified.is_boolean()) return Fail("\"isUserVerified\" must be true or false");
    return Finish(Key().SetUserVerified(verified.get<bool>()));
  }

  VerbResult State() {
    TRY(parameters_.ExpectNothingElse());
    json state = ToJson(TRY(ByKey(Key().State())));
    state["events"] = targets_.events.Count();
    return json{{"ok", true}, {"state", std::move(state)}};
  }
  VerbResult Keys() {
    TRY(parameters_.ExpectNothingElse());
    json list = json::array();
    for (const ControlledKey& one : targets_.keys) {
      json state = ToJson(TRY(ByKey(one.key.State())));
      state["key"] = list.size() + 1;
      list.push_back(std::move(state));
    }
    return json{{"ok", true}, {"keys", std::move(list)}};
  }
  VerbResult AttestationRoot() {
    TRY(parameters_.ExpectNothingElse());
    if (chosen_->attestation_root.empty()) {
      return Err(
          VerbError(VerbError::Reason::kRefused, "this key's attestation has no root certificate"));
    }
    const auto root = TRY(ByKey(crypto::Certificate::FromDer(chosen_->attestation_root)));
    return json{{"ok", true}, {"pem", root.Pem()}};
  }

 private:
  KeyControl& Key() { return chosen_->key; }

  Result<Duration, Error> TakeExpiry() {
    return ParseDuration(TRY(parameters_.TakeOr("expiry", kDefaultExpiry)));
  }
  /// What the user does once, when the key asks.
  VerbResult GiveOnce(const GestureScript& script) {
    const Duration expiry = TRY(TakeExpiry());
    TRY(parameters_.ExpectNothingElse());
    return Finish(Key().Give(script, expiry, stop_));
  }
  VerbResult Plain(Result<void, Error> (KeyControl::*act)()) {
    TRY(parameters_.ExpectNothingElse());
    return Finish((Key().*act)());
  }
  static VerbResult Finish(Result<void, Error> result) {
    TRY(ByKey(std::move(result)));
    return Done();
  }

  const ControlTargets& targets_;
  Parameters parameters_;
  const std::stop_token& stop_;
  const ControlledKey* chosen_ = nullptr;
};

struct VerbEntry {
  std::string_view name;
  VerbResult (Verbs::*run)();
  enum { kChanges, kReads } effect = kChanges;
  enum { kOneKey, kAllKeys } scope = kOneKey;
};

constexpr std::array kVerbs = {
    VerbEntry{"touch", &Verbs::Touch},
    VerbEntry{"decline", &Verbs::Decline},
    VerbEntry{"finger", &Verbs::Finger},
    VerbEntry{"wrong-finger", &Verbs::WrongFinger},
    VerbEntry{"hold", &Verbs::Hold},
    VerbEntry{"give", &Verbs::Give},
    VerbEntry{"gesture", &Verbs::SetGesture},
    VerbEntry{"unplug", &Verbs::Unplug},
    VerbEntry{"plug", &Verbs::Plug},
    VerbEntry{"power-cycle", &Verbs::PowerCycle},
    VerbEntry{"advance", &Verbs::Advance},
    VerbEntry{"fault", &Verbs::SetFault},
    VerbEntry{"clear-faults", &Verbs::ClearFaults},
    VerbEntry{"state", &Verbs::State, VerbEntry::kReads},
    VerbEntry{"keys", &Verbs::Keys, VerbEntry::kReads, VerbEntry::kAllKeys},
    VerbEntry{"attestation-root", &Verbs::AttestationRoot, VerbEntry::kReads},
    VerbEntry{"add-credential", &Verbs::AddCredential},
    VerbEntry{"get-credentials", &Verbs::Credentials, VerbEntry::kReads},
    VerbEntry{"remove-credential", &Verbs::RemoveCredential},
    VerbEntry{"remove-all-credentials", &Verbs::RemoveAllCredentials},
    VerbEntry{"set-user-verified", &Verbs::SetUserVerified},
};

const VerbEntry* FindVerb(std::string_view name) {
  const auto* const found = std::ranges::find(kVerbs, name, &VerbEntry::name);
  return found == kVerbs.end() ? nullptr : found;
}

VerbError NoVerb(std::string_view verb) {
  std::string words = "\"" + std::string(verb) + "\" is no verb; use ";
  for (const VerbEntry& known : kVerbs) words += std::string(known.name) + ", ";
  words += std::string(kEventsVerb) + " or " + std::string(kJournalVerb);
  return {VerbError::Reason::kUnknownVerb, std::move(words)};
}

}  // namespace

Result<const ControlledKey*, VerbError> ChooseKey(const ControlTargets& targets, json& parameters) {
  const auto count = static_cast<std::int64_t>(targets.keys.size());
  const std::string range = "\"key\" must be a whole number from 1 to " + std::to_string(count);
  const auto named = parameters.find("key");
  if (named == parameters.end() && count > 1) {
    return Fail("there are " + std::to_string(count) + " keys, and " + range);
  }
  std::int64_t number = 1;
  if (named != parameters.end()) {
    if (!named->is_number_integer()) return Fail(range);
    number = named->get<std::int64_t>();
    parameters.erase(named);
  }
  if (number < 1 || number > count) return Fail(range);
  return &targets.keys[static_cast<std::size_t>(number - 1)];
}

Result<json, VerbError> RunVerb(const ControlTargets& targets, std::string_view verb,
                                json parameters, const std::stop_token& stop) {
  const VerbEntry* const entry = FindVerb(verb);
  if (!entry) return Err(NoVerb(verb));
  Verbs verbs(targets, std::move(parameters), stop);
  if (entry->scope == VerbEntry::kOneKey) TRY(verbs.ChooseKey());
  return (verbs.*entry->run)();
}

bool IsVerb(std::string_view name) { return FindVerb(name) != nullptr; }

bool OnlyReads(std::string_view verb) {
  const VerbEntry* const entry = FindVerb(verb);
  return entry && entry->effect == VerbEntry::kReads;
}

void WriteEvents(const EventLog& events, const std::stop_token& stop,
                 const std::function<bool(const std::string&)>& write) {
  std::uint64_t next = events.First();
  if (!write(TextOf({{"ok", true}, {"first", next}}))) return;
  while (const auto event = events.Wait(next, stop)) {
    if (!write(TextOf({{"event", ToJson(*event)}}))) return;
    ++next;
  }
  if (!stop.stop_requested()) {
    write(TextOf({{"error", "this reader fell too far behind; events were lost"}}));
  }
}

std::string TextOf(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace keyrig::control
