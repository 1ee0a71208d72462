#include "mock-entra/signin/assertion.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/base/hosts.h"
#include "mock-entra/webauthn/client_data.h"

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;
using webauthn::Check;

Refusal Malformed(std::string detail) { return {135020, std::move(detail)}; }

Result<Bytes, Refusal> Member(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) {
    return Err(Malformed(std::string(name) + " is missing."));
  }
  auto bytes = FromBase64Url(found->get_ref<const std::string&>());
  if (!bytes) return Err(Malformed(std::string(name) + ": " + bytes.error().message + "."));
  return *std::move(bytes);
}

Result<webauthn::AssertionResponse, Refusal> Parse(std::string_view assertion) {
  const Json json = Json::parse(assertion, nullptr, false);
  if (!json.is_object()) return Err(Malformed("It is not a JSON object."));
  webauthn::AssertionResponse response;
  response.credential_id.bytes = TRY(Member(json, "id"));
  response.client_data_json = TRY(Member(json, "clientDataJSON"));
  response.authenticator_data = TRY(Member(json, "authenticatorData"));
  response.signature = TRY(Member(json, "signature"));
  // An empty handle stands for none: keys without discoverable credentials leave it out.
  if (const auto handle = json.find("userHandle"); handle != json.end() && *handle != "") {
    if (!handle->is_null()) response.user_handle = UserHandle{TRY(Member(json, "userHandle"))};
  }
  return response;
}

/// The challenge that the client data answers, taken out of the flow. A flow's clients see a
/// challenge as the bytes of its text.
Result<Challenge, Refusal> TakeChallenge(Flow& flow, const Bytes& client_data, Instant now) {
  const auto collected = webauthn::ParseClientData(client_data);
  if (!collected) return Err(Malformed("clientDataJSON: " + collected.error().message));
  const auto bytes = FromBase64Url(collected->challenge);
  if (!bytes) return Err(Malformed("The challenge is not base64url."));
  const auto found = std::ranges::find_if(
      flow.challenges, [&](const auto& challenge) { return challenge.value == AsText(*bytes); });
  if (found == flow.challenges.end()) return Err(Refusal{135018, ""});
  const bool is_expired = found->expires <= now;
  flow.challenges.erase(found);
  if (is_expired) return Err(Refusal{135019, ""});
  return Challenge{*bytes};
}

/// The checks of the handle's form come before the search for its user.
std::optional<Refusal> CheckHandleForm(const UserHandle& handle) {
  constexpr std::size_t kHandleBytes = 51;
  if (handle.bytes.size() != kHandleBytes) return Refusal{135014, ""};
  if (!AsText(handle.bytes).starts_with("OF:")) return Refusal{135013, ""};
  return std::nullopt;
}

Result<directory::User*, Refusal> FindUser(directory::Tenant& tenant, const Flow& flow,
                                           const webauthn::AssertionResponse& response) {
  if (response.user_handle) {
    if (auto refusal = CheckHandleForm(*response.user_handle)) return Err(*std::move(refusal));
  }
  if (!flow.user_name.empty()) {
    directory::User* user = tenant.FindUser(flow.user_name);
    if (user == nullptr) return Err(Refusal{500344, flow.user_name});
    if (response.user_handle && *response.user_handle != tenant.HandleOf(*user)) {
      return Err(Refusal{135012, ""});
    }
    return user;
  }
  if (!response.user_handle) return Err(Refusal{135014, "There is none, and no user name."});
  const auto found = std::ranges::find_if(tenant.users, [&](const directory::User& user) {
    return tenant.HandleOf(user) == *response.user_handle;
  });
  if (found == tenant.users.end()) return Err(Refusal{500344, ""});
  return &*found;
}

int CodeOf(Check check) {
  switch (check) {
    case Check::kType:
      return 135007;
    case Check::kChallenge:
      return 135018;
    case Check::kOrigin:
    case Check::kCrossOrigin:
    case Check::kRpIdHash:
      return 135008;
    case Check::kUserPresent:
    case Check::kUserVerified:
      return 135003;
    case Check::kCredentialNotAllowed:
      return 135010;
    case Check::kUserHandle:
      return 135012;
    case Check::kSignature:
    case Check::kAlgorithm:
      return 135000;
    case Check::kSignatureCounter:
      return 135017;
    default:
      return 135020;
  }
}

/// 130501 is the code for a method out of the user's scope; 135016 for what an administrator turned
/// off: the method, the user (excluded) or, for want of a published code, the key's model.
std::optional<Refusal> CheckPolicy(policy::Denial denial) {
  if (denial == policy::Denial::kNone) return std::nullopt;
  const std::string detail = "Policy: " + std::string(Name(denial)) + ".";
  return Refusal{denial == policy::Denial::kUserNotTargeted ? 130501 : 135016, detail};
}

}  // namespace

Result<ProvedKey, Refusal> CheckAssertion(directory::Service& service, Flow& flow,
                                          std::string_view assertion) {
  directory::Tenant& tenant = service.tenant;
  const webauthn::AssertionResponse response = TRY(Parse(assertion));
  webauthn::AssertionExpectation expected;
  expected.challenge = TRY(TakeChallenge(flow, response.client_data_json, service.clock.Now()));
  expected.rp_id.text = hosts::kWebAuthn;
  expected.origins = {"https://" + std::string(hosts::kWebAuthn)};

  directory::User* user = TRY(FindUser(tenant, flow, response));
  expected.user_handle = tenant.HandleOf(*user);
  if (!flow.user_name.empty()) {
    for (const auto& method : user->fido2_methods) {
      expected.allowed.push_back(method.credential.id);
    }
  }
  const auto method =
      std::ranges::find_if(user->fido2_methods, [&](const directory::Fido2Method& candidate) {
        return candidate.credential.id == response.credential_id;
      });
  // The catalogue has 135001 and 135010 for a key id that the user does not have; 135010 is the one
  // with a published name (KeyNotFound).
  if (method == user->fido2_methods.end()) return Err(Refusal{135010, ""});

  const auto verified = webauthn::VerifyAssertion(expected, method->credential, response);
  if (!verified) {
    const webauthn::VerifyError& error = verified.error();
    return Err(Refusal{CodeOf(error.check), error.step + ": " + error.message});
  }
  if (!user->account_enabled) return Err(Refusal{50057, user->user_principal_name});
  if (auto refusal = CheckPolicy(policy::MaySignIn(tenant.fido2, tenant.SubjectOf(*user),
                                                   directory::TraitsOf(method->credential)))) {
    return Err(*std::move(refusal));
  }
  method->credential.sign_count = verified->sign_count;
  method->credential.backup_state = verified->backup_state;
  method->credential.uv_initialized |= verified->user_verified;
  return ProvedKey{user, &*method};
}

}  // namespace keyrig::signin
