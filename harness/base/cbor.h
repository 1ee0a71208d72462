#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/base/bytes.h"

/// CTAP2 canonical CBOR (CTAP 2.1 §8): minimal integers and lengths, definite lengths, sorted map
/// keys without duplicates, no tags, no floats, at most four nested levels. What is decoded is
/// canonical, so Encode(Decode(bytes)) gives the same bytes back.
namespace keyrig::cbor {

class Value;
using Array = std::vector<Value>;
using Map = std::vector<std::pair<Value, Value>>;  // in canonical order once encoded or decoded

enum class Error {
  kTruncated,
  kTrailingBytes,
  kNotCanonical,  // order, duplicates, overlong, indefinite, tag, float, undefined
  kTooDeep,
  kInvalidUtf8,
  kReserved,  // additional information 28 to 30, unassigned simple values
};
std::string_view Name(Error error);

class Value {
 public:
  Value() : value_(nullptr) {}
  Value(bool value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  Value(int value) : Value(static_cast<std::int64_t>(value)) {}  // NOLINT
  Value(std::int64_t value);   // NOLINT(google-explicit-constructor)
  Value(std::uint64_t value);  // NOLINT(google-explicit-constructor)
  Value(std::uint32_t value) : Value(static_cast<std::uint64_t>(value)) {}  // NOLINT
  Value(Bytes value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Value(ByteView value) : value_(ToBytes(value)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string value) : value_(std::move(value)) {}    // NOLINT(google-explicit-constructor)
  Value(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(Array value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Value(Map value) : value_(std::move(value)) {}            // NOLINT(google-explicit-constructor)

  /// -1 - magnitude: the negative integers that no machine type holds, too.
  static Value MinusOneMinus(std::uint64_t magnitude);

  bool IsNull() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool IsInteger() const;
  /// Null pointers where the type is another.
  const bool* AsBool() const { return std::get_if<bool>(&value_); }
  const Bytes* AsBytes() const { return std::get_if<Bytes>(&value_); }
  const std::string* AsText() const { return std::get_if<std::string>(&value_); }
  const Array* AsArray() const { return std::get_if<Array>(&value_); }
  const Map* AsMap() const { return std::get_if<Map>(&value_); }
  /// The integer, where it fits.
  std::optional<std::int64_t> AsInt() const;
  std::optional<std::uint64_t> AsUnsigned() const;

  /// The member of a map under an integer or text key; null where absent or not a map.
  const Value* Find(std::int64_t key) const;
  const Value* Find(std::string_view key) const;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  friend Bytes Encode(const Value& value);
  friend class Encoder;
  friend std::string Diagnose(const Value& value);
  struct Negative {
    std::uint64_t minus_one_minus;  // the value is -1 - this
    friend bool operator==(const Negative&, const Negative&) = default;
  };
  std::variant<std::nullptr_t, bool, std::uint64_t, Negative, Bytes, std::string, Array, Map>
      value_;
};

/// Canonical bytes; map members may be given in any order, their keys must be distinct.
Bytes Encode(const Value& value);

/// Exactly one canonical item.
Result<Value, Error> Decode(ByteView bytes);

struct Prefix {
  Value value;
  std::size_t size;  // bytes that the item took
};
/// The first item of `bytes`, with whatever follows left alone.
Result<Prefix, Error> DecodePrefix(ByteView bytes);

/// RFC 8949 §8 diagnostic notation on one line: {1: h'00ff', "a": [true, null]}.
std::string Diagnose(const Value& value);

}  // namespace keyrig::cbor
