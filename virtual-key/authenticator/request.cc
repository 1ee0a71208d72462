#include "virtual-key/authenticator/request.h"

namespace keyrig::authenticator {

Outcome<cbor::Value> DecodeParameters(ByteView parameters) {
  auto value = cbor::Decode(parameters);
  if (!value) return Err(Status::kInvalidCbor);
  if (value->AsMap() == nullptr) return Err(Status::kCborUnexpectedType);
  return std::move(*value);
}

template <>
std::optional<ByteView> FieldFrom(const cbor::Value& value) {
  if (const Bytes* bytes = value.AsBytes()) return ByteView(*bytes);
  return std::nullopt;
}

template <>
std::optional<std::string_view> FieldFrom(const cbor::Value& value) {
  if (const std::string* text = value.AsText()) return std::string_view(*text);
  return std::nullopt;
}

template <>
std::optional<bool> FieldFrom(const cbor::Value& value) {
  if (const bool* flag = value.AsBool()) return *flag;
  return std::nullopt;
}

template <>
std::optional<std::uint64_t> FieldFrom(const cbor::Value& value) {
  return value.AsUnsigned();
}

template <>
std::optional<MapView> FieldFrom(const cbor::Value& value) {
  if (value.AsMap() != nullptr) return MapView{&value};
  return std::nullopt;
}

template <>
std::optional<ArrayView> FieldFrom(const cbor::Value& value) {
  if (const cbor::Array* elements = value.AsArray()) return ArrayView{elements};
  return std::nullopt;
}

Outcome<std::vector<CredentialDescriptor>> DecodeDescriptors(ArrayView list, std::uint32_t limit) {
  if (list.elements->size() > limit) return Err(Status::kLimitExceeded);
  std::vector<CredentialDescriptor> descriptors;
  descriptors.reserve(list.elements->size());
  for (const cbor::Value& element : *list.elements) {
    if (element.AsMap() == nullptr) return Err(Status::kCborUnexpectedType);
    const auto id = TRY(Required<ByteView>(element, "id", Status::kInvalidCbor));
    const auto type = TRY(Required<std::string_view>(element, "type", Status::kInvalidCbor));
    descriptors.push_back({.id = id, .is_public_key = type == "public-key"});
  }
  return descriptors;
}

}  // namespace keyrig::authenticator
