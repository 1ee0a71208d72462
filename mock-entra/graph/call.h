#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mock-entra/directory/service.h"
#include "mock-entra/graph/access.h"
#include "mock-entra/graph/error.h"
#include "mock-entra/graph/path.h"
#include "mock-entra/http/message.h"

namespace keyrig::graph {

/// The provisioning challenges that are out, by their value.
using Challenges = std::map<std::string, directory::PendingChallenge, std::less<>>;

/// One authenticated request on its way through a handler.
struct Call {
  directory::Service& service;
  Challenges& challenges;
  const http::Request& request;
  const Path& path;
  Caller caller;
  bool is_me = false;                 // the path began with /me
  std::vector<std::string> captured;  // what stands for {} in the route's pattern

  /// "https://graph.microsoft.com/v1.0/$metadata#" and what is given.
  std::string Context(std::string_view of) const;
  /// The user whom the first captured segment names; 404 Request_ResourceNotFound for none.
  GraphResult<directory::User*> TargetUser() const;
  /// The body's JSON, for writes: 400 where it is not an object sent as JSON.
  GraphResult<std::string_view> JsonBody() const;
  /// 400 where the request has a query option.
  GraphResult<void> NoQueryOptions() const;
  /// `fields` stand after "by", the caller.
  void Emit(std::string kind, std::vector<EventField> fields) const;
};

tl::unexpected<GraphError> ResourceNotFound(std::string_view id);

}  // namespace keyrig::graph
