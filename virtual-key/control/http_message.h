#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "virtual-key/control/key_verbs.h"

namespace keyrig::control {

/// A request, as far as this server looks at it; header values as they were sent, empty where there
/// is none.
struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // without the query; as sent, for no path here needs an escape
  std::string query;
  std::string host;
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site
  std::string authorization;
  std::string body;
};

/// An answer in JSON.
struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string headers = {};  // more of them, as lines
};

/// An answer that goes on for as long as `run` has pieces and the client takes them.
struct HttpStream {
  std::string_view type;  // "application/x-ndjson"
  std::function<void(const std::function<bool(std::string_view)>& write)> run;
};
/// The bytes before a stream's first piece, around a piece, after the last.
std::string HeadOf(const HttpStream& stream);
std::string ChunkOf(std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

HttpAnswer JsonAnswer(int status, const nlohmann::json& json);
/// {"error": words}
HttpAnswer ErrorAnswer(int status, std::string_view words);
/// 405, for a path that knows other methods: "GET, POST".
HttpAnswer MethodAnswer(std::string_view allowed);
/// 200, 404, 400, or 409 where the key refuses.
HttpAnswer AnswerOf(const Result<nlohmann::json, VerbError>& result);

/// The bytes of an answer, after which the connection closes.
std::string BytesOf(const HttpAnswer& answer);

}  // namespace keyrig::control
