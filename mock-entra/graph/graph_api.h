#pragma once

#include "mock-entra/directory/service.h"
#include "mock-entra/graph/call.h"
#include "mock-entra/http/message.h"

namespace keyrig::graph {

/// Microsoft Graph as far as security keys need it: graph.microsoft.com, v1.0 and beta. No I/O.
class GraphApi {
 public:
  explicit GraphApi(directory::Service& service) : service_(service) {}
  http::Response Handle(const http::Request& request);

 private:
  GraphResult<http::Response> Route(const http::Request& request, std::string& caller);

  directory::Service& service_;
  Challenges challenges_;
};

}  // namespace keyrig::graph
