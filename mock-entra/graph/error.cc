#include "mock-entra/graph/error.h"

#include <nlohmann/json.hpp>

#include "mock-entra/graph/date_time.h"

namespace keyrig::graph {

using Json = nlohmann::ordered_json;

tl::unexpected<GraphError> Refuse(int status, std::string code, std::string message) {
  return Err(GraphError{status, std::move(code), std::move(message)});
}

tl::unexpected<GraphError> BadRequest(std::string message) {
  return Refuse(400, "badRequest", std::move(message));
}

http::Response ErrorResponse(const GraphError& error, const ExchangeIds& ids, Instant now) {
  std::string date = DateTime(now);
  date.pop_back();  // innerError.date has no zone
  return GraphJson({{"error",
                     {{"code", error.code},
                      {"message", error.message},
                      {"innerError",
                       {{"message", error.message},
                        {"date", date},
                        {"request-id", ids.request_id},
                        {"client-request-id", ids.client_request_id}}}}}},
                   error.status);
}

http::Response GraphJson(const Json& json, int status) {
  // Texts from a URL may be no UTF-8; they are shown with replacement characters.
  http::Response response =
      http::Json(json.dump(-1, ' ', false, Json::error_handler_t::replace), status);
  response.headers.Set("Content-Type",
                       "application/json;odata.metadata=minimal;odata.streaming=true;"
                       "IEEE754Compatible=false;charset=utf-8");
  return response;
}

http::Response NoContent() {
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace keyrig::graph
