#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "harness/base/event.h"

namespace keyrig::ctap {

/// One member of a map in words.
struct MemberText {
  std::string name;   // "rp"; in diagnostic notation where it has no name: "29"
  std::string value;  // in diagnostic notation, with the names of members below it
  std::string key;    // in diagnostic notation; empty where what it is part of is no map
  bool secret = false;
};

/// What stands behind a command or status byte.
struct BodyText {
  std::vector<MemberText> members;
  std::string other;  // where it is no map: its value, or why there is none; else empty
};

/// Byte strings are shown as they are, of whatever length.
inline constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();
/// "00ff"; where there are more than `longest` bytes, the first eight of them and how many.
std::string HexText(ByteView bytes, std::size_t longest = kWhole);
/// In diagnostic notation but for byte strings that are cut short likewise.
std::string ValueText(const cbor::Value& value, std::size_t longest = kWhole);

/// The parameters of a command, [command | CBOR], which is not empty.
BodyText DescribeRequest(ByteView request, std::size_t longest = kWhole);
/// What was answered to a command, [status | CBOR], which is not empty.
BodyText DescribeResponse(std::uint8_t command, ByteView response, std::size_t longest = kWhole);
/// The name of a command with its subcommand, of [command | CBOR]: "empty message" where it is one.
std::string CommandOf(ByteView request);
/// The member of an answer that is authenticator data (CTAP 2.1 §6.1.2, §6.2.2), or empty.
Bytes AuthenticatorDataOf(std::uint8_t command, ByteView response);

/// One CTAP command and its answer in words, as the fields of a ctap.transaction event: `command`,
/// `request`, `status`, `response`, `authenticator_data` where the answer holds one. A secret
/// member is left out of its map and stands in a field of its own, marked.
std::vector<EventField> DescribeTransaction(ByteView request, ByteView response);

/// The same for a command that ended in CTAPHID_ERROR.
std::vector<EventField> DescribeHidError(ByteView request, ByteView error);

}  // namespace keyrig::ctap
