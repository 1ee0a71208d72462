#include "harness/base/bytes.h"

#include <algorithm>

namespace keyrig {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Alphabet { kStandard, kUrl };

constexpr std::string_view kStandardDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string EncodeBase64(ByteView bytes, std::string_view digits, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    count += 8;
    while (count >= 6) {
      count -= 6;
      text += digits[bits >> count & 0x3F];
    }
  }
  if (count > 0) text += digits[bits << (6 - count) & 0x3F];
  while (padded && text.size() % 4 != 0) text += '=';
  return text;
}

std::array<std::int8_t, 256> Inverse(std::string_view digits) {
  std::array<std::int8_t, 256> inverse;
  inverse.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    inverse[static_cast<std::uint8_t>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return inverse;
}

Result<Bytes, Error> DecodeBase64(std::string_view text, Alphabet alphabet) {
  static const auto standard = Inverse(kStandardDigits);
  static const auto url = Inverse(kUrlDigits);
  const auto& inverse = alphabet == Alphabet::kStandard ? standard : url;
  if (alphabet == Alphabet::kStandard) {
    if (text.size() % 4 != 0) return Fail("base64 must be padded to a multiple of 4 characters");
    if (text.ends_with("==")) {
      text.remove_suffix(2);
    } else if (text.ends_with('=')) {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1) return Fail("base64 cannot have a single character left over");
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::int8_t digit = inverse[static_cast<std::uint8_t>(text[i])];
    if (digit < 0) return Fail("not a base64 character at position " + std::to_string(i));
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return Fail("base64 ends in bits that are not zero");
  return bytes;
}

}  // namespace

Bytes ToBytes(std::string_view text) { return {text.begin(), text.end()}; }

ByteView ViewOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void Append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Bytes Concat(std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  Bytes all;
  all.reserve(size);
  for (const ByteView part : parts) Append(all, part);
  return all;
}

bool Equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

std::string ToHex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0xF];
  }
  return text;
}

Result<Bytes, Error> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return Fail("hex needs an even number of digits");
  Bytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) {
      return Fail("not a hex digit at position " + std::to_string(high < 0 ? i : i + 1));
    }
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string ToBase64Url(ByteView bytes) { return EncodeBase64(bytes, kUrlDigits, false); }
std::string ToBase64(ByteView bytes) { return EncodeBase64(bytes, kStandardDigits, true); }
Result<Bytes, Error> FromBase64Url(std::string_view text) {
  return DecodeBase64(text, Alphabet::kUrl);
}
Result<Bytes, Error> FromBase64(std::string_view text) {
  return DecodeBase64(text, Alphabet::kStandard);
}

Bytes BigEndian16(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

Bytes BigEndian32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

std::uint16_t ReadBigEndian16(std::span<const std::uint8_t, 2> bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

std::uint32_t ReadBigEndian32(std::span<const std::uint8_t, 4> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

bool IsUtf8(ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::uint8_t lead = bytes[i];
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > bytes.size()) return false;
    std::uint32_t point = lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return false;
      point = point << 6 | (bytes[i + k] & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return false;
    i += length;
  }
  return true;
}

std::size_t CodePoints(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace keyrig
