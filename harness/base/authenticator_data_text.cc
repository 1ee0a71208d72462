#include "harness/base/authenticator_data_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/base/cbor.h"
#include "harness/base/ids.h"

namespace keyrig::ctap {
namespace {

constexpr std::uint8_t kAttestedCredential = 0x40;
constexpr std::uint8_t kExtensions = 0x80;

std::string FlagNames(std::uint8_t flags) {
  constexpr std::pair<std::uint8_t, std::string_view> kNames[] = {{0x01, "UP"},
                                                                  {0x02, "RFU1"},
                                                                  {0x04, "UV"},
                                                                  {0x08, "BE"},
                                                                  {0x10, "BS"},
                                                                  {0x20, "RFU2"},
                                                                  {kAttestedCredential, "AT"},
                                                                  {kExtensions, "ED"}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((flags & bit) == 0) continue;
    if (!text.empty()) text += '|';
    text += name;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<MemberText> DescribeAuthenticatorData(ByteView bytes, std::size_t longest) {
  std::vector<MemberText> parts;
  const auto add = [&](std::string name, std::string value) {
    parts.push_back({.name = std::move(name), .value = std::move(value), .key = {}});
  };
  const auto hex = [&](ByteView part) { return HexText(part, longest); };
  if (bytes.size() < 37) {
    add("tooShort", hex(bytes));
    return parts;
  }
  const std::uint8_t flags = bytes[32];
  add("rpIdHash", hex(bytes.first(32)));
  add("flags", FlagNames(flags));
  add("signCount", std::to_string(ReadBigEndian32(bytes.subspan<33, 4>())));
  ByteView rest = bytes.subspan(37);

  if (flags & kAttestedCredential) {
    const std::size_t length =
        rest.size() < 18 ? rest.size() : ReadBigEndian16(rest.subspan<16, 2>());
    if (rest.size() < 18 + length) {
      add("truncated", hex(rest));
      return parts;
    }
    Aaguid aaguid;
    std::ranges::copy(rest.first(16), aaguid.bytes.begin());
    add("aaguid", aaguid.Text());
    add("credentialId", hex(rest.subspan(18, length)));
    rest = rest.subspan(18 + length);
  }
  for (const auto& [flag, name] : {std::pair(kAttestedCredential, "credentialPublicKey"),
                                   std::pair(kExtensions, "extensions")}) {
    if ((flags & flag) == 0) continue;
    const auto value = cbor::DecodePrefix(rest);
    if (!value) {
      add("unreadable", hex(rest));
      return parts;
    }
    add(name, ValueText(value->value, longest));
    rest = rest.subspan(value->size);
  }
  if (!rest.empty()) add("trailing", hex(rest));
  return parts;
}

std::string AuthenticatorDataText(ByteView bytes) {
  std::string text;
  for (const MemberText& part : DescribeAuthenticatorData(bytes)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.name, part.value);
  }
  return text;
}

}  // namespace keyrig::ctap
