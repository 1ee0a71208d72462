#include "virtual-key/control/http_message.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace keyrig::control {
namespace {

using nlohmann::json;

constexpr const char* kEndOfHead =
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
  }
  return "Error";
}

}  // namespace

std::string HeadOf(const HttpStream& stream) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(stream.type) +
         "\r\nTransfer-Encoding: chunked\r\n" + kEndOfHead;
}

std::string ChunkOf(std::string_view piece) {
  if (piece.empty()) return {};  // a chunk of no bytes would be the last
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  return std::string(size.data(), end) + "\r\n" + std::string(piece) + "\r\n";
}

HttpAnswer JsonAnswer(int status, const json& value) { return {status, TextOf(value) + "\n"}; }

HttpAnswer ErrorAnswer(int status, std::string_view words) {
  return JsonAnswer(status, {{"error", words}});
}

HttpAnswer MethodAnswer(std::string_view allowed) {
  HttpAnswer answer = ErrorAnswer(405, "use " + std::string(allowed) + " here");
  answer.headers = "Allow: " + std::string(allowed) + "\r\n";
  return answer;
}

HttpAnswer AnswerOf(const Result<json, VerbError>& result) {
  if (result) return JsonAnswer(200, *result);
  switch (result.error().reason) {
    case VerbError::Reason::kUnknownVerb:
      return ErrorAnswer(404, result.error().message);
    case VerbError::Reason::kBadRequest:
      return ErrorAnswer(400, result.error().message);
    case VerbError::Reason::kRefused:
      break;
  }
  return ErrorAnswer(409, result.error().message);
}

std::string BytesOf(const HttpAnswer& answer) {
  return "HTTP/1.1 " + std::to_string(answer.status) + " " +
         std::string(ReasonPhrase(answer.status)) +
         "\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(answer.body.size()) + "\r\n" + answer.headers + kEndOfHead + answer.body;
}

}  // namespace keyrig::control
