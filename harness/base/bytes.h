#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace keyrig {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

/// The bytes of a text, and the text of bytes (no conversion, no terminator).
Bytes ToBytes(std::string_view text);
ByteView ViewOf(std::string_view text);
std::string_view AsText(ByteView bytes);

inline Bytes ToBytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

void Append(Bytes& to, ByteView bytes);
Bytes Concat(std::initializer_list<ByteView> parts);
bool Equal(ByteView a, ByteView b);

/// Lower-case hex without separators.
std::string ToHex(ByteView bytes);
/// Accepts either case; an odd length or a foreign character is an error that names the position.
Result<Bytes, Error> FromHex(std::string_view hex);

/// RFC 4648 §5 without padding, and §4 with padding.
std::string ToBase64Url(ByteView bytes);
std::string ToBase64(ByteView bytes);
/// Strict: the alphabet, the padding rule and zero trailing bits are all checked.
Result<Bytes, Error> FromBase64Url(std::string_view text);
Result<Bytes, Error> FromBase64(std::string_view text);

/// Big-endian integers, as every FIDO structure has them.
Bytes BigEndian16(std::uint16_t value);
Bytes BigEndian32(std::uint32_t value);
std::uint16_t ReadBigEndian16(std::span<const std::uint8_t, 2> bytes);
std::uint32_t ReadBigEndian32(std::span<const std::uint8_t, 4> bytes);

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(ByteView bytes);
/// Unicode code points of well-formed UTF-8.
std::size_t CodePoints(std::string_view utf8);

}  // namespace keyrig
