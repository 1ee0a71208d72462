#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock-entra/graph/date_time.h"
#include "mock-entra/graph/fido2_method_json.h"
#include "mock-entra/graph/handlers.h"
#include "mock-entra/graph/passes.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;
using directory::Fido2Method;
using directory::User;

// One and the same for every user's password (facts B1).
constexpr const char* kPasswordMethodId = "28c10230-6103-485e-b985-444c60001490";

Json PasswordMethod() {
  return {{"id", kPasswordMethodId}, {"password", nullptr}, {"createdDateTime", nullptr}};
}

Json Typed(const char* type, const Json& object) {
  Json typed = {{"@odata.type", type}};
  typed.update(object);
  return typed;
}

std::string CollectionContext(const Call& call, const User& user, const char* collection) {
  return call.Context("users('" + user.id + "')/authentication/" + collection);
}

http::Response Collection(const Call& call, const User& user, const char* collection, Json value) {
  return GraphJson(
      {{"@odata.context", CollectionContext(call, user, collection)}, {"value", std::move(value)}});
}

http::Response Entity(const Call& call, const User& user, const char* collection,
                      const Json& object) {
  Json entity = {{"@odata.context", CollectionContext(call, user, collection) + "/$entity"}};
  entity.update(object);
  return GraphJson(entity);
}

tl::unexpected<GraphError> NoSuchMethod(const std::string& id) {
  return Refuse(404, "resourceNotFound", "The user has no authentication method '" + id + "'.");
}

/// The method in the call's second captured segment.
GraphResult<std::vector<Fido2Method>::iterator> TargetMethod(const Call& call, User& user) {
  const std::string& id = call.captured.at(1);
  const auto found = std::ranges::find_if(
      user.fido2_methods, [&](const Fido2Method& method) { return method.GraphId() == id; });
  if (found == user.fido2_methods.end()) return NoSuchMethod(id);
  return found;
}

}  // namespace

Json Fido2MethodJson(const Fido2Method& method) {
  Json thumbprints = Json::array();
  for (const crypto::Certificate& certificate : method.credential.attestation_chain) {
    thumbprints.push_back(ToHex(crypto::Sha1(certificate.Der())));
  }
  return {{"@odata.type", "#microsoft.graph.fido2AuthenticationMethod"},
          {"id", method.GraphId()},
          {"displayName", method.display_name},
          {"createdDateTime", DateTime(method.created)},
          {"aaGuid", method.credential.aaguid.Text()},
          {"model", method.model.empty() ? Json(nullptr) : Json(method.model)},
          {"attestationCertificates", std::move(thumbprints)},
          {"attestationLevel", method.credential.attested ? "attested" : "notAttested"},
          {"passkeyType", method.credential.backup_eligible ? "synced" : "deviceBound"}};
}

GraphResult<http::Response> ListMethods(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kAny));
  TRY(call.NoQueryOptions());
  Json value = Json::array();
  if (!user->password.empty()) {
    value.push_back(Typed("#microsoft.graph.passwordAuthenticationMethod", PasswordMethod()));
  }
  for (const Fido2Method& method : user->fido2_methods) value.push_back(Fido2MethodJson(method));
  if (user->temporary_access_pass) {
    value.push_back(Typed("#microsoft.graph.temporaryAccessPassAuthenticationMethod",
                          PassJson(*user->temporary_access_pass, call.service.clock.Now())));
  }
  return Collection(call, *user, "methods", std::move(value));
}

GraphResult<http::Response> ListPasswordMethods(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kAny));
  TRY(call.NoQueryOptions());
  Json value = Json::array();
  if (!user->password.empty()) value.push_back(PasswordMethod());
  return Collection(call, *user, "passwordMethods", std::move(value));
}

GraphResult<http::Response> GetPasswordMethod(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kAny));
  TRY(call.NoQueryOptions());
  if (user->password.empty() || call.captured.at(1) != kPasswordMethodId) {
    return NoSuchMethod(call.captured.at(1));
  }
  return Entity(call, *user, "passwordMethods", PasswordMethod());
}

GraphResult<http::Response> ListFido2Methods(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kPasskey));
  TRY(call.NoQueryOptions());
  Json value = Json::array();
  for (const Fido2Method& method : user->fido2_methods) value.push_back(Fido2MethodJson(method));
  return Collection(call, *user, "fido2Methods", std::move(value));
}

GraphResult<http::Response> GetFido2Method(const Call& call) {
  User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kPasskey));
  TRY(call.NoQueryOptions());
  const auto method = TRY(TargetMethod(call, *user));
  return Entity(call, *user, "fido2Methods", Fido2MethodJson(*method));
}

GraphResult<http::Response> DeleteFido2Method(const Call& call) {
  User* user = TRY(call.TargetUser());
  TRY(MayWriteMethods(call.caller, *user, MethodFamily::kPasskey));
  const auto method = TRY(TargetMethod(call, *user));
  call.Emit("service.deleted", {{"user", user->user_principal_name},
                                {"credential_id", ToBase64Url(method->credential.id.bytes)},
                                {"display_name", method->display_name}});
  user->fido2_methods.erase(method);
  return NoContent();
}

}  // namespace keyrig::graph
