#include "harness/device/authenticator_data_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/base/cbor.h"
#include "harness/base/ids.h"

namespace keyrig::device {
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

std::string AuthenticatorDataText(ByteView bytes) {
  if (bytes.size() < 37) return fmt::format("too short: {}", ToHex(bytes));
  const std::uint8_t flags = bytes[32];
  std::string text = fmt::format("rpIdHash {}, flags {}, signCount {}", ToHex(bytes.first(32)),
                                 FlagNames(flags), ReadBigEndian32(bytes.subspan<33, 4>()));
  ByteView rest = bytes.subspan(37);

  if (flags & kAttestedCredential) {
    if (rest.size() < 18) return fmt::format("{}, truncated: {}", text, ToHex(rest));
    Aaguid aaguid;
    std::ranges::copy(rest.first(16), aaguid.bytes.begin());
    const std::size_t length = ReadBigEndian16(rest.subspan<16, 2>());
    rest = rest.subspan(18);
    if (rest.size() < length) return fmt::format("{}, truncated: {}", text, ToHex(rest));
    text += fmt::format(", aaguid {}, credentialId {}", aaguid.Text(), ToHex(rest.first(length)));
    rest = rest.subspan(length);
    const auto key = cbor::DecodePrefix(rest);
    if (!key) return fmt::format("{}, credentialPublicKey {}", text, ToHex(rest));
    text += ", credentialPublicKey " + cbor::Diagnose(key->value);
    rest = rest.subspan(key->size);
  }

  if (flags & kExtensions) {
    const auto extensions = cbor::DecodePrefix(rest);
    if (!extensions) return fmt::format("{}, extensions {}", text, ToHex(rest));
    text += ", extensions " + cbor::Diagnose(extensions->value);
    rest = rest.subspan(extensions->size);
  }

  if (!rest.empty()) text += fmt::format(", trailing {}", ToHex(rest));
  return text;
}

}  // namespace keyrig::device
