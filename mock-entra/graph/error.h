#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "mock-entra/http/message.h"

namespace keyrig::graph {

/// A refusal in Graph's vocabulary. The message is for people; clients go by status and code.
struct GraphError {
  int status = 400;
  std::string code;  // "accessDenied", "Request_ResourceNotFound"
  std::string message;
};

template <typename T>
using GraphResult = Result<T, GraphError>;

tl::unexpected<GraphError> Refuse(int status, std::string code, std::string message);
/// What the authentication methods API calls a bad request.
tl::unexpected<GraphError> BadRequest(std::string message);

/// What names one exchange in answers and logs.
struct ExchangeIds {
  std::string request_id;
  std::string client_request_id;
};

/// The error envelope (facts F5).
http::Response ErrorResponse(const GraphError& error, const ExchangeIds& ids, Instant now);
/// A JSON answer with Graph's content type.
http::Response GraphJson(const nlohmann::ordered_json& json, int status = 200);
/// 204, no body.
http::Response NoContent();

}  // namespace keyrig::graph
