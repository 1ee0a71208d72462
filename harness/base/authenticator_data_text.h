#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/ctap_text.h"

namespace keyrig::ctap {

/// Authenticator data (WebAuthn L3 §6.1) in words, part by part: rpIdHash, flags by name,
/// signCount, and where they are there aaguid, credentialId, credentialPublicKey and extensions.
/// What cannot be read stands last, as hex, under "tooShort", "truncated", "unreadable" or
/// "trailing".
std::vector<MemberText> DescribeAuthenticatorData(ByteView bytes, std::size_t longest = kWhole);

/// The same on one line.
std::string AuthenticatorDataText(ByteView authenticator_data);

}  // namespace keyrig::ctap
