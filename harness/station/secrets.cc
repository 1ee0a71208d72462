#include "harness/station/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace keyrig::station {
namespace {

constexpr std::size_t kShortest = 6;

// The names under which the service is given secrets, or gives them (form fields, query parameters,
// JSON members).
constexpr auto kSecretNames = std::to_array<std::string_view>({
    "passwd",
    "accesspass",
    "temporaryAccessPass",
    "code",
    "code_verifier",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "sessionCtxV2",
    "sessionCtx",
    "password",
});

bool IsSecretName(std::string_view name) {
  return std::ranges::find(kSecretNames, name) != kSecretNames.end();
}

void LearnMembers(const nlohmann::json& json, Secrets& secrets) {
  if (!json.is_structured()) return;
  for (const auto& item : json.items()) {
    // An error's `code` is none.
    if (item.value().is_string() && item.key() != "code" && IsSecretName(item.key())) {
      secrets.Learn(item.key(), item.value().get_ref<const std::string&>());
    }
    LearnMembers(item.value(), secrets);
  }
}

bool ReplaceAll(std::string& text, std::string_view what, std::string_view by) {
  bool found = false;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
    found = true;
  }
  return found;
}

}  // namespace

void Secrets::Learn(std::string_view name, std::string_view value) {
  if (value.size() < kShortest) return;
  if (std::ranges::find(known_, value, &Secret::value) != known_.end()) return;
  Secret secret{std::string(name), std::string(value), PercentEncode(value)};
  // A secret that holds another one must be replaced first.
  const auto place = std::ranges::find_if(
      known_, [&](const Secret& known) { return known.value.size() < value.size(); });
  known_.insert(place, std::move(secret));
}

void Secrets::LearnFields(const Fields& fields) {
  for (const auto& [name, value] : fields) {
    if (IsSecretName(name)) Learn(name, value);
  }
}

void Secrets::LearnJson(std::string_view json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_discarded()) LearnMembers(parsed, *this);
}

void Secrets::LearnCookie(std::string_view set_cookie) {
  const std::string_view pair = set_cookie.substr(0, set_cookie.find(';'));
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return;
  Learn(fmt::format("cookie {}", pair.substr(0, equals)), pair.substr(equals + 1));
}

std::vector<EventField> Secrets::Conceal(std::vector<EventField> fields) const {
  std::vector<EventField> found;
  for (const Secret& secret : known_) {
    const std::string mark = fmt::format("[{}]", secret.name);
    bool present = false;
    for (EventField& field : fields) {
      present |= ReplaceAll(field.value, secret.value, mark);
      if (secret.encoded != secret.value) present |= ReplaceAll(field.value, secret.encoded, mark);
    }
    if (present) found.push_back({secret.name, secret.value, /*secret=*/true});
  }
  fields.insert(fields.end(), found.begin(), found.end());
  return fields;
}

}  // namespace keyrig::station
