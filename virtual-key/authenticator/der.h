#pragma once

#include <initializer_list>

#include "harness/base/bytes.h"

/// The little DER (X.690) that the key writes by itself.
namespace keyrig::authenticator::der {

inline constexpr std::uint8_t kInteger = 0x02, kOctetString = 0x04, kEnumerated = 0x0A;
inline constexpr std::uint8_t kUtf8String = 0x0C, kSequence = 0x30, kSet = 0x31;

/// An EXPLICIT tag of the context, 0 to 30.
constexpr std::uint8_t Context(unsigned number) { return static_cast<std::uint8_t>(0xA0 | number); }

/// Tag, length and the parts one after the other; at most 65,535 bytes of them.
Bytes Element(std::uint8_t tag, std::initializer_list<ByteView> parts);
/// INTEGER or ENUMERATED of one byte below 128.
Bytes Small(std::uint8_t tag, std::uint8_t value);

}  // namespace keyrig::authenticator::der
