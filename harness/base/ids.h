#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "harness/base/bytes.h"

namespace keyrig {

/// A byte string with a role, so that a credential ID cannot be passed for a user handle.
template <typename Role>
struct NamedBytes {
  Bytes bytes;
  friend auto operator<=>(const NamedBytes&, const NamedBytes&) = default;
};

using CredentialId = NamedBytes<struct CredentialIdRole>;
using UserHandle = NamedBytes<struct UserHandleRole>;
/// The bytes that the authenticator's client data carries, base64url-decoded once.
using Challenge = NamedBytes<struct ChallengeRole>;

/// A relying party identifier: a domain name such as "login.microsoft.com" (WebAuthn L3 §5.10.2).
struct RpId {
  std::string text;
  friend auto operator<=>(const RpId&, const RpId&) = default;
};

/// The 16 bytes that name a model of authenticator (WebAuthn L3 §6.5.1).
struct Aaguid {
  ByteArray<16> bytes{};
  /// The canonical GUID form, lower case: 2fc0579f-8113-47ea-b116-bb5a8db9202a.
  std::string Text() const;
  static Result<Aaguid, Error> Parse(std::string_view text);
  friend auto operator<=>(const Aaguid&, const Aaguid&) = default;
};

}  // namespace keyrig
