#include "virtual-key/control/http_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include "virtual-key/control/line_socket.h"

namespace keyrig::control {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::string_body>;
using HttpTimer = std::chrono::steady_clock;
using ReadError = std::optional<HttpAnswer>;

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 1024 * 1024;
constexpr std::chrono::seconds kRequestTime(10);
constexpr std::chrono::seconds kFinishTime(2);

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

/// Nothing once the other end has closed, or `stop` or the end of the time comes first.
std::optional<std::string> Receive(int fd, HttpTimer::time_point until,
                                   const std::stop_token& stop) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - HttpTimer::now());
  if (left.count() <= 0 || !WaitFor(fd, POLLIN, stop, left)) return std::nullopt;
  std::array<char, 4096> part{};
  const ssize_t got = ::recv(fd, part.data(), part.size(), 0);
  if (got <= 0) return std::nullopt;
  return std::string(part.data(), static_cast<std::size_t>(got));
}

HttpAnswer CannotRead(const beast::error_code& failure) {
  using beast::http::error;
  if (failure == error::body_limit) {
    return ErrorAnswer(413, "the body is larger than " + std::to_string(kBodyLimit) + " bytes");
  }
  if (failure == error::header_limit) {
    return ErrorAnswer(431, "the header is larger than " + std::to_string(kHeaderLimit) + " bytes");
  }
  return ErrorAnswer(400, "not an HTTP/1.1 request: " + failure.message());
}

Result<HttpRequest, ReadError> FromParser(Parser& parser) {
  auto message = parser.release();
  const std::string_view target = View(message.target());
  if (!target.starts_with('/')) {
    return Err(ReadError(ErrorAnswer(400, "the request target must be a path, such as /state")));
  }
  if (message.count(beast::http::field::host) != 1) {
    return Err(ReadError(ErrorAnswer(400, "a request has one Host header")));
  }
  const auto header = [&](auto name) { return std::string(View(message[name])); };
  const std::size_t question = std::min(target.find('?'), target.size());
  HttpRequest request;
  request.method = View(message.method_string());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.host = header(beast::http::field::host);
  request.origin = header(beast::http::field::origin);
  request.fetch_site = header("Sec-Fetch-Site");
  request.authorization = header(beast::http::field::authorization);
  request.body = std::move(message.body());
  return request;
}

}  // namespace

Result<HttpRequest, ReadError> HttpConnection::Read(const std::stop_token& stop) {
  const auto until = HttpTimer::now() + kRequestTime;
  Parser parser;
  parser.eager(true);
  parser.header_limit(kHeaderLimit);
  parser.body_limit(kBodyLimit);
  std::string received;
  bool begun = false;
  bool invited = false;
  while (!parser.is_done()) {
    const auto part = Receive(socket_.get(), until, stop);
    if (!part) {
      if (!begun || HttpTimer::now() < until) return Err(ReadError());
      return Err(ReadError(ErrorAnswer(408, "the request did not arrive within 10 s")));
    }
    begun = true;
    received += *part;
    beast::error_code failure;
    const std::size_t used = parser.put(boost::asio::buffer(received), failure);
    if (failure && failure != beast::http::error::need_more) {
      return Err(ReadError(CannotRead(failure)));
    }
    received.erase(0, used);
    if (parser.is_header_done() && !parser.is_done() && !invited &&
        beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
      invited = true;
      if (!Write("HTTP/1.1 100 Continue\r\n\r\n")) return Err(ReadError());
    }
  }
  return FromParser(parser);
}

bool HttpConnection::Write(std::string_view bytes) { return SendAll(socket_.get(), bytes); }

// Reads away what a refused client is still sending: to close over unread bytes would reset the
// connection, and the client would lose the answer.
void HttpConnection::Finish(const std::stop_token& stop) {
  ::shutdown(socket_.get(), SHUT_WR);
  const auto until = HttpTimer::now() + kFinishTime;
  while (Receive(socket_.get(), until, stop)) {
  }
}

void HttpConnection::Shutdown() { ::shutdown(socket_.get(), SHUT_RDWR); }

}  // namespace keyrig::control
