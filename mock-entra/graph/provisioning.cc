#include "mock-entra/graph/provisioning.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "mock-entra/graph/fido2_method_json.h"
#include "mock-entra/graph/handlers.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;
using directory::Fido2Method;
using directory::User;

constexpr std::size_t kMaxDisplayName = 30;  // characters

/// The body of POST fido2Methods, read (facts B3).
struct Provision {
  std::string display_name;
  Bytes credential_id;
  webauthn::RegistrationResponse response;
};

/// The API knows these members only; what else a browser's credential has it refuses.
GraphResult<void> OnlyMembers(const Json& object, const std::string& type,
                              std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return BadRequest("A JSON object of type " + type + " is expected.");
  for (const auto& [name, value] : object.items()) {
    if (name.find("@odata.") == std::string::npos &&
        std::find(known.begin(), known.end(), name) == known.end()) {
      return BadRequest("The property '" + name + "' does not exist on type '" + type + "'.");
    }
  }
  return {};
}

GraphResult<Bytes> ReadBytes(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) {
    return BadRequest("publicKeyCredential: '" + std::string(name) + "' is missing.");
  }
  auto bytes = FromBase64Url(found->get_ref<const std::string&>());
  if (!bytes || bytes->empty()) {
    return BadRequest("publicKeyCredential: '" + std::string(name) +
                      "' must be base64url without padding.");
  }
  return *std::move(bytes);
}

GraphResult<std::string> ReadDisplayName(const Call& call, const Json& body) {
  const auto found = body.find("displayName");
  if (found == body.end() || found->is_null()) {
    if (call.path.IsBeta()) return BadRequest("'displayName' is missing.");
    return std::string("Security key");
  }
  if (!found->is_string()) return BadRequest("'displayName' must be a text.");
  std::string name = found->get<std::string>();
  if (name.empty() || CodePoints(name) > kMaxDisplayName) {
    return BadRequest("'displayName' must have 1 to 30 characters.");
  }
  return name;
}

GraphResult<Provision> ReadBody(const Call& call) {
  const Json body = Json::parse(TRY(call.JsonBody()), nullptr, false);
  if (body.is_discarded()) return BadRequest("The body is not JSON.");
  if (body.is_string()) {
    return BadRequest("The body is a JSON text that holds JSON; send the object itself.");
  }
  TRY(OnlyMembers(body, "microsoft.graph.fido2AuthenticationMethod",
                  {"displayName", "publicKeyCredential"}));
  const auto credential = body.find("publicKeyCredential");
  if (credential == body.end()) return BadRequest("'publicKeyCredential' is missing.");
  TRY(OnlyMembers(*credential, "microsoft.graph.webauthnPublicKeyCredential",
                  {"id", "response", "clientExtensionResults"}));
  const auto response = credential->find("response");
  if (response == credential->end()) {
    return BadRequest("publicKeyCredential: 'response' is missing.");
  }
  TRY(OnlyMembers(*response, "microsoft.graph.webauthnAuthenticatorAttestationResponse",
                  {"clientDataJSON", "attestationObject"}));
  Provision provision;
  provision.display_name = TRY(ReadDisplayName(call, body));
  provision.credential_id = TRY(ReadBytes(*credential, "id"));
  provision.response.client_data_json = TRY(ReadBytes(*response, "clientDataJSON"));
  provision.response.attestation_object = TRY(ReadBytes(*response, "attestationObject"));
  return provision;
}

/// The challenge that the client data answers: one that was given out for this user and is not
/// expired.
GraphResult<directory::PendingChallenge> FindChallenge(const Call& call, const User& user,
                                                       ByteView client_data_json) {
  const Json client_data = Json::parse(AsText(client_data_json), nullptr, false);
  const auto found = client_data.is_object() ? client_data.find("challenge") : client_data.end();
  if (found == client_data.end() || !found->is_string()) {
    return BadRequest("clientDataJSON is not the JSON of a ceremony's client data.");
  }
  const auto bytes = FromBase64Url(found->get_ref<const std::string&>());
  const auto pending = bytes ? call.challenges.find(AsText(*bytes)) : call.challenges.end();
  if (pending == call.challenges.end() || pending->second.user_id != user.id) {
    return BadRequest("The challenge is not one that is open for " + user.user_principal_name +
                      ".");
  }
  if (call.service.clock.Now() >= pending->second.expires) {
    return BadRequest("The challenge has expired; ask for creationOptions again.");
  }
  return pending->second;
}

GraphResult<webauthn::CredentialRecord> Verify(const Call& call, const directory::User& user,
                                               const directory::PendingChallenge& challenge,
                                               const webauthn::RegistrationResponse& response) {
  const directory::Tenant& tenant = call.service.tenant;
  webauthn::RegistrationExpectation expected;
  expected.challenge = {ToBytes(challenge.value)};
  expected.rp_id = {std::string(hosts::kWebAuthn)};
  expected.origins = {"https://" + std::string(hosts::kWebAuthn)};
  expected.algorithms = {CoseAlgorithm::kEs256, CoseAlgorithm::kRs256};
  expected.attestation_roots = tenant.attestation_roots;
  expected.require_attestation = policy::MustAttest(tenant.fido2, tenant.SubjectOf(user));
  expected.now = call.service.clock.Now();
  auto record = webauthn::VerifyRegistration(expected, response);
  if (!record) {
    return BadRequest("The credential does not verify (WebAuthn " + record.error().step +
                      "): " + record.error().message);
  }
  return *std::move(record);
}

}  // namespace

// Policy scope, then the challenge, then attestation, then the model: an AAGUID that is not allowed
// is told only after the touch (facts J4).
GraphResult<http::Response> CreateFido2Method(const Call& call) {
  User* user = TRY(call.TargetUser());
  TRY(MayProvision(call, *user));
  Provision provision = TRY(ReadBody(call));
  const directory::PendingChallenge challenge =
      TRY(FindChallenge(call, *user, provision.response.client_data_json));
  webauthn::CredentialRecord record = TRY(Verify(call, *user, challenge, provision.response));
  if (record.id.bytes != provision.credential_id) {
    return BadRequest("publicKeyCredential.id is not the credential id in attestationObject.");
  }
  directory::Tenant& tenant = call.service.tenant;
  const policy::Denial denial =
      policy::MayRegister(tenant.fido2, tenant.SubjectOf(*user), directory::TraitsOf(record));
  if (denial != policy::Denial::kNone) {
    return BadRequest("The authentication methods policy refuses this key, AAGUID " +
                      record.aaguid.Text() + ": " + std::string(policy::Name(denial)) + ".");
  }
  if (tenant.FindCredential(record.id).user != nullptr) {
    return BadRequest("This credential is already registered.");
  }
  call.challenges.erase(challenge.value);

  Fido2Method method;
  method.display_name = std::move(provision.display_name);
  method.created = call.service.clock.Now();
  method.model = directory::KeyModel(record.aaguid);
  method.user_handle = tenant.HandleOf(*user);
  method.credential = std::move(record);
  call.Emit("service.registered", {{"user", user->user_principal_name},
                                   {"credential_id", ToBase64Url(method.credential.id.bytes)},
                                   {"aaguid", method.credential.aaguid.Text()},
                                   {"attestation_format", method.credential.attestation_format},
                                   {"attested", method.credential.attested ? "true" : "false"},
                                   {"display_name", method.display_name}});
  user->fido2_methods.push_back(std::move(method));

  const Fido2Method& made = user->fido2_methods.back();
  const std::string collection = "users('" + user->id + "')/authentication/fido2Methods";
  Json entity = {{"@odata.context", call.Context(collection + "/$entity")}};
  entity.update(Fido2MethodJson(made));
  http::Response response = GraphJson(entity, 201);
  response.headers.Add("Location", "https://graph.microsoft.com/" + call.path.version + "/" +
                                       collection + "('" + made.GraphId() + "')");
  return response;
}

}  // namespace keyrig::graph
