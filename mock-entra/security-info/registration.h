#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/security-info/caller.h"
#include "mock-entra/security-info/error_code.h"

namespace keyrig::security_info {

/// Whether policy lets the user add a security key: 21 where the method or self-service is off, 20
/// where the user is not in scope.
Result<void, Refusal> CheckScope(const directory::Tenant& tenant, const directory::User& user);

/// The registrations under way. Checks come in this order: policy scope, freshness, then, after the
/// ceremony, canary, challenge, attestation, AAGUID.
class Registrations {
 public:
  explicit Registrations(directory::Service& service) : service_(service) {}

  /// What `new` answers in Data: where the ceremony is and what to post there. 20, 21, 6, or 4
  /// where the user has ten keys.
  Result<nlohmann::ordered_json, Refusal> Start(const Caller& caller);
  /// Verifies VerificationData, stores the key and returns it. The canary serves once.
  Result<const directory::Fido2Method*, Refusal> Finish(const Caller& caller,
                                                        std::string_view verification_data);

 private:
  /// The challenge that was sent with the canary, which is then used up.
  Result<directory::PendingChallenge, Refusal> TakePending(const Caller& caller,
                                                           std::string_view canary);
  Result<webauthn::CredentialRecord, Refusal> Verify(
      const directory::User& user, const directory::PendingChallenge& pending,
      const webauthn::RegistrationResponse& response) const;
  const directory::Fido2Method& Store(directory::User& user, webauthn::CredentialRecord record,
                                      std::string name);

  directory::Service& service_;
  std::map<std::string, directory::PendingChallenge, std::less<>> pending_;  // by canary
};

}  // namespace keyrig::security_info
