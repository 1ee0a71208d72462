#include "harness/scenario/scenario.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/result.h"

namespace keyrig::scenario {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// "all users", or the names of groups.
std::string DescribeTargets(const std::vector<std::string>& targets) {
  std::string text;
  for (const std::string& target : targets) {
    if (!text.empty()) text += ", ";
    text += target == "all_users" ? "all users" : target;
  }
  return text;
}

/// What a user calls an application.
std::string ApplicationText(const std::string& at) { return at == "myapps" ? "My Apps" : at; }

std::string TransportText(const std::string& transport) {
  return transport == "nfc" ? "NFC" : "USB";
}

std::string DescribePolicy(const EnableSecurityKeys& step) {
  std::vector<std::string> parts;
  if (step.include) parts.push_back("for " + DescribeTargets(*step.include));
  if (step.exclude && !step.exclude->empty()) {
    parts.push_back("but not for " + DescribeTargets(*step.exclude));
  }
  if (step.enforce_attestation) {
    parts.emplace_back(*step.enforce_attestation ? "attestation enforced"
                                                 : "attestation not enforced");
  }
  if (step.allow_self_service) {
    parts.emplace_back(*step.allow_self_service ? "self-service allowed" : "no self-service");
  }
  if (step.key_restrictions) {
    const auto& keys = *step.key_restrictions;
    parts.push_back(keys.enforced
                        ? fmt::format("{} key models {}", keys.type == "allow" ? "only" : "without",
                                      fmt::join(keys.aaguids, ", "))
                        : "all key models");
  }
  return fmt::format("{} turns security keys {}{}{}", step.as.user_principal_name,
                     step.enabled ? "on" : "off", parts.empty() ? "" : " ", fmt::join(parts, ", "));
}

std::string DescribeGesture(Gesture gesture) {
  switch (gesture) {
    case Gesture::kTouch:
    case Gesture::kFinger:
    case Gesture::kManual:
      return "";
    case Gesture::kWrongFinger:
      return ", with a finger that the key does not know";
    case Gesture::kBadSample:
      return ", with a finger that the key cannot read";
    case Gesture::kDecline:
      return ", and declines at the key";
    case Gesture::kNever:
      return ", and does not touch the key";
  }
  return {};
}

std::string DescribeDuration(Duration duration) {
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (duration % minutes(1) == Duration{0}) {
    return fmt::format("{} min", std::chrono::duration_cast<minutes>(duration).count());
  }
  return fmt::format("{} s", std::chrono::duration_cast<seconds>(duration).count());
}

}  // namespace

std::string_view Name(const Action& action) {
  return std::visit(
      Overloaded{
          [](const EnableSecurityKeys&) { return std::string_view("enable_security_keys"); },
          [](const OpenSecurityInfo&) { return std::string_view("open_security_info"); },
          [](const RegisterKey&) { return std::string_view("register_key"); },
          [](const SignIn&) { return std::string_view("sign_in"); },
          [](const DeleteKeys&) { return std::string_view("delete_keys"); },
          [](const AdvanceClock&) { return std::string_view("advance_clock"); },
          [](const UnplugKey&) { return std::string_view("unplug_key"); },
          [](const PlugKey&) { return std::string_view("plug_key"); },
          [](const SetFault&) { return std::string_view("set_fault"); },
          [](const ClearFaults&) { return std::string_view("clear_faults"); },
      },
      action);
}

std::string Sentence(const Action& action) {
  return std::visit(
      Overloaded{
          [](const EnableSecurityKeys& step) { return DescribePolicy(step); },
          [](const OpenSecurityInfo& step) {
            return fmt::format("{} opens Security info to add a key, and leaves the page open",
                               step.as.user_principal_name);
          },
          [](const RegisterKey& step) {
            return fmt::format("{} registers a security key over {}{}, named {}{}",
                               step.as.user_principal_name, TransportText(step.transport),
                               step.on_open_page ? " on the page left open" : "", step.name,
                               DescribeGesture(step.gesture));
          },
          [](const SignIn& step) {
            return fmt::format("{} signs in to {} with the security key{}{}",
                               step.as.user_principal_name, ApplicationText(step.at),
                               step.by_user_name ? "" : ", without typing a name",
                               DescribeGesture(step.gesture));
          },
          [](const DeleteKeys& step) {
            return fmt::format("{} deletes all keys of {} at the service",
                               step.as.user_principal_name, step.of.user_principal_name);
          },
          [](const AdvanceClock& step) {
            return fmt::format("{} pass", DescribeDuration(step.by));
          },
          [](const UnplugKey&) { return std::string("the key is pulled out"); },
          [](const PlugKey&) { return std::string("the key is plugged in"); },
          [](const SetFault& step) {
            return fmt::format("the key begins to misbehave: {}", step.fault);
          },
          [](const ClearFaults&) { return std::string("the key behaves again"); },
      },
      action);
}

const std::string* PinOf(const Action& action) {
  if (const auto* step = std::get_if<RegisterKey>(&action)) return &step->pin;
  if (const auto* step = std::get_if<SignIn>(&action)) return &step->pin;
  return nullptr;
}

std::optional<Gesture> GestureOf(const Action& action) {
  if (const auto* step = std::get_if<RegisterKey>(&action)) return step->gesture;
  if (const auto* step = std::get_if<SignIn>(&action)) return step->gesture;
  return std::nullopt;
}

std::string OwnPin(const Scenario& scenario) {
  if (scenario.key.pin) return *scenario.key.pin;
  for (const Step& step : scenario.steps) {
    if (const auto* registration = std::get_if<RegisterKey>(&step.action)) {
      return registration->pin;
    }
  }
  return {};
}

Scenario WithPin(Scenario scenario, const std::string& pin) {
  const std::string own = OwnPin(scenario);
  for (Step& step : scenario.steps) {
    if (auto* registration = std::get_if<RegisterKey>(&step.action)) {
      if (registration->pin == own) registration->pin = pin;
    } else if (auto* sign_in = std::get_if<SignIn>(&step.action)) {
      if (sign_in->pin == own) sign_in->pin = pin;
    }
  }
  if (scenario.key.pin) scenario.key.pin = pin;
  return scenario;
}

}  // namespace keyrig::scenario
