#include "harness/base/cbor.h"

#include <cbor.h>

#include <algorithm>
#include <limits>

namespace keyrig::cbor {
namespace {

constexpr int kMaxDepth = 4;  // CTAP 2.1 §8: the outer map is the first level

/// CTAP 2.1 §8: lower major type first, then the shorter key, then byte by byte.
bool KeyLess(ByteView a, ByteView b) {
  if ((a[0] >> 5) != (b[0] >> 5)) return (a[0] >> 5) < (b[0] >> 5);
  if (a.size() != b.size()) return a.size() < b.size();
  return std::ranges::lexicographical_compare(a, b);
}

/// Bytes that the shortest head for `argument` takes.
std::size_t HeadSize(std::uint64_t argument) {
  if (argument < 24) return 1;
  if (argument <= 0xFF) return 2;
  if (argument <= 0xFFFF) return 3;
  if (argument <= 0xFFFFFFFF) return 5;
  return 9;
}

/// What libcbor's streaming decoder found at one position.
struct Item {
  enum class Kind {
    kNone,
    kUnsigned,
    kNegative,
    kBytes,
    kText,
    kArray,
    kMap,
    kBool,
    kNull,
    kOther
  };
  Kind kind = Kind::kNone;
  std::uint64_t argument = 0;
  ByteView data;
};

template <Item::Kind kind, typename Number>
void OnNumber(void* context, Number number) {
  auto* item = static_cast<Item*>(context);
  item->kind = kind;
  item->argument = number;
}

template <Item::Kind kind, typename Length>
void OnString(void* context, cbor_data data, Length length) {
  auto* item = static_cast<Item*>(context);
  item->kind = kind;
  item->argument = length;
  item->data = {data, static_cast<std::size_t>(length)};
}

template <Item::Kind kind>
void OnMark(void* context) {
  static_cast<Item*>(context)->kind = kind;
}

template <typename Number>
void OnOther(void* context, Number) {
  static_cast<Item*>(context)->kind = Item::Kind::kOther;
}

cbor_callbacks Callbacks() {
  using Kind = Item::Kind;
  cbor_callbacks callbacks{};
  callbacks.uint8 = &OnNumber<Kind::kUnsigned>;
  callbacks.uint16 = &OnNumber<Kind::kUnsigned>;
  callbacks.uint32 = &OnNumber<Kind::kUnsigned>;
  callbacks.uint64 = &OnNumber<Kind::kUnsigned>;
  callbacks.negint8 = &OnNumber<Kind::kNegative>;
  callbacks.negint16 = &OnNumber<Kind::kNegative>;
  callbacks.negint32 = &OnNumber<Kind::kNegative>;
  callbacks.negint64 = &OnNumber<Kind::kNegative>;
  callbacks.byte_string_start = &OnMark<Kind::kOther>;
  callbacks.byte_string = &OnString<Kind::kBytes>;
  callbacks.string_start = &OnMark<Kind::kOther>;
  callbacks.string = &OnString<Kind::kText>;
  callbacks.indef_array_start = &OnMark<Kind::kOther>;
  callbacks.array_start = &OnNumber<Kind::kArray>;
  callbacks.indef_map_start = &OnMark<Kind::kOther>;
  callbacks.map_start = &OnNumber<Kind::kMap>;
  callbacks.tag = &OnOther;
  callbacks.float2 = &OnOther;
  callbacks.float4 = &OnOther;
  callbacks.float8 = &OnOther;
  callbacks.undefined = &OnMark<Kind::kOther>;
  callbacks.null = &OnMark<Kind::kNull>;
  callbacks.boolean = &OnNumber<Kind::kBool>;
  callbacks.indef_break = &OnMark<Kind::kOther>;
  return callbacks;
}

class Decoder {
 public:
  explicit Decoder(ByteView bytes) : bytes_(bytes) {}

  std::size_t Position() const { return position_; }

  Result<Value, Error> Read(int depth) {
    using Kind = Item::Kind;
    static const cbor_callbacks callbacks = Callbacks();
    Item item;
    const std::size_t left = bytes_.size() - position_;
    const auto result = cbor_stream_decode(bytes_.data() + position_, left, &callbacks, &item);
    if (result.status == CBOR_DECODER_NEDATA) return Err(Error::kTruncated);
    if (result.status != CBOR_DECODER_FINISHED) return Err(Error::kReserved);
    position_ += result.read;
    const bool minimal = result.read - item.data.size() == HeadSize(item.argument);
    switch (item.kind) {
      case Kind::kUnsigned:
        if (!minimal) return Err(Error::kNotCanonical);
        return Value(item.argument);
      case Kind::kNegative:
        if (!minimal) return Err(Error::kNotCanonical);
        return Value::MinusOneMinus(item.argument);
      case Kind::kBytes:
        if (!minimal) return Err(Error::kNotCanonical);
        return Value(item.data);
      case Kind::kText:
        if (!minimal) return Err(Error::kNotCanonical);
        if (!IsUtf8(item.data)) return Err(Error::kInvalidUtf8);
        return Value(std::string(AsText(item.data)));
      case Kind::kArray:
        if (!minimal) return Err(Error::kNotCanonical);
        return ReadArray(item.argument, depth + 1);
      case Kind::kMap:
        if (!minimal) return Err(Error::kNotCanonical);
        return ReadMap(item.argument, depth + 1);
      case Kind::kBool:
        return Value(item.argument != 0);
      case Kind::kNull:
        return Value();
      case Kind::kNone:
      case Kind::kOther:
        break;
    }
    return Err(Error::kNotCanonical);
  }

 private:
  Result<Value, Error> ReadArray(std::uint64_t count, int depth) {
    if (depth > kMaxDepth) return Err(Error::kTooDeep);
    Array array;
    for (std::uint64_t i = 0; i < count; ++i) array.push_back(TRY(Read(depth)));
    return Value(std::move(array));
  }

  Result<Value, Error> ReadMap(std::uint64_t count, int depth) {
    if (depth > kMaxDepth) return Err(Error::kTooDeep);
    Map map;
    ByteView previous;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t start = position_;
      Value key = TRY(Read(depth));
      const ByteView encoded = bytes_.subspan(start, position_ - start);
      if (!previous.empty() && !KeyLess(previous, encoded)) return Err(Error::kNotCanonical);
      previous = encoded;
      map.emplace_back(std::move(key), TRY(Read(depth)));
    }
    return Value(std::move(map));
  }

  ByteView bytes_;
  std::size_t position_ = 0;
};

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += "\\u00" + ToHex(ByteArray<1>{static_cast<std::uint8_t>(c)});
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

class Encoder {
 public:
  explicit Encoder(Bytes& out) : out_(out) {}

  void Write(const Value& value) {
    std::visit([this](const auto& held) { WriteHeld(held); }, value.value_);
  }

 private:
  template <typename Encode, typename... Argument>
  void WriteHead(Encode encode, Argument... argument) {
    ByteArray<9> head;
    const std::size_t size = encode(argument..., head.data(), head.size());
    Append(out_, ByteView(head).first(size));
  }

  void WriteHeld(std::nullptr_t) { WriteHead(cbor_encode_null); }
  void WriteHeld(bool held) { WriteHead(cbor_encode_bool, held); }
  void WriteHeld(std::uint64_t held) { WriteHead(cbor_encode_uint, held); }
  void WriteHeld(const Value::Negative& held) {
    WriteHead(cbor_encode_negint, held.minus_one_minus);
  }
  void WriteHeld(const Bytes& held) {
    WriteHead(cbor_encode_bytestring_start, held.size());
    Append(out_, held);
  }
  void WriteHeld(const std::string& held) {
    WriteHead(cbor_encode_string_start, held.size());
    Append(out_, ViewOf(held));
  }
  void WriteHeld(const Array& held) {
    WriteHead(cbor_encode_array_start, held.size());
    for (const Value& element : held) Write(element);
  }
  void WriteHeld(const Map& held) {
    WriteHead(cbor_encode_map_start, held.size());
    std::vector<std::pair<Bytes, const Value*>> members;
    members.reserve(held.size());
    for (const auto& [key, value] : held) members.emplace_back(Encode(key), &value);
    std::ranges::sort(members, KeyLess,
                      [](const auto& member) -> ByteView { return member.first; });
    for (const auto& [key, value] : members) {
      Append(out_, key);
      Write(*value);
    }
  }

  Bytes& out_;
};

std::string_view Name(Error error) {
  switch (error) {
    case Error::kTruncated:
      return "truncated";
    case Error::kTrailingBytes:
      return "bytes after the item";
    case Error::kNotCanonical:
      return "not canonical";
    case Error::kTooDeep:
      return "nested more than four levels deep";
    case Error::kInvalidUtf8:
      return "text that is not UTF-8";
    case Error::kReserved:
      return "a reserved encoding";
  }
  return {};
}

Value::Value(std::int64_t value) {
  if (value >= 0) {
    value_ = static_cast<std::uint64_t>(value);
  } else {
    value_ = Negative{static_cast<std::uint64_t>(-1 - value)};
  }
}

Value::Value(std::uint64_t value) : value_(value) {}

Value Value::MinusOneMinus(std::uint64_t magnitude) {
  Value value;
  value.value_ = Negative{magnitude};
  return value;
}

bool Value::IsInteger() const {
  return std::holds_alternative<std::uint64_t>(value_) || std::holds_alternative<Negative>(value_);
}

std::optional<std::int64_t> Value::AsInt() const {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (const auto* positive = std::get_if<std::uint64_t>(&value_); positive && *positive <= kMax) {
    return static_cast<std::int64_t>(*positive);
  }
  if (const auto* negative = std::get_if<Negative>(&value_);
      negative && negative->minus_one_minus <= kMax) {
    return -1 - static_cast<std::int64_t>(negative->minus_one_minus);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Value::AsUnsigned() const {
  if (const auto* positive = std::get_if<std::uint64_t>(&value_)) return *positive;
  return std::nullopt;
}

const Value* Value::Find(std::int64_t key) const {
  const Map* map = AsMap();
  if (map == nullptr) return nullptr;
  for (const auto& [candidate, value] : *map) {
    if (candidate.AsInt() == key) return &value;
  }
  return nullptr;
}

const Value* Value::Find(std::string_view key) const {
  const Map* map = AsMap();
  if (map == nullptr) return nullptr;
  for (const auto& [candidate, value] : *map) {
    if (const std::string* text = candidate.AsText(); text && *text == key) return &value;
  }
  return nullptr;
}

Bytes Encode(const Value& value) {
  Bytes bytes;
  Encoder(bytes).Write(value);
  return bytes;
}

Result<Value, Error> Decode(ByteView bytes) {
  Prefix prefix = TRY(DecodePrefix(bytes));
  if (prefix.size != bytes.size()) return Err(Error::kTrailingBytes);
  return std::move(prefix.value);
}

Result<Prefix, Error> DecodePrefix(ByteView bytes) {
  Decoder decoder(bytes);
  Value value = TRY(decoder.Read(0));
  return Prefix{std::move(value), decoder.Position()};
}

std::string Diagnose(const Value& value) {
  if (value.IsNull()) return "null";
  if (const bool* held = value.AsBool()) return *held ? "true" : "false";
  if (const auto held = value.AsUnsigned()) return std::to_string(*held);
  if (const auto held = value.AsInt()) return std::to_string(*held);
  if (const auto* held = std::get_if<Value::Negative>(&value.value_)) {
    // -1 - n for n above 2^63: n + 1 still fits but for the largest, 2^64 - 1.
    const std::uint64_t n = held->minus_one_minus;
    constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
    return n == kLargest ? "-18446744073709551616" : "-" + std::to_string(n + 1);
  }
  if (const Bytes* held = value.AsBytes()) return "h'" + ToHex(*held) + "'";
  if (const std::string* held = value.AsText()) return Quoted(*held);
  std::string text;
  if (const Array* held = value.AsArray()) {
    for (const Value& element : *held) text += (text.empty() ? "" : ", ") + Diagnose(element);
    return "[" + text + "]";
  }
  for (const auto& [key, member] : *value.AsMap()) {
    text += (text.empty() ? "" : ", ") + Diagnose(key) + ": " + Diagnose(member);
  }
  return "{" + text + "}";
}

}  // namespace keyrig::cbor
