#include "virtual-key/control/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base/crypto.h"
#include "virtual-key/control/hang_up_watch.h"
#include "virtual-key/control/journal_stream.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

constexpr std::array kLoopbackNames{"127.0.0.1", "localhost", "[::1]"};

union SocketAddress {
  sockaddr generic;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// A listening socket and its port.
Result<FileDescriptor, Error> Listen(const LoopbackAddress& address, std::uint16_t& port) {
  SocketAddress place{};
  socklen_t size = 0;
  if (address.is_v6) {
    place.v6.sin6_family = AF_INET6;
    place.v6.sin6_port = htons(address.port);
    place.v6.sin6_addr = in6addr_loopback;
    size = sizeof(place.v6);
  } else {
    place.v4.sin_family = AF_INET;
    place.v4.sin_port = htons(address.port);
    place.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof(place.v4);
  }
  FileDescriptor socket(
      ::socket(address.is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(socket.get(), &place.generic, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), &place.generic, &size) != 0) {
    return Fail("cannot listen on port " + std::to_string(address.port) +
                " for HTTP: " + std::strerror(errno) + "; port 0 takes one that is free");
  }
  port = ntohs(address.is_v6 ? place.v6.sin6_port : place.v4.sin_port);
  return socket;
}

std::string_view ContentType(journal::Format format) {
  switch (format) {
    case journal::Format::kText:
      return "text/plain; charset=utf-8";
    case journal::Format::kJsonLines:
      return "application/x-ndjson";
    case journal::Format::kPcapng:
      return "application/octet-stream";
  }
  return {};
}

/// The parameters of a GET: ?key=N.
Result<json, VerbError> ParseQuery(const std::string& query) {
  if (query.empty()) return json::object();
  constexpr std::string_view kKey = "key=";
  std::int64_t number = 0;
  const char* const end = query.data() + query.size();
  if (query.starts_with(kKey)) {
    const auto [rest, problem] = std::from_chars(query.data() + kKey.size(), end, number);
    if (problem == std::errc{} && rest == end) return json{{"key", number}};
  }
  return Fail("\"?" + query + "\" is no ?key=N; what a verb takes beyond that is posted as JSON");
}

Result<json, VerbError> ParseBody(const HttpRequest& request) {
  if (!request.query.empty()) return Fail("what a verb takes is posted as JSON, not in the URL");
  if (request.body.empty()) return json::object();
  json object = json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return Fail("the body must be a JSON object, such as {\"expiry\": \"10s\"}, or empty");
  }
  return object;
}

}  // namespace

Result<LoopbackAddress, Error> LoopbackAddress::Parse(const std::string& text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  const std::string host = text.substr(0, colon);
  LoopbackAddress address;
  const char* const end = text.data() + text.size();
  const char* const digits = text.data() + std::min(colon + 1, text.size());
  const auto [rest, problem] = std::from_chars(digits, end, address.port);
  if (std::ranges::find(kLoopbackNames, host) == kLoopbackNames.end() || problem != std::errc{} ||
      rest != end) {
    return Fail("\"" + text +
                "\" is no loopback address with a port, such as 127.0.0.1:8080 or 127.0.0.1:0; a "
                "key is never steered from another machine");
  }
  address.is_v6 = host.starts_with('[');
  return address;
}

Result<std::unique_ptr<HttpServer>, Error> HttpServer::Start(const LoopbackAddress& address,
                                                             std::string token,
                                                             ControlTargets targets) {
  std::uint16_t port = 0;
  FileDescriptor socket = TRY(Listen(address, port));
  std::string host =
      std::string(address.is_v6 ? "[::1]" : "127.0.0.1") + ":" + std::to_string(port);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(socket), std::move(host), port,
                                                    std::move(token), std::move(targets)));
}

HttpServer::HttpServer(FileDescriptor socket, std::string host, std::uint16_t port,
                       std::string token, ControlTargets targets)
    : socket_(std::move(socket)),
      host_(std::move(host)),
      port_(port),
      token_(std::move(token)),
      targets_(std::move(targets)),
      dialects_(targets_),
      connections_(socket_.get(), [this](FileDescriptor accepted, const std::stop_token& stop) {
        Serve(HttpConnection(std::move(accepted)), stop);
      }) {}

void HttpServer::Serve(HttpConnection connection, const std::stop_token& stop) {
  const std::stop_callback cut(stop, [&connection] { connection.Shutdown(); });
  const auto request = connection.Read(stop);
  if (!request && !request.error()) return;
  if (!request) {
    connection.Write(BytesOf(*request.error()));
    return connection.Finish(stop);
  }
  const HangUpWatch watch(connection.Handle(), POLLRDHUP, stop);
  const auto reply = Answer(*request, watch.Token());
  if (const auto* const answer = std::get_if<HttpAnswer>(&reply)) {
    connection.Write(BytesOf(*answer));
    return connection.Finish(stop);
  }
  const auto& stream = std::get<HttpStream>(reply);
  if (!connection.Write(HeadOf(stream))) return;
  stream.run([&](std::string_view piece) { return connection.Write(ChunkOf(piece)); });
  connection.Write(kLastChunk);
}

std::variant<HttpAnswer, HttpStream> HttpServer::Answer(const HttpRequest& request,
                                                        const std::stop_token& stop) {
  if (const auto from = CheckOrigin(request); !from) return from.error();
  if (auto answer = dialects_.Handle(request, stop)) return *std::move(answer);
  if (const auto known = CheckToken(request); !known) return known.error();

  const std::string verb = request.path.substr(1);
  if (verb == kEventsVerb || verb == kJournalVerb) {
    auto stream = verb == kEventsVerb ? EventsFor(request, stop) : JournalFor(request, stop);
    if (!stream) return std::move(stream.error());
    return *std::move(stream);
  }
  const bool posted = request.method == "POST";
  const bool read = request.method == "GET" && OnlyReads(verb);
  if (IsVerb(verb) && !posted && !read) return MethodAnswer(OnlyReads(verb) ? "GET, POST" : "POST");
  auto parameters = posted ? ParseBody(request) : ParseQuery(request.query);
  if (!parameters) return AnswerOf(parameters);
  return AnswerOf(RunVerb(targets_, verb, *std::move(parameters), stop));
}

Result<HttpStream, HttpAnswer> HttpServer::EventsFor(const HttpRequest& request,
                                                     const std::stop_token& stop) const {
  if (request.method != "GET") return Err(MethodAnswer("GET"));
  if (!request.query.empty()) return Err(ErrorAnswer(400, "events takes no parameters"));
  return HttpStream{"application/x-ndjson", [this, stop](const auto& write) {
                      WriteEvents(targets_.events, stop,
                                  [&](const std::string& line) { return write(line + "\n"); });
                    }};
}

Result<HttpStream, HttpAnswer> HttpServer::JournalFor(const HttpRequest& request,
                                                      const std::stop_token& stop) const {
  const bool posted = request.method == "POST";
  if (!posted && request.method != "GET") return Err(MethodAnswer("GET, POST"));
  auto parameters = posted ? ParseBody(request) : ParseQuery(request.query);
  if (!parameters) return Err(AnswerOf(parameters));
  const auto chosen = ChooseJournal(targets_, *std::move(parameters));
  if (!chosen) return Err(AnswerOf(Err(chosen.error())));
  return HttpStream{ContentType(chosen->format),
                    [chosen = *chosen, stop](const auto& write) { chosen.Read(stop, write); }};
}

Result<void, HttpAnswer> HttpServer::CheckOrigin(const HttpRequest& request) const {
  bool is_ours = false;
  for (const char* name : kLoopbackNames) {
    is_ours = is_ours || request.host == std::string(name) + ":" + std::to_string(port_);
  }
  if (!is_ours) {
    return Err(ErrorAnswer(403, "this is " + host_ + ", not \"" + request.host + "\""));
  }
  const bool same_origin = request.origin.empty() || request.origin == "http://" + request.host;
  const bool same_site = request.fetch_site.empty() || request.fetch_site == "none" ||
                         request.fetch_site == "same-origin";
  if (!same_origin || !same_site) {
    return Err(ErrorAnswer(403, "pages of other sites may not steer a key"));
  }
  return {};
}

Result<void, HttpAnswer> HttpServer::CheckToken(const HttpRequest& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string& given = request.authorization;
  if (given.size() > kScheme.size() &&
      ::strncasecmp(given.data(), kScheme.data(), kScheme.size()) == 0 &&
      crypto::ConstantTimeEqual(ViewOf(std::string_view(given).substr(kScheme.size())),
                                ViewOf(token_))) {
    return {};
  }
  HttpAnswer answer = ErrorAnswer(
      401,
      "say \"Authorization: Bearer TOKEN\", with the token that virtual-key told at its start");
  answer.headers = "WWW-Authenticate: Bearer\r\n";
  return Err(std::move(answer));
}

}  // namespace keyrig::control
