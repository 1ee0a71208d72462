#include "mock-entra/graph/graph_api.h"

#include <algorithm>
#include <array>

#include "mock-entra/graph/date_time.h"
#include "mock-entra/graph/handlers.h"

namespace keyrig::graph {
namespace {

struct Operation {
  std::string_view method;
  std::string_view pattern;
  Handler handler;
};

// The first pattern that fits a path is the resource; /me stands for /users/{id}.
constexpr std::string_view kConfiguration =
    "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{}";
constexpr std::string_view kCreationOptions =
    "users/{}/authentication/fido2Methods/creationOptions";
constexpr std::string_view kFido2Methods = "users/{}/authentication/fido2Methods";
constexpr std::string_view kFido2Method = "users/{}/authentication/fido2Methods/{}";
constexpr std::string_view kPasses = "users/{}/authentication/temporaryAccessPassMethods";
constexpr std::string_view kPass = "users/{}/authentication/temporaryAccessPassMethods/{}";
constexpr std::array kOperations = {
    Operation{"GET", "policies/authenticationMethodsPolicy", &GetPolicy},
    Operation{"GET", kConfiguration, &GetConfiguration},
    Operation{"PATCH", kConfiguration, &PatchConfiguration},
    Operation{"DELETE", kConfiguration, &DeleteConfiguration},
    Operation{"GET", "users", &ListUsers},
    Operation{"GET", "users/{}", &GetUser},
    Operation{"GET", "users/{}/memberOf", &ListMemberOf},
    Operation{"GET", "groups", &ListGroups},
    Operation{"GET", "groups/{}", &GetGroup},
    Operation{"GET", "groups/{}/members", &ListMembers},
    Operation{"GET", "users/{}/authentication/methods", &ListMethods},
    Operation{"GET", "users/{}/authentication/passwordMethods", &ListPasswordMethods},
    Operation{"GET", "users/{}/authentication/passwordMethods/{}", &GetPasswordMethod},
    Operation{"GET", kCreationOptions, &CreationOptions},
    Operation{"GET", kFido2Methods, &ListFido2Methods},
    Operation{"POST", kFido2Methods, &CreateFido2Method},
    Operation{"GET", kFido2Method, &GetFido2Method},
    Operation{"DELETE", kFido2Method, &DeleteFido2Method},
    Operation{"GET", kPasses, &ListPasses},
    Operation{"POST", kPasses, &CreatePass},
    Operation{"GET", kPass, &GetPass},
    Operation{"DELETE", kPass, &DeletePass},
};

/// The policy also answers without /policies (facts A1).
void Normalise(Path& path) {
  if (!path.segments.empty() &&
      EqualWithoutCase(path.segments[0].text, "authenticationMethodsPolicy")) {
    path.segments.insert(path.segments.begin(), {.text = "policies", .arguments = {}});
  }
}

/// Puts /users/{id of the caller} for /me. False where the path does not begin so.
GraphResult<bool> ResolveMe(const Caller& caller, Path& path) {
  if (path.segments.empty() || !EqualWithoutCase(path.segments[0].text, "me")) return false;
  if (caller.user == nullptr) {
    return Refuse(400, "BadRequest",
                  "/me request is only valid with delegated authentication flow.");
  }
  path.segments[0].text = "users";
  path.segments.insert(path.segments.begin() + 1, {.text = caller.user->id, .arguments = {}});
  return true;
}

/// The first `length` segments of a pattern; all of it where it has no more.
std::string_view Prefix(std::string_view pattern, std::size_t length) {
  std::size_t end = pattern.find('/');
  for (; length > 1 && end != std::string_view::npos; --length) end = pattern.find('/', end + 1);
  return pattern.substr(0, end);
}

/// The first segment that no resource has at its place.
std::string UnknownSegment(Path path) {
  std::string last;
  while (!path.segments.empty()) {
    const bool known = std::ranges::any_of(kOperations, [&](const Operation& operation) {
      return Match(path, Prefix(operation.pattern, path.segments.size())).has_value();
    });
    if (known) break;
    last = path.segments.back().text;
    path.segments.pop_back();
  }
  return last;
}

std::string MethodsOf(std::string_view pattern) {
  std::string methods;
  for (const Operation& operation : kOperations) {
    if (operation.pattern != pattern) continue;
    methods += (methods.empty() ? "" : ", ") + std::string(operation.method);
  }
  return methods;
}

}  // namespace

GraphResult<http::Response> GraphApi::Route(const http::Request& request, std::string& caller) {
  auto path = Path::Parse(request.raw_path);
  if (!path) return Refuse(400, "BadRequest", path.error().message);
  Call call{service_, challenges_, request, *path, TRY(Authenticate(service_, request)), false, {}};
  caller = call.caller.Name();
  Normalise(*path);
  call.is_me = TRY(ResolveMe(call.caller, *path));
  for (const Operation& resource : kOperations) {
    auto captured = Match(*path, resource.pattern);
    if (!captured) continue;
    call.captured = *std::move(captured);
    for (const Operation& operation : kOperations) {
      const bool fits = operation.method == request.method ||
                        (operation.method == "GET" && request.method == "HEAD");
      if (operation.pattern == resource.pattern && fits) return operation.handler(call);
    }
    return Refuse(405, "methodNotAllowed",
                  "The method is not supported for this URL; supported: " +
                      MethodsOf(resource.pattern) + ".");
  }
  return Refuse(400, "BadRequest",
                "Resource not found for the segment '" + UnknownSegment(*path) + "'.");
}

http::Response GraphApi::Handle(const http::Request& request) {
  RandomStream stream = service_.rng.Stream("graph.request_id");
  ExchangeIds ids;
  ids.request_id = stream.TakeGuid();
  ids.client_request_id = request.headers.Find("client-request-id").value_or(ids.request_id);
  const Instant now = service_.clock.Now();

  std::string caller;
  auto answer = Route(request, caller);
  http::Response response;
  if (answer) {
    response = *std::move(answer);
  } else {
    const GraphError& error = answer.error();
    response = ErrorResponse(error, ids, now);
    if (error.status == 401) {
      response.headers.Add("WWW-Authenticate",
                           "Bearer realm=\"\", authorization_uri=\"https://"
                           "login.microsoftonline.com/common/oauth2/authorize\", "
                           "client_id=\"00000003-0000-0000-c000-000000000000\"");
    }
    Event event;
    event.source = "service";
    event.kind = "service.refused";
    event.at = now;
    event.fields = {{"code", error.code},
                    {"reason", error.message},
                    {"status", std::to_string(error.status)},
                    {"by", caller},
                    {"request", request.method + " " + request.raw_path}};
    service_.events.Emit(std::move(event));
  }
  response.headers.Set("request-id", ids.request_id);
  response.headers.Set("client-request-id", ids.client_request_id);
  response.headers.Set("x-ms-ags-diagnostic",
                       R"({"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"1",)"
                       R"("ScaleUnit":"000","RoleInstance":"keyrig"}})");
  response.headers.Set("OData-Version", "4.0");
  response.headers.Set("Strict-Transport-Security", "max-age=31536000");
  response.headers.Set("Vary", "Accept-Encoding");
  response.headers.Set("Date", HttpDate(now));
  return response;
}

}  // namespace keyrig::graph
