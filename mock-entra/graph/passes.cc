#include "mock-entra/graph/passes.h"

#include <nlohmann/json.hpp>

#include "mock-entra/graph/date_time.h"
#include "mock-entra/graph/handlers.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;
using directory::TemporaryAccessPass;
using directory::User;

struct PassRequest {
  std::optional<Instant> starts;
  int lifetime_minutes = 0;
  bool is_usable_once = false;
};

GraphResult<PassRequest> ReadRequest(std::string_view body,
                                     const directory::TemporaryAccessPassLimits& limits) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return BadRequest("The body must be a JSON object.");
  PassRequest wanted;
  wanted.lifetime_minutes = limits.default_lifetime_minutes;
  for (const auto& [name, value] : json.items()) {
    if (name == "startDateTime") {
      if (value.is_null()) continue;
      const auto starts =
          value.is_string() ? ParseDateTime(value.get<std::string>()) : std::nullopt;
      if (!starts) {
        return BadRequest("startDateTime must be a time in UTC such as 2026-01-26T08:00:00Z.");
      }
      wanted.starts = starts;
    } else if (name == "lifetimeInMinutes") {
      if (value.is_null()) continue;
      if (!value.is_number_integer() || value < limits.minimum_lifetime_minutes ||
          value > limits.maximum_lifetime_minutes) {
        return BadRequest("lifetimeInMinutes must be from " +
                          std::to_string(limits.minimum_lifetime_minutes) + " to " +
                          std::to_string(limits.maximum_lifetime_minutes) + ".");
      }
      wanted.lifetime_minutes = value.get<int>();
    } else if (name == "isUsableOnce") {
      if (!value.is_boolean()) return BadRequest("isUsableOnce must be true or false.");
      wanted.is_usable_once = value.get<bool>();
    } else if (name.find("@odata.") == std::string::npos) {
      return BadRequest("A temporaryAccessPassAuthenticationMethod has no property '" + name +
                        "' that can be set.");
    }
  }
  return wanted;
}

std::string Context(const Call& call, const User& user) {
  return call.Context("users('" + user.id + "')/authentication/temporaryAccessPassMethods");
}

Json Entity(const Call& call, const User& user, const Json& object) {
  Json entity = {{"@odata.context", Context(call, user) + "/$entity"}};
  entity.update(object);
  return entity;
}

GraphResult<const TemporaryAccessPass*> TargetPass(const Call& call, const User& user) {
  if (!user.temporary_access_pass || user.temporary_access_pass->id != call.captured.at(1)) {
    return Refuse(404, "resourceNotFound",
                  "The user has no Temporary Access Pass '" + call.captured.at(1) + "'.");
  }
  return &*user.temporary_access_pass;
}

}  // namespace

Json PassJson(const TemporaryAccessPass& pass, Instant now) {
  const directory::PassState state = StateOf(pass, now);
  return {{"id", pass.id},
          {"temporaryAccessPass", nullptr},
          {"createdDateTime", DateTime(pass.created)},
          {"startDateTime", DateTime(pass.starts)},
          {"lifetimeInMinutes", pass.lifetime_minutes},
          {"isUsableOnce", pass.is_usable_once},
          {"isUsable", state == directory::PassState::kUsable},
          {"methodUsabilityReason", MethodUsabilityReason(state)}};
}

GraphResult<http::Response> ListPasses(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kTemporaryAccessPass));
  TRY(call.NoQueryOptions());
  Json value = Json::array();
  if (user->temporary_access_pass) {
    value.push_back(PassJson(*user->temporary_access_pass, call.service.clock.Now()));
  }
  return GraphJson({{"@odata.context", Context(call, *user)}, {"value", std::move(value)}});
}

GraphResult<http::Response> GetPass(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadMethods(call.caller, *user, MethodFamily::kTemporaryAccessPass));
  TRY(call.NoQueryOptions());
  const TemporaryAccessPass* pass = TRY(TargetPass(call, *user));
  return GraphJson(Entity(call, *user, PassJson(*pass, call.service.clock.Now())));
}

GraphResult<http::Response> CreatePass(const Call& call) {
  User* user = TRY(call.TargetUser());
  TRY(MayWriteMethods(call.caller, *user, MethodFamily::kTemporaryAccessPass));
  directory::Tenant& tenant = call.service.tenant;
  const PassRequest wanted = TRY(ReadRequest(TRY(call.JsonBody()), tenant.pass_limits));
  const Instant now = call.service.clock.Now();
  const TemporaryAccessPass& pass = tenant.IssuePass(
      *user, now, wanted.starts, wanted.lifetime_minutes, wanted.is_usable_once, call.service.rng);
  call.Emit("service.pass_issued", {{"user", user->user_principal_name},
                                    {"temporary_access_pass", pass.pass, /*secret=*/true},
                                    {"lifetime_minutes", std::to_string(pass.lifetime_minutes)}});
  Json json = PassJson(pass, now);
  json["temporaryAccessPass"] = pass.pass;
  return GraphJson(Entity(call, *user, json), 201);
}

GraphResult<http::Response> DeletePass(const Call& call) {
  User* user = TRY(call.TargetUser());
  TRY(MayWriteMethods(call.caller, *user, MethodFamily::kTemporaryAccessPass));
  TRY(TargetPass(call, *user));
  user->temporary_access_pass.reset();
  return NoContent();
}

}  // namespace keyrig::graph
