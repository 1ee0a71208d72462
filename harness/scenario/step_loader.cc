#include "harness/scenario/step_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/bytes.h"
#include "harness/base/nearest.h"
#include "harness/base/object_reader.h"
#include "harness/scenario/codes.h"

namespace keyrig::scenario {
namespace {

using strict_json::ErrorAt;
using strict_json::Mark;
using strict_json::Node;
using strict_json::ObjectReader;
using strict_json::Suggestion;

constexpr std::string_view kAdministrator = "admin";
const std::vector<std::string> kGestures = {"touch", "decline", "never"};
const std::vector<std::string> kTransports = {"usb", "nfc"};
const std::vector<std::string> kApplications = {"myapps"};
const std::vector<std::string> kRestrictionTypes = {"allow", "block"};
constexpr int kMostSeconds = 30 * 24 * 3600;

Result<void, Error> ReadText(const ObjectReader& reader, std::string_view name, std::string& into) {
  if (const Node* node = reader.Find(name)) into = TRY(reader.Text(*node));
  return {};
}

Result<void, Error> ReadBool(const ObjectReader& reader, std::string_view name,
                             std::optional<bool>& into) {
  if (const Node* node = reader.Find(name)) into = TRY(reader.Bool(*node));
  return {};
}

Result<void, Error> ReadGesture(const ObjectReader& reader, Gesture& into) {
  const Node* node = reader.Find("gesture");
  if (node == nullptr) return {};
  const std::string word = TRY(reader.Word(*node, kGestures));
  into = word == "touch"     ? Gesture::kTouch
         : word == "decline" ? Gesture::kDecline
                             : Gesture::kNever;
  return {};
}

/// A PIN as a user types it: 4 to 63 bytes (CTAP 2.1 §6.5.1).
Result<std::string, Error> ReadPin(const ObjectReader& reader) {
  const Node* node = TRY(reader.Require("pin"));
  std::string pin = TRY(reader.Text(*node));
  if (CodePoints(pin) < 4 || pin.size() > 63) {
    return reader.Refuse(*node, "a PIN has 4 characters or more, and 63 bytes at most");
  }
  return pin;
}

Result<station::Account, Error> ReadAccount(const ObjectReader& reader, std::string_view name) {
  const Node* node = TRY(reader.Require(name));
  return station::Account{TRY(reader.Text(*node)), {}};
}

Result<station::Outcome, Error> ReadExpectation(std::string_view file, const Node& node) {
  std::vector<std::string> kinds;
  for (const RefusalKind& kind : RefusalKinds()) kinds.emplace_back(kind.name);
  const ObjectReader whole = TRY(
      ObjectReader::Open(file, node, {"ctap", "aadsts", "security_info", "graph", "not_offered"}));
  const RefusalKind* found = nullptr;
  for (const RefusalKind& kind : RefusalKinds()) {
    if (whole.Find(kind.name) == nullptr) continue;
    if (found != nullptr) {
      return whole.Refuse(node, fmt::format("a step ends in one way; both \"{}\" and \"{}\" stand "
                                            "here",
                                            found->name, kind.name));
    }
    found = &kind;
  }
  if (found == nullptr) {
    return whole.Refuse(node, "expected one member; " + Suggestion("", kinds));
  }
  const Node& value = *whole.Find(found->name);
  std::string code;
  if (found->is_number) {
    code = std::to_string(TRY(whole.Number(value, 1, 35)));
  } else {
    code = TRY(whole.Text(value));
    const std::vector<std::string>& codes = KnownCodes(found->kind);
    if (std::ranges::find(codes, code) == codes.end()) {
      return whole.Refuse(
          value, fmt::format("\"{}\" is not {}; {}", code, found->what, Suggestion(code, codes)));
    }
  }
  return station::Outcome{found->kind, std::move(code), {}};
}

Result<Action, Error> LoadEnableSecurityKeys(std::string_view file, const Node& node) {
  const ObjectReader reader =
      TRY(ObjectReader::Open(file, node,
                             {"as", "enabled", "include", "exclude", "enforce_attestation",
                              "allow_self_service", "key_restrictions", "expect"}));
  EnableSecurityKeys step;
  step.as = TRY(ReadAccount(reader, "as"));
  if (const Node* enabled = reader.Find("enabled")) step.enabled = TRY(reader.Bool(*enabled));
  if (const Node* include = reader.Find("include")) step.include = TRY(reader.Texts(*include));
  if (const Node* exclude = reader.Find("exclude")) step.exclude = TRY(reader.Texts(*exclude));
  TRY(ReadBool(reader, "enforce_attestation", step.enforce_attestation));
  TRY(ReadBool(reader, "allow_self_service", step.allow_self_service));
  if (const Node* restrictions = reader.Find("key_restrictions")) {
    const ObjectReader inner =
        TRY(ObjectReader::Open(file, *restrictions, {"enforced", "type", "aaguids"}));
    EnableSecurityKeys::KeyRestrictions keys;
    if (const Node* enforced = inner.Find("enforced")) keys.enforced = TRY(inner.Bool(*enforced));
    keys.type = TRY(inner.Word(*TRY(inner.Require("type")), kRestrictionTypes));
    const Node* aaguids = TRY(inner.Require("aaguids"));
    keys.aaguids = TRY(inner.Texts(*aaguids));
    for (const Node& each : aaguids->items) TRY(inner.ReadAaguid(each));
    step.key_restrictions = std::move(keys);
  }
  return step;
}

Result<Action, Error> LoadOpenSecurityInfo(std::string_view file, const Node& node) {
  const ObjectReader reader =
      TRY(ObjectReader::Open(file, node, {"as", "administrator", "expect"}));
  OpenSecurityInfo step;
  step.as = TRY(ReadAccount(reader, "as"));
  step.administrator.user_principal_name = kAdministrator;
  TRY(ReadText(reader, "administrator", step.administrator.user_principal_name));
  return step;
}

Result<Action, Error> LoadRegisterKey(std::string_view file, const Node& node) {
  const ObjectReader reader = TRY(ObjectReader::Open(
      file, node,
      {"as", "administrator", "pin", "gesture", "transport", "name", "on_open_page", "expect"}));
  RegisterKey step;
  step.as = TRY(ReadAccount(reader, "as"));
  step.administrator.user_principal_name = kAdministrator;
  TRY(ReadText(reader, "administrator", step.administrator.user_principal_name));
  step.pin = TRY(ReadPin(reader));
  TRY(ReadGesture(reader, step.gesture));
  if (const Node* transport = reader.Find("transport")) {
    step.transport = TRY(reader.Word(*transport, kTransports));
  }
  step.name = TRY(reader.Text(*TRY(reader.Require("name"))));
  if (const Node* on = reader.Find("on_open_page")) step.on_open_page = TRY(reader.Bool(*on));
  return step;
}

Result<Action, Error> LoadSignIn(std::string_view file, const Node& node) {
  const ObjectReader reader =
      TRY(ObjectReader::Open(file, node, {"as", "at", "pin", "gesture", "by_user_name", "expect"}));
  SignIn step;
  step.as = TRY(ReadAccount(reader, "as"));
  if (const Node* at = reader.Find("at")) step.at = TRY(reader.Word(*at, kApplications));
  step.pin = TRY(ReadPin(reader));
  TRY(ReadGesture(reader, step.gesture));
  if (const Node* by = reader.Find("by_user_name")) step.by_user_name = TRY(reader.Bool(*by));
  return step;
}

Result<Action, Error> LoadDeleteKeys(std::string_view file, const Node& node) {
  const ObjectReader reader = TRY(ObjectReader::Open(file, node, {"as", "of", "expect"}));
  DeleteKeys step;
  step.as = TRY(ReadAccount(reader, "as"));
  step.of = TRY(ReadAccount(reader, "of"));
  return step;
}

Result<Action, Error> LoadAdvanceClock(std::string_view file, const Node& node) {
  const ObjectReader reader = TRY(ObjectReader::Open(file, node, {"seconds"}));
  const int seconds = TRY(reader.Number(*TRY(reader.Require("seconds")), 1, kMostSeconds));
  return AdvanceClock{std::chrono::seconds(seconds)};
}

/// What faults there are is for the catalogue of scenarios to know, which knows the virtual key.
Result<Action, Error> LoadSetFault(std::string_view file, const Node& node) {
  const ObjectReader reader = TRY(ObjectReader::Open(file, node, {"fault"}));
  return SetFault{TRY(reader.Text(*TRY(reader.Require("fault"))))};
}

template <typename Plain>
Result<Action, Error> LoadPlain(std::string_view file, const Node& node) {
  TRY(ObjectReader::Open(file, node, {}));
  return Plain{};
}

struct StepKind {
  std::string_view name;
  Result<Action, Error> (*load)(std::string_view file, const Node& node);
};

constexpr std::array kSteps = {
    StepKind{"enable_security_keys", LoadEnableSecurityKeys},
    StepKind{"open_security_info", LoadOpenSecurityInfo},
    StepKind{"register_key", LoadRegisterKey},
    StepKind{"sign_in", LoadSignIn},
    StepKind{"delete_keys", LoadDeleteKeys},
    StepKind{"advance_clock", LoadAdvanceClock},
    StepKind{"unplug_key", LoadPlain<UnplugKey>},
    StepKind{"plug_key", LoadPlain<PlugKey>},
    StepKind{"set_fault", LoadSetFault},
    StepKind{"clear_faults", LoadPlain<ClearFaults>},
};

}  // namespace

Result<Step, Error> LoadStep(std::string_view file, const Node& node) {
  std::vector<std::string> names;
  for (const StepKind& kind : kSteps) names.emplace_back(kind.name);
  const auto refuse = [&](Mark mark, const std::string& message) {
    return Err(ErrorAt(file, mark, node.path, message));
  };
  if (node.kind != Node::Kind::kObject) {
    return refuse(node.mark, fmt::format("expected a step, an object with one member; {}",
                                         Suggestion("", names)));
  }
  const Node::Member* member = nullptr;
  for (const Node::Member& each : node.members) {
    if (each.name == "$comment") continue;
    if (member != nullptr) {
      return refuse(each.mark, fmt::format("a step has one member; \"{}\" is the second, give it "
                                           "braces of its own",
                                           each.name));
    }
    member = &each;
  }
  if (member == nullptr) {
    return refuse(node.mark, fmt::format("a step has one member; {}", Suggestion("", names)));
  }
  const auto kind = std::ranges::find(kSteps, std::string_view(member->name), &StepKind::name);
  if (kind == kSteps.end()) {
    return refuse(member->mark, fmt::format("unknown step \"{}\"; {}", member->name,
                                            Suggestion(member->name, names)));
  }
  Step step;
  step.action = TRY(kind->load(file, member->value));
  if (const Node* expect = member->value.Find("expect")) {
    if (expect->kind == Node::Kind::kText) {
      if (expect->text != "granted") {
        return Err(ErrorAt(file, expect->mark, expect->path,
                           fmt::format("\"{}\" is no outcome; expected \"granted\" or an object "
                                       "such as {{\"ctap\": \"PIN_INVALID\"}}",
                                       expect->text)));
      }
    } else {
      step.expect = TRY(ReadExpectation(file, *expect));
    }
  }
  return step;
}

}  // namespace keyrig::scenario
