#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/base/ctap_text.h"
#include "virtual-key/journal/transaction.h"

namespace keyrig::journal {

/// A transaction in words. What was encrypted on the wire stays so.
struct Decoding {
  /// "authenticatorMakeCredential", "CTAPHID_INIT", "U2F_REGISTER", "SELECT".
  std::string command;
  /// "OK", "PIN_INVALID", "CTAPHID ERR_CHANNEL_BUSY", "6985 CONDITIONS_NOT_SATISFIED"; "no answer".
  std::string status;
  ctap::BodyText request;
  ctap::BodyText response;
  std::vector<ctap::MemberText> authenticator_data;  // where the answer holds some
};

inline constexpr const char* kNoAnswer = "no answer";

/// Byte strings of more than `longest` bytes are cut short.
Decoding Decode(const Transaction& transaction, std::size_t longest = ctap::kWhole);

// Of each protocol.
Decoding DecodeCtap2(const Transaction& transaction, std::size_t longest);
Decoding DecodeU2f(const Transaction& transaction, std::size_t longest);
Decoding DecodeLine(const Transaction& transaction, std::size_t longest);

/// "OK" for 9000, "6985 CONDITIONS_NOT_SATISFIED", "6f00".
std::string StatusWordText(std::uint16_t status);
/// A member that is no member of a map.
ctap::MemberText Part(std::string name, std::string value);
/// Likewise, a byte string.
ctap::MemberText BytesPart(std::string name, ByteView bytes, std::size_t longest);

}  // namespace keyrig::journal
