#include <charconv>
#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "mock-entra/graph/date_time.h"
#include "mock-entra/graph/handlers.h"
#include "mock-entra/graph/provisioning.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;
using directory::ExcludeIdEncoding;
using directory::User;

constexpr const char* kTimeoutArgument = "challengeTimeoutInMinutes";
constexpr int kDefaultMinutes = 5;
constexpr int kMaximumMinutes = 43200;

/// beta takes the argument in parentheses or in the query (real clients do both); v1.0 has none:
/// in parentheses it names a function that is not there, in the query it is a custom option
/// without meaning.
GraphResult<int> ChallengeMinutes(const Call& call) {
  const http::Parameters& arguments = call.path.segments.back().arguments;
  for (const auto& [name, value] : arguments.All()) {
    if (!call.path.IsBeta() || name != kTimeoutArgument) {
      return Refuse(400, "BadRequest", "Resource not found for the segment 'creationOptions'.");
    }
  }
  if (!call.path.IsBeta()) return kDefaultMinutes;
  const http::Parameters query = call.request.Query();
  const auto text = arguments.Find(kTimeoutArgument) ? arguments.Find(kTimeoutArgument)
                                                     : query.Find(kTimeoutArgument);
  if (!text) return kDefaultMinutes;
  int minutes = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, problem] = std::from_chars(text->data(), end, minutes);
  if (problem != std::errc{} || rest != end || minutes < kDefaultMinutes ||
      minutes > kMaximumMinutes) {
    return BadRequest(std::string(kTimeoutArgument) + " must be from 5 to 43200.");
  }
  return minutes;
}

std::string ExcludeId(ExcludeIdEncoding encoding, std::size_t index, ByteView id) {
  const bool url_token = encoding == ExcludeIdEncoding::kUrlToken ||
                         (encoding == ExcludeIdEncoding::kMixed && index % 2 == 1);
  return url_token ? directory::UrlTokenEncode(id) : ToBase64(id);
}

Json ExcludeCredentials(const directory::Tenant& tenant, const User& user) {
  Json list = Json::array();
  for (std::size_t i = 0; i < user.fido2_methods.size(); ++i) {
    const webauthn::CredentialRecord& credential = user.fido2_methods[i].credential;
    list.push_back({{"type", "public-key"},
                    {"id", ExcludeId(tenant.exclude_id_encoding, i, credential.id.bytes)},
                    {"transports", credential.transports}});
  }
  return list;
}

}  // namespace

GraphResult<void> MayProvision(const Call& call, const User& user) {
  if (call.is_me || call.caller.Is(user)) {
    return Refuse(405, "methodNotAllowed", "The method is not supported for this URL.");
  }
  TRY(MayWriteMethods(call.caller, user, MethodFamily::kPasskey));
  const directory::Tenant& tenant = call.service.tenant;
  // Without self-service set up the real API refuses administrators, too (facts A3).
  const policy::Denial denial = policy::MayStartRegistration(tenant.fido2, tenant.SubjectOf(user));
  if (denial != policy::Denial::kNone) {
    return BadRequest("The authentication methods policy does not let " + user.user_principal_name +
                      " register a passkey: " + std::string(policy::Name(denial)) + ".");
  }
  return {};
}

GraphResult<http::Response> CreationOptions(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayProvision(call, *user));
  TRY(call.NoQueryOptions());
  const int minutes = TRY(ChallengeMinutes(call));
  const Instant now = call.service.clock.Now();
  std::erase_if(call.challenges, [&](const auto& entry) { return entry.second.expires <= now; });
  const std::string challenge =
      directory::ChallengeText(call.service.rng.Stream("graph.challenge"));
  const Instant expires = now + std::chrono::minutes(minutes);
  call.challenges[challenge] = {challenge, user->id, expires};

  const directory::Tenant& tenant = call.service.tenant;
  const auto algorithm = [](CoseAlgorithm of) {
    return Json{{"type", "public-key"}, {"alg", static_cast<int>(of)}};
  };
  const Json public_key = {{"rp", {{"id", hosts::kWebAuthn}, {"name", "Microsoft"}}},
                           {"user",
                            {{"id", ToBase64Url(tenant.HandleOf(*user).bytes)},
                             {"name", user->user_principal_name},
                             {"displayName", user->display_name}}},
                           {"challenge", ToBase64Url(ViewOf(challenge))},
                           {"pubKeyCredParams", Json::array({algorithm(CoseAlgorithm::kEs256),
                                                             algorithm(CoseAlgorithm::kRs256)})},
                           {"timeout", 60000},
                           {"excludeCredentials", ExcludeCredentials(tenant, *user)},
                           {"authenticatorSelection",
                            {{"authenticatorAttachment", "cross-platform"},
                             {"requireResidentKey", true},
                             {"userVerification", "required"}}},
                           {"attestation", "direct"},
                           {"extensions",
                            {{"hmacCreateSecret", true},
                             {"enforceCredentialProtectionPolicy", true},
                             {"credentialProtectionPolicy", "userVerificationOptional"}}}};
  return GraphJson(
      {{"@odata.context", call.Context("microsoft.graph.webauthnCredentialCreationOptions")},
       {"challengeTimeoutDateTime", DateTime(expires)},
       {"publicKey", public_key}});
}

}  // namespace keyrig::graph
