#include "virtual-key/control/http_dialects.h"

#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "harness/base/clock.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

/// A finger that stays until the key has had enough.
constexpr const char* kLongTouch = "1h";

HttpAnswer Completed() { return JsonAnswer(200, {{"ok", true}}); }

/// What is left after `prefix`.
bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// A number without a sign.
std::optional<std::size_t> TakeNumber(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::optional<HttpAnswer> HttpDialects::Handle(const HttpRequest& request,
                                               const std::stop_token& stop) {
  if (request.path == "/") {
    return request.method == "GET" ? Ports() : MethodAnswer("GET");
  }
  if (auto answer = HandleUsb(request, stop)) return answer;
  return HandleConformance(request, stop);
}

std::optional<HttpAnswer> HttpDialects::HandleUsb(const HttpRequest& request,
                                                  const std::stop_token& stop) {
  std::string_view rest = request.path;
  if (!TakePrefix(rest, "/usb")) return std::nullopt;
  const auto key = TakeNumber(rest);
  const bool is_touch = rest == "/touch/on" || rest == "/touch/off";
  const bool is_power = rest == "/power/on" || rest == "/power/off";
  if (!key || (!is_touch && !is_power)) return std::nullopt;
  if (*key < 1 || *key > targets_.keys.size()) {
    return ErrorAnswer(404, "there is no usb" + std::to_string(*key) + "; there are usb1 to usb" +
                                std::to_string(targets_.keys.size()));
  }
  if (request.method != "GET" && request.method != "POST") return MethodAnswer("GET, POST");
  const bool on = rest.ends_with("on");
  if (is_power) return Power(*key, on);
  return on ? TouchOn(*key, stop) : TouchOff(*key);
}

std::optional<HttpAnswer> HttpDialects::HandleConformance(const HttpRequest& request,
                                                          const std::stop_token& stop) {
  std::string_view act = request.path;
  if (!TakePrefix(act, "/conformance/")) return std::nullopt;
  if (act != "userpresence" && act != "powercycle" && act != "results") return std::nullopt;
  if (request.method != "POST") return MethodAnswer("POST");
  if (act == "results") return TakeResults(request);
  if (act == "powercycle") return AnswerOf(RunVerb(targets_, "power-cycle", json::object(), stop));
  return AnswerOf(RunVerb(targets_, "hold", {{"for", kLongTouch}}, stop));
}

HttpAnswer HttpDialects::Ports() {
  const auto listed = RunVerb(targets_, "keys", json::object(), {});
  if (!listed) return AnswerOf(listed);
  json ports = json::object();
  const std::lock_guard lock(mutex_);
  for (const json& key : listed->at("keys")) {
    const auto number = key.at("key").get<std::size_t>();
    ports["usb" + std::to_string(number)] = {
        {"power", key.at("plugged").get<bool>() ? "on" : "off"},
        {"touch", fingers_.contains(number) ? "on" : "off"},
        {"awaiting_touch", key.at("awaiting_touch")},
        {"device_node", key.at("device_node")}};
  }
  return JsonAnswer(200, ports);
}

HttpAnswer HttpDialects::TouchOn(std::size_t key, const std::stop_token& stop) {
  std::stop_source finger;
  {
    const std::lock_guard lock(mutex_);
    if (!fingers_.try_emplace(key, finger).second) {
      return ErrorAnswer(409, "a finger is on usb" + std::to_string(key) +
                                  " already; take it away with touch/off");
    }
  }
  HttpAnswer answer;
  {
    const std::stop_callback gone(stop, [&finger] { finger.request_stop(); });
    answer = AnswerOf(
        RunVerb(targets_, "hold", {{"key", key}, {"for", kLongTouch}}, finger.get_token()));
  }
  const std::lock_guard lock(mutex_);
  fingers_.erase(key);
  return answer;
}

HttpAnswer HttpDialects::TouchOff(std::size_t key) {
  std::optional<std::stop_source> finger;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = fingers_.find(key); found != fingers_.end()) finger = found->second;
  }
  if (finger) finger->request_stop();
  return Completed();
}

HttpAnswer HttpDialects::Power(std::size_t key, bool on) {
  const auto state = RunVerb(targets_, "state", {{"key", key}}, {});
  if (!state) return AnswerOf(state);
  if (state->at("state").at("plugged").get<bool>() == on) return Completed();
  return AnswerOf(RunVerb(targets_, on ? "plug" : "unplug", {{"key", key}}, {}));
}

HttpAnswer HttpDialects::TakeResults(const HttpRequest& request) {
  const json results = json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  if (!results.is_object()) {
    return ErrorAnswer(400, "the body must be a JSON object, as the conformance tool sends it");
  }
  Event event;
  event.source = "conformance";
  event.kind = "conformance.results";
  event.at = RealClock().Now();
  for (const auto& [name, member] : {std::pair{"all_tests_selected", "allTestsSelected"},
                                     {"passed", "passedTestsCount"},
                                     {"failed", "failedTestsCount"},
                                     {"failed_tests", "failedTests"}}) {
    if (results.contains(member)) event.fields.push_back({name, TextOf(results.at(member))});
  }
  targets_.events.Emit(std::move(event));
  return Completed();
}

}  // namespace keyrig::control
