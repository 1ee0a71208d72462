#include "mock-entra/security-info/registration.h"

#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"

namespace keyrig::security_info {
namespace {

using Json = nlohmann::ordered_json;
using policy::Denial;
using webauthn::Check;

constexpr std::size_t kMostKeys = 10;
constexpr std::size_t kLongestName = 30;  // characters
constexpr auto kChallengeLifetime = std::chrono::minutes(5);

Refusal Denied(Denial denial) {
  const std::string reason = "Policy: " + std::string(Name(denial)) + ".";
  switch (denial) {
    case Denial::kUserExcluded:
    case Denial::kUserNotTargeted:
      return {ErrorCode::kUserGroupRestriction, reason};
    case Denial::kKeyRestricted:
    case Denial::kPasskeyTypeOff:
      return {ErrorCode::kKeyDisallowedByPolicy, reason};
    case Denial::kAttestationRequired:
      return {ErrorCode::kAttestationValidationFailed, reason};
    default:
      return {ErrorCode::kFeatureDisallowedByPolicy, reason};
  }
}

/// A member of VerificationData; 14 where a parameter is missing, 5 where what describes the key
/// is.
Result<std::string, Refusal> Member(const Json& data, const char* name, ErrorCode missing) {
  const auto found = data.find(name);
  if (found == data.end() || !found->is_string() || found->get_ref<const std::string&>().empty()) {
    return Err(Refusal{missing, std::string(name) + " is missing."});
  }
  return found->get<std::string>();
}

Result<Bytes, Refusal> Base64Member(const Json& data, const char* name, ErrorCode malformed) {
  const std::string text = TRY(Member(data, name, ErrorCode::kRequiredParamMissing));
  auto bytes = FromBase64Url(text);
  if (!bytes) return Err(Refusal{malformed, std::string(name) + ": " + bytes.error().message});
  return *std::move(bytes);
}

/// What the page posted, read.
struct Verification {
  std::string name;
  std::string canary;
  Bytes credential_id;
  webauthn::RegistrationResponse response;
};

Result<Verification, Refusal> Parse(std::string_view text) {
  const Json data = Json::parse(text, nullptr, false);
  if (!data.is_object()) {
    return Err(Refusal{ErrorCode::kBadRequest, "VerificationData is not the text of an object."});
  }
  Verification verification;
  verification.name = TRY(Member(data, "Name", ErrorCode::kRequiredParamMissing));
  verification.canary = TRY(Member(data, "Canary", ErrorCode::kRequiredParamMissing));
  verification.response.attestation_object =
      TRY(Base64Member(data, "AttestationObject", ErrorCode::kInvalidAttestationDataFormat));
  verification.response.client_data_json =
      TRY(Base64Member(data, "ClientDataJson", ErrorCode::kInvalidKeyDataFormat));
  verification.credential_id =
      TRY(Base64Member(data, "CredentialId", ErrorCode::kInvalidKeyDataFormat));
  // Both are informational, but without them the service says 5 since 2025-05.
  TRY(Member(data, "AAGuid", ErrorCode::kDataNotFound));
  TRY(Member(data, "CredentialDeviceType", ErrorCode::kDataNotFound));
  if (const auto info = data.find("PostInfo"); info != data.end() && info->is_string()) {
    std::string_view transports = info->get_ref<const std::string&>();
    while (!transports.empty()) {
      const std::size_t end = std::min(transports.find(','), transports.size());
      if (end > 0) verification.response.transports.emplace_back(transports.substr(0, end));
      transports.remove_prefix(std::min(end + 1, transports.size()));
    }
  }
  if (!IsUtf8(ViewOf(verification.name)) || CodePoints(verification.name) > kLongestName) {
    return Err(Refusal{ErrorCode::kBadRequest, "Name must have 1 to 30 characters."});
  }
  return verification;
}

ErrorCode CodeOf(Check check) {
  switch (check) {
    case Check::kAttestationObjectMalformed:
    case Check::kAttestationFormat:
      return ErrorCode::kInvalidAttestationDataFormat;
    case Check::kAttestationStatement:
    case Check::kAttestationTrust:
      return ErrorCode::kAttestationValidationFailed;
    case Check::kClientDataMalformed:
    case Check::kAuthenticatorDataMalformed:
    case Check::kAlgorithm:
    case Check::kCredentialIdLength:
      return ErrorCode::kInvalidKeyDataFormat;
    default:
      return ErrorCode::kVerificationFailed;
  }
}

}  // namespace

Result<void, Refusal> CheckScope(const directory::Tenant& tenant, const directory::User& user) {
  const Denial denial = policy::MayStartRegistration(tenant.fido2, tenant.SubjectOf(user));
  if (denial != Denial::kNone) return Err(Denied(denial));
  return {};
}

Result<Json, Refusal> Registrations::Start(const Caller& caller) {
  const directory::User& user = *caller.user;
  TRY(CheckScope(service_.tenant, user));
  if (!caller.is_fresh) {
    return Err(Refusal{ErrorCode::kNgcMfaRequired,
                       "Multi-factor authentication was not proved within the last minutes."});
  }
  // The list of codes has none for the limit.
  if (user.fido2_methods.size() >= kMostKeys) {
    return Err(Refusal{ErrorCode::kBadRequest, "The user has ten keys, which is the limit."});
  }
  const Instant now = service_.clock.Now();
  std::erase_if(pending_, [now](const auto& entry) {
    return entry.second.expires + std::chrono::hours(1) <= now;
  });
  std::string canary = ToBase64Url(service_.rng.Stream("security_info.canary").Take(192));
  const directory::PendingChallenge pending{
      directory::ChallengeText(service_.rng.Stream("security_info.challenge")), user.id,
      now + kChallengeLifetime};
  Json exclude = Json::array();
  for (const directory::Fido2Method& method : user.fido2_methods) {
    exclude.push_back(method.GraphId());
  }
  const Json request_data = {
      {"canary", canary},
      {"serverChallenge", pending.value},
      {"userId", ToBase64Url(service_.tenant.HandleOf(user).bytes)},
      {"userIconUrl", nullptr},
      {"memberName", user.user_principal_name},
      {"userDisplayName", user.display_name},
      {"postBackUrl", "https://" + std::string(hosts::kMySignIns) + "/api/post/newfido"},
      {"authenticator", "cross-platform"},
      {"ExcludeNextGenCredentialsJSON", exclude.dump()}};
  pending_.insert_or_assign(std::move(canary), pending);
  return Json{{"provisionUrl", "https://" + std::string(hosts::kWebAuthn) + "/" +
                                   service_.tenant.id + "/fido/create"},
              {"requestData", request_data}};
}

Result<const directory::Fido2Method*, Refusal> Registrations::Finish(
    const Caller& caller, std::string_view verification_data) {
  directory::Tenant& tenant = service_.tenant;
  TRY(CheckScope(tenant, *caller.user));
  Verification verification = TRY(Parse(verification_data));
  const directory::PendingChallenge pending = TRY(TakePending(caller, verification.canary));
  webauthn::CredentialRecord record = TRY(Verify(*caller.user, pending, verification.response));
  if (record.id.bytes != verification.credential_id) {
    return Err(Refusal{ErrorCode::kInvalidKeyDataFormat,
                       "CredentialId is not the one in AttestationObject."});
  }
  const Denial denial = policy::MayRegister(tenant.fido2, tenant.SubjectOf(*caller.user),
                                            directory::TraitsOf(record));
  if (denial != Denial::kNone) {
    Refusal refusal = Denied(denial);
    refusal.reason += " AAGUID " + record.aaguid.Text() + ".";
    return Err(std::move(refusal));
  }
  if (tenant.FindCredential(record.id).user != nullptr) {
    return Err(Refusal{ErrorCode::kBadDirectoryRequest, "The credential is already registered."});
  }
  return &Store(*caller.user, std::move(record), std::move(verification.name));
}

Result<directory::PendingChallenge, Refusal> Registrations::TakePending(const Caller& caller,
                                                                        std::string_view canary) {
  const auto found = pending_.find(canary);
  if (found == pending_.end() || found->second.user_id != caller.user->id) {
    return Err(Refusal{ErrorCode::kInvalidCanary, "The canary is not open for this user."});
  }
  directory::PendingChallenge pending = std::move(pending_.extract(found).mapped());
  if (pending.expires <= service_.clock.Now()) {
    return Err(Refusal{ErrorCode::kChallengeExpired, "The challenge is older than five minutes."});
  }
  return pending;
}

Result<webauthn::CredentialRecord, Refusal> Registrations::Verify(
    const directory::User& user, const directory::PendingChallenge& pending,
    const webauthn::RegistrationResponse& response) const {
  const directory::Tenant& tenant = service_.tenant;
  webauthn::RegistrationExpectation expected;
  // A page's challenge is the text's own bytes.
  expected.challenge = {ToBytes(pending.value)};
  expected.rp_id = {std::string(hosts::kWebAuthn)};
  expected.origins = {"https://" + std::string(hosts::kWebAuthn)};
  expected.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kRs256};
  expected.attestation_roots = tenant.attestation_roots;
  expected.require_attestation = policy::MustAttest(tenant.fido2, tenant.SubjectOf(user));
  expected.now = service_.clock.Now();
  auto record = webauthn::VerifyRegistration(expected, response);
  if (!record) {
    const webauthn::VerifyError& error = record.error();
    return Err(Refusal{CodeOf(error.check), error.step + ": " + error.message});
  }
  return *std::move(record);
}

const directory::Fido2Method& Registrations::Store(directory::User& user,
                                                   webauthn::CredentialRecord record,
                                                   std::string name) {
  directory::Fido2Method method;
  method.display_name = std::move(name);
  method.created = service_.clock.Now();
  method.model = directory::KeyModel(record.aaguid);
  method.user_handle = service_.tenant.HandleOf(user);
  method.credential = std::move(record);
  Event event;
  event.source = "service";
  event.kind = "service.registered";
  event.at = method.created;
  event.fields = {{"user", user.user_principal_name},
                  {"credential_id", ToBase64Url(method.credential.id.bytes)},
                  {"aaguid", method.credential.aaguid.Text()},
                  {"attestation_format", method.credential.attestation_format},
                  {"attested", method.credential.attested ? "true" : "false"},
                  {"display_name", method.display_name}};
  service_.events.Emit(std::move(event));
  user.fido2_methods.push_back(std::move(method));
  return user.fido2_methods.back();
}

}  // namespace keyrig::security_info
