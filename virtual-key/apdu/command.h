#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "harness/base/bytes.h"
#include "harness/base/result.h"
#include "virtual-key/apdu/apdu.h"

namespace keyrig::apdu {

/// One command APDU (ISO 7816-4 §5.1).
struct Command {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;
  std::optional<std::size_t> le;  // bytes that the client will take, 1 to 65,536
  bool is_extended = false;       // the lengths have two bytes each

  bool IsLink() const { return (cla & kChainingBit) != 0; }
  /// Without the bit of chaining.
  std::uint8_t Class() const { return static_cast<std::uint8_t>(cla & ~kChainingBit); }
  bool Is(Instruction instruction) const { return ins == static_cast<std::uint8_t>(instruction); }

  /// The seven forms of ISO 7816-4, and an extended Lc of zero with a Le, as libfido2 writes it.
  /// The error is kWrongLength.
  static Result<Command, StatusWord> Parse(ByteView apdu);
  /// The extended form, with a Le of 65,536: a U2F raw message as it goes over every transport.
  Bytes Extended() const;
};

/// A response APDU.
Bytes Response(ByteView data, StatusWord status);

}  // namespace keyrig::apdu
