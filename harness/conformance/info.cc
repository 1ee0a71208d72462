#include "harness/conformance/info.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/conformance/ctap.h"

namespace keyrig::conformance {
namespace {

bool Contains(const cbor::Value& list, const cbor::Value& wanted) {
  const cbor::Array* items = list.AsArray();
  return items != nullptr && std::ranges::find(*items, wanted) != items->end();
}

/// The number after a word: "alg -7".
std::optional<int> NumberAfter(std::string_view need, std::string_view word) {
  if (!need.starts_with(word)) return std::nullopt;
  need.remove_prefix(word.size());
  int number = 0;
  const auto [end, error] = std::from_chars(need.data(), need.data() + need.size(), number);
  if (error != std::errc() || end != need.data() + need.size()) return std::nullopt;
  return number;
}

}  // namespace

bool Info::Lists(int member, std::string_view text) const {
  return Contains(At(members_, member), std::string(text));
}

bool Info::HasProtocol(int number) const { return Contains(At(members_, 0x06), number); }

bool Info::HasConfigCommand(int number) const { return Contains(At(members_, 0x1F), number); }

bool Info::HasAlgorithm(int number) const {
  const std::vector<int> all = Algorithms();
  return std::ranges::find(all, number) != all.end();
}

std::vector<int> Info::Protocols() const {
  std::vector<int> numbers;
  const cbor::Array* list = At(members_, 0x06).AsArray();
  if (list == nullptr) return numbers;
  for (const cbor::Value& each : *list) {
    if (const auto number = each.AsInt()) numbers.push_back(static_cast<int>(*number));
  }
  return numbers;
}

std::vector<int> Info::Algorithms() const {
  std::vector<int> numbers;
  const cbor::Array* list = At(members_, 0x0A).AsArray();
  if (list == nullptr) return {-7};  // what every key had before the member was defined
  for (const cbor::Value& each : *list) {
    if (const auto number = At(each, "alg").AsInt()) numbers.push_back(static_cast<int>(*number));
  }
  return numbers;
}

std::optional<bool> Info::Option(std::string_view name) const {
  const bool* value = At(At(members_, 0x04), name).AsBool();
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::optional<std::uint64_t> Info::Number(int key) const { return At(members_, key).AsUnsigned(); }

bool Info::Meets(std::string_view need) const {
  constexpr std::string_view kExtension = "ext ";
  constexpr std::string_view kIs = "is ";
  if (need == "2.0") return !IsAtLeast21();
  if (need == "2.1") return IsAtLeast21();
  if (need == "2.3") return HasVersion("FIDO_2_3");
  if (need == "U2F_V2") return HasVersion(need);
  if (const auto number = NumberAfter(need, "protocol ")) {
    return HasProtocol(*number) && Option("clientPin").has_value();
  }
  if (const auto number = NumberAfter(need, "alg ")) return HasAlgorithm(*number);
  if (const auto number = NumberAfter(need, "config ")) return HasConfigCommand(*number);
  if (const auto number = NumberAfter(need, "member ")) return Member(*number) != nullptr;
  if (need.starts_with(kExtension)) return HasExtension(need.substr(kExtension.size()));
  if (need.starts_with(kIs)) return Is(need.substr(kIs.size()));
  return Option(need).has_value();
}

std::optional<std::string> Info::Lacks(std::string_view need) const {
  constexpr std::string_view kNo = "no ";
  if (need.starts_with(kNo)) {
    const std::string_view opposite = need.substr(kNo.size());
    if (!Meets(opposite)) return std::nullopt;
    return fmt::format("the key has \"{}\"", opposite);
  }
  if (Meets(need)) return std::nullopt;
  return fmt::format("the key's getInfo does not offer \"{}\"", need);
}

}  // namespace keyrig::conformance
