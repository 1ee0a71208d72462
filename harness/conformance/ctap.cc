#include "harness/conformance/ctap.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/ctap_names.h"

namespace keyrig::conformance {
namespace {

const cbor::Value kNull;

}  // namespace

std::string Text(std::uint8_t status) {
  return fmt::format("{} (0x{:02x})", ctap::StatusName(status), status);
}

std::string Text(const Statuses& statuses) {
  std::string text;
  for (const std::uint8_t status : statuses) {
    if (!text.empty()) text += " or ";
    text += Text(status);
  }
  return text;
}

cbor::Map Without(cbor::Map map, const cbor::Value& key) {
  std::erase_if(map, [&](const auto& member) { return member.first == key; });
  return map;
}

cbor::Map With(cbor::Map map, const cbor::Value& key, cbor::Value value) {
  map = Without(std::move(map), key);
  map.emplace_back(key, std::move(value));
  return map;
}

const cbor::Value& At(const cbor::Value& map, std::int64_t key) {
  const cbor::Value* found = map.Find(key);
  return found == nullptr ? kNull : *found;
}

const cbor::Value& At(const cbor::Value& map, std::string_view key) {
  const cbor::Value* found = map.Find(key);
  return found == nullptr ? kNull : *found;
}

const cbor::Value& At(const cbor::Map& map, std::int64_t key) {
  for (const auto& [each, value] : map) {
    if (each.AsInt() == key) return value;
  }
  return kNull;
}

}  // namespace keyrig::conformance
