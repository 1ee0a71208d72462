#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "virtual-key/authenticator/status.h"

/// Reading of a request's members into typed fields. The fields are views into the decoded map,
/// which outlives them.
namespace keyrig::authenticator {

/// A clientDataHash is a SHA-256 (CTAP 2.1 §6.1, §6.2).
inline constexpr std::size_t kClientDataHashSize = 32;

/// A command's parameters: one canonical map, else INVALID_CBOR or CBOR_UNEXPECTED_TYPE.
Outcome<cbor::Value> DecodeParameters(ByteView parameters);

/// A map of a request.
struct MapView {
  const cbor::Value* value;
};

/// An array of a request.
struct ArrayView {
  const cbor::Array* elements;
};

/// The value as a field of type T, where its CBOR type is the right one.
template <typename T>
std::optional<T> FieldFrom(const cbor::Value& value);
template <>
std::optional<ByteView> FieldFrom(const cbor::Value& value);
template <>
std::optional<std::string_view> FieldFrom(const cbor::Value& value);
template <>
std::optional<bool> FieldFrom(const cbor::Value& value);
template <>
std::optional<std::uint64_t> FieldFrom(const cbor::Value& value);
template <>
std::optional<MapView> FieldFrom(const cbor::Value& value);
template <>
std::optional<ArrayView> FieldFrom(const cbor::Value& value);

/// A member that may be absent; CBOR_UNEXPECTED_TYPE where its type is another.
template <typename T, typename Key>
Outcome<std::optional<T>> Optional(const cbor::Value& map, const Key& key) {
  const cbor::Value* member = map.Find(key);
  if (member == nullptr) return std::optional<T>();
  std::optional<T> field = FieldFrom<T>(*member);
  if (!field) return Err(Status::kCborUnexpectedType);
  return field;
}

/// A member that has to be there, else `missing`.
template <typename T, typename Key>
Outcome<T> Required(const cbor::Value& map, const Key& key,
                    Status missing = Status::kMissingParameter) {
  const std::optional<T> field = TRY(Optional<T>(map, key));
  if (!field) return Err(missing);
  return *field;
}

/// An element of excludeList or allowList (WebAuthn L3 §5.8.3).
struct CredentialDescriptor {
  ByteView id;
  bool is_public_key;  // others are skipped, not refused
};

/// Every descriptor of a list, each validated; more than `limit` is LIMIT_EXCEEDED.
Outcome<std::vector<CredentialDescriptor>> DecodeDescriptors(ArrayView list, std::uint32_t limit);

/// pinUvAuthParam and pinUvAuthProtocol, as several commands have them.
struct PinUvAuthFields {
  std::optional<ByteView> param;
  std::optional<std::uint64_t> protocol;
};

}  // namespace keyrig::authenticator
