#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/cbor.h"

namespace keyrig::device {

/// The name of a CTAP status byte without its CTAP1_ERR_ or CTAP2_ERR_ prefix (CTAP 2.1 §8.2);
/// "OK" for 0, "0x4f" for one that has no name.
std::string StatusName(std::uint8_t status);

/// The name of a CTAPHID error code (CTAP 2.1 §11.2.9.1.6): "ERR_CHANNEL_BUSY".
std::string HidErrorName(std::uint8_t code);

/// The name of a command (CTAP 2.1 §6), with its subcommand where it has one:
/// "authenticatorClientPIN setPIN".
std::string CommandName(std::uint8_t command, const cbor::Value& parameters);

/// What one member of a request or response map is called.
struct MemberName {
  std::uint64_t key;
  std::string_view name;
  bool secret = false;
};
std::span<const MemberName> RequestMembers(std::uint8_t command);
std::span<const MemberName> ResponseMembers(std::uint8_t command);

}  // namespace keyrig::device
