#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/base/cbor.h"

namespace keyrig::ctap {

/// What one member of a request or response map is called.
struct MemberName {
  std::uint64_t key;
  std::string_view name;
  bool secret = false;
};
/// Of a command's parameters, and of its answer; empty where it has none.
std::span<const MemberName> RequestMembers(std::uint8_t command);
std::span<const MemberName> ResponseMembers(std::uint8_t command);
/// Of the map, or of the maps in the list, that stands under `key` there.
std::span<const MemberName> RequestMembersBelow(std::uint8_t command, const cbor::Value& parameters,
                                                std::uint64_t key);
std::span<const MemberName> ResponseMembersBelow(std::uint8_t command, std::uint64_t key);

}  // namespace keyrig::ctap
