#include "mock-entra/graph/call.h"

#include "mock-entra/graph/query.h"

namespace keyrig::graph {

std::string Call::Context(std::string_view of) const {
  return "https://graph.microsoft.com/" + path.version + "/$metadata#" + std::string(of);
}

GraphResult<directory::User*> Call::TargetUser() const {
  directory::User* user = service.tenant.FindUser(captured.at(0));
  if (user == nullptr) return ResourceNotFound(captured.at(0));
  return user;
}

GraphResult<std::string_view> Call::JsonBody() const {
  const std::string_view type = request.headers.Find("Content-Type").value_or("");
  if (!EqualWithoutCase(type.substr(0, 16), "application/json")) {
    return Refuse(400, "BadRequest", "Entity only allows writes with a JSON Content-Type header.");
  }
  return std::string_view(request.body);
}

GraphResult<void> Call::NoQueryOptions() const {
  if (const auto taken = TakesNoOptions(request.Query()); !taken) {
    return BadRequest(taken.error().message);
  }
  return {};
}

void Call::Emit(std::string kind, std::vector<EventField> fields) const {
  Event event;
  event.source = "service";
  event.kind = std::move(kind);
  event.at = service.clock.Now();
  event.fields = {{"by", caller.Name()}};
  for (EventField& field : fields) event.fields.push_back(std::move(field));
  service.events.Emit(std::move(event));
}

tl::unexpected<GraphError> ResourceNotFound(std::string_view id) {
  return Refuse(404, "Request_ResourceNotFound",
                "Resource '" + std::string(id) +
                    "' does not exist or one of its queried reference-property objects are not "
                    "present.");
}

}  // namespace keyrig::graph
