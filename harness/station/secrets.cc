#include "harness/station/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
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

void LearnMembers(const nlohmann::json& value, Secrets& secrets) {
  if (!value.is_structured()) return;
  for (const auto& item : value.items()) {
    // An error's `code` is none.
    if (item.value().is_string() && item.key() != "code" && IsSecretName(item.key())) {
      secrets.Learn(item.key(), item.value().get_ref<const std::string&>());
    }
    LearnMembers(item.value(), secrets);
  }
}

// Of the first bytes of `text`, which has as many.
std::size_t HashOfStart(std::string_view text) {
  std::uint32_t start;
  std::memcpy(&start, text.data(), sizeof start);
  constexpr std::uint32_t kMultiplier = 2654435761;  // Knuth's: 2^32 by the golden ratio
  return (start * kMultiplier) >> 20;                // 12 bits
}

}  // namespace

void Secrets::Learn(std::string_view name, std::string_view value) {
  if (value.size() < kShortest) return;
  if (std::ranges::find(known_, value, &Secret::value) != known_.end()) return;
  known_.push_back({std::string(name), std::string(value)});
  AddPattern(std::string(value), known_.size() - 1);
  if (std::string encoded = PercentEncode(value); encoded != value) {
    AddPattern(std::move(encoded), known_.size() - 1);
  }
}

void Secrets::AddPattern(std::string text, std::size_t secret) {
  starts_.set(HashOfStart(text));
  // A secret that holds another one must be found first.
  const auto place = std::ranges::find_if(
      patterns_, [&](const Pattern& known) { return known.text.size() < text.size(); });
  patterns_.insert(place, {std::move(text), secret});
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

const Secrets::Pattern* Secrets::PatternAt(std::string_view text) const {
  if (text.size() < kShortest || !starts_.test(HashOfStart(text))) return nullptr;
  const auto found = std::ranges::find_if(
      patterns_, [&](const Pattern& pattern) { return text.starts_with(pattern.text); });
  return found == patterns_.end() ? nullptr : &*found;
}

std::string Secrets::Conceal(std::string_view text, std::vector<bool>& found) const {
  std::string shown;
  shown.reserve(text.size());
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Pattern* pattern = PatternAt(text.substr(at));
    if (!pattern) {
      ++at;
      continue;
    }
    found[pattern->secret] = true;
    shown += text.substr(copied, at - copied);
    shown += fmt::format("[{}]", known_[pattern->secret].name);
    at += pattern->text.size();
    copied = at;
  }
  return shown += text.substr(copied);
}

std::vector<EventField> Secrets::Conceal(std::vector<EventField> fields) const {
  std::vector<bool> found(known_.size());
  for (EventField& field : fields) field.value = Conceal(field.value, found);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (found[i]) fields.push_back({known_[i].name, known_[i].value, /*secret=*/true});
  }
  return fields;
}

}  // namespace keyrig::station
