#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/control/connection_server.h"
#include "virtual-key/control/http_connection.h"
#include "virtual-key/control/http_dialects.h"
#include "virtual-key/control/key_verbs.h"

namespace keyrig::control {

/// A place on this machine that no other machine can reach.
struct LoopbackAddress {
  bool is_v6 = false;
  std::uint16_t port = 0;  // 0: any that is free
  /// "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; an error names what else was asked for.
  static Result<LoopbackAddress, Error> Parse(const std::string& text);
};

/// Serves the verbs of a process's keys over HTTP/1.1, one request a connection. POST /VERB with a
/// JSON object of its parameters, or none; a verb that changes nothing also as GET, with ?key=N
/// where there are several keys. The answer is that of the control socket, with status 200, or
/// {"error": …} with 400, 404 (no such verb), 405, 413, 431, or 409 where the key refuses. GET
/// /events is a stream of JSON lines, /journal (as GET, or as POST with its "format" and "follow")
/// a file of what passes on the key's wire. Whoever asks says "Authorization: Bearer TOKEN", or
/// gets 401; only HttpDialects goes without. What waits is withdrawn when its client closes.
///
/// A page in a browser gets nothing, by whatever name it came here: another Host than this address
/// (DNS rebinding), another Origin and a cross-site fetch are answered with 403.
class HttpServer {
 public:
  static Result<std::unique_ptr<HttpServer>, Error> Start(const LoopbackAddress& address,
                                                          std::string token,
                                                          ControlTargets targets);
  /// "http://127.0.0.1:41234"
  std::string Url() const { return "http://" + host_; }

 private:
  HttpServer(FileDescriptor socket, std::string host, std::uint16_t port, std::string token,
             ControlTargets targets);
  void Serve(HttpConnection connection, const std::stop_token& stop);
  std::variant<HttpAnswer, HttpStream> Answer(const HttpRequest& request,
                                              const std::stop_token& stop);
  Result<HttpStream, HttpAnswer> EventsFor(const HttpRequest& request,
                                           const std::stop_token& stop) const;
  Result<HttpStream, HttpAnswer> JournalFor(const HttpRequest& request,
                                            const std::stop_token& stop) const;
  /// Whether the request comes from a program that meant this server.
  Result<void, HttpAnswer> CheckOrigin(const HttpRequest& request) const;
  Result<void, HttpAnswer> CheckToken(const HttpRequest& request) const;

  const FileDescriptor socket_;
  const std::string host_;  // with the port
  const std::uint16_t port_;
  const std::string token_;
  const ControlTargets targets_;
  HttpDialects dialects_;
  ConnectionServer connections_;
};

}  // namespace keyrig::control
