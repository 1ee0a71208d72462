#include "mock-entra/http/server.h"

#include <algorithm>
#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cctype>
#include <charconv>
#include <thread>

namespace keyrig::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
using tcp = boost::asio::ip::tcp;
using BeastResponse = beast::http::response<beast::http::string_body>;

constexpr std::size_t kThreads = 4;
constexpr std::uint32_t kHeaderLimit = 64 * 1024;
constexpr std::uint64_t kBodyLimit = 4 * 1024 * 1024;
constexpr auto kIdleLimit = std::chrono::seconds(60);
constexpr auto kCloseLimit = std::chrono::seconds(5);

std::string HostWithoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    host = host.substr(0, colon);
  }
  std::string name(host);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

/// Nothing where the target is not an absolute path (RFC 9112 §3.2.1) or an absolute URL (§3.2.2).
std::optional<Request> FromBeast(beast::http::request<beast::http::string_body>&& message) {
  std::string_view target(message.target().data(), message.target().size());
  Request request;
  request.method = std::string(message.method_string());
  if (request.method.empty()) return std::nullopt;
  std::string host(message[beast::http::field::host]);
  if (target.starts_with("https://")) {
    target.remove_prefix(8);
    const std::size_t slash = std::min(target.find('/'), target.size());
    host = target.substr(0, slash);
    target.remove_prefix(slash);
    if (target.empty()) target = "/";
  }
  if (!target.starts_with('/')) return std::nullopt;
  request.host = HostWithoutPort(host);
  const std::size_t question = std::min(target.find('?'), target.size());
  request.raw_path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.path = UrlDecode(request.raw_path, false);
  for (const auto& field : message) {
    request.headers.Add(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

/// One connection, from its handshake to its end. All of it runs on the connection's strand.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, ssl::context& tls, const Server::Handler& handler)
      : stream_(std::move(socket), tls), timer_(stream_.get_executor()), handler_(handler) {}

  void Start() {
    beast::get_lowest_layer(stream_).expires_after(kIdleLimit);
    stream_.async_handshake(ssl::stream_base::server,
                            [self = shared_from_this()](beast::error_code failure) {
                              // A client that gives up (a CA it does not trust) just ends.
                              if (!failure) self->Read();
                            });
  }

 private:
  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeaderLimit);
    parser_->body_limit(kBodyLimit);
    beast::get_lowest_layer(stream_).expires_after(kIdleLimit);
    beast::http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code failure, std::size_t) {
          if (failure) return self->Refuse(failure);
          self->ReadBody();
        });
  }

  void ReadBody() {
    if (beast::iequals(parser_->get()[beast::http::field::expect], "100-continue")) {
      auto go_on = std::make_shared<BeastResponse>(beast::http::status::continue_, 11);
      beast::http::async_write(
          stream_, *go_on,
          [self = shared_from_this(), go_on](beast::error_code failure, std::size_t) {
            if (!failure) self->ReadRest();
          });
      return;
    }
    ReadRest();
  }

  void ReadRest() {
    beast::get_lowest_layer(stream_).expires_after(kIdleLimit);
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code failure, std::size_t) {
                              if (failure) return self->Refuse(failure);
                              self->Answer();
                            });
  }

  /// Says what is wrong with a request that cannot be read; a client that went away hears nothing.
  void Refuse(beast::error_code failure) {
    namespace error = beast::http;
    keep_alive_ = false;
    is_head_ = false;
    if (failure == error::error::body_limit) {
      return Deliver(Text(413, "The body is larger than this service reads.\n"));
    }
    if (failure == error::error::header_limit) {
      return Deliver(Text(431, "The header is larger than this service reads.\n"));
    }
    if (failure == error::error::end_of_stream || failure == error::error::partial_message ||
        failure.category() != error::make_error_code(error::error::bad_method).category()) {
      return Close();
    }
    Deliver(Text(400, "Not an HTTP/1.1 request: " + failure.message() + ".\n"));
  }

  void Answer() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    is_head_ = message.method() == beast::http::verb::head;
    auto request = FromBeast(std::move(message));
    if (!request) {
      keep_alive_ = false;
      return Deliver(Text(400, "The request target must be an absolute path.\n"));
    }
    Deliver(handler_(*request));
  }

  void Deliver(Response response) {
    if (response.delay <= Duration{0}) return Write(std::move(response));
    beast::get_lowest_layer(stream_).expires_never();
    timer_.expires_after(response.delay);
    timer_.async_wait([self = shared_from_this(),
                       delayed = std::move(response)](beast::error_code failure) mutable {
      if (!failure) self->Write(std::move(delayed));
    });
  }

  void Write(Response response) {
    message_ = BeastResponse(static_cast<beast::http::status>(response.status), 11);
    for (const auto& [name, value] : response.headers.All()) message_.insert(name, value);
    message_.keep_alive(keep_alive_);
    const bool has_body =
        response.status >= 200 && response.status != 204 && response.status != 304;
    if (has_body) message_.content_length(response.body.size());
    const bool cut = has_body && response.cut_after && *response.cut_after < response.body.size();
    if (cut) response.body.resize(*response.cut_after);
    if (has_body && !is_head_) message_.body() = std::move(response.body);
    beast::get_lowest_layer(stream_).expires_after(kIdleLimit);
    // The serializer writes content-length as announced, however many bytes follow.
    beast::http::async_write(
        stream_, message_,
        [self = shared_from_this(), cut](beast::error_code failure, std::size_t) {
          if (failure) return;
          if (cut) return self->Abort();
          if (!self->keep_alive_) return self->Close();
          self->Read();
        });
  }

  /// Ends the connection without TLS's farewell: the client sees a transfer that broke off.
  void Abort() {
    beast::error_code ignored;
    beast::get_lowest_layer(stream_).socket().shutdown(tcp::socket::shutdown_both, ignored);
    beast::get_lowest_layer(stream_).close();
  }

  void Close() {
    beast::get_lowest_layer(stream_).expires_after(kCloseLimit);
    stream_.async_shutdown([self = shared_from_this()](beast::error_code) {
      beast::error_code ignored;
      beast::get_lowest_layer(self->stream_).socket().shutdown(tcp::socket::shutdown_send, ignored);
      self->Drain();
    });
  }

  /// Reads away what a refused client is still sending: to close over unread bytes would reset the
  /// connection, and the client would lose the answer.
  void Drain() {
    beast::get_lowest_layer(stream_).async_read_some(
        buffer_.prepare(kHeaderLimit),
        [self = shared_from_this()](beast::error_code failure, std::size_t) {
          if (!failure) self->Drain();
        });
  }

  ssl::stream<beast::tcp_stream> stream_;
  asio::steady_timer timer_;
  const Server::Handler& handler_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  BeastResponse message_;
  bool keep_alive_ = false;
  bool is_head_ = false;
};

class BeastServer final : public Server {
 public:
  explicit BeastServer(Handler handler)
      : handler_(std::move(handler)),
        context_(static_cast<int>(kThreads)),
        tls_(ssl::context::tls_server),
        acceptor_(asio::make_strand(context_)) {}

  ~BeastServer() override {
    context_.stop();
    threads_.clear();  // joins
  }

  Result<void, Error> Open(const tcp::endpoint& endpoint, const TlsIdentity& identity) {
    beast::error_code failure;
    tls_.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                         ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                     failure);
    if (!failure) {
      tls_.use_certificate_chain(asio::buffer(identity.certificate_chain_pem), failure);
    }
    if (!failure) {
      tls_.use_private_key(asio::buffer(identity.private_key_pem), ssl::context::pem, failure);
    }
    if (failure) return Fail("the server certificate cannot be used: " + failure.message());
    acceptor_.open(endpoint.protocol(), failure);
    if (!failure) acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
    if (!failure) acceptor_.bind(endpoint, failure);
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) {
      return Fail("cannot listen on " + endpoint.address().to_string() + " port " +
                  std::to_string(endpoint.port()) + ": " + failure.message());
    }
    Accept();
    for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { context_.run(); });
    return {};
  }

  std::uint16_t Port() const override {
    beast::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

 private:
  void Accept() {
    acceptor_.async_accept(
        asio::make_strand(context_), [this](beast::error_code failure, tcp::socket socket) {
          if (failure == asio::error::operation_aborted) return;
          if (!failure) {
            beast::error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            std::make_shared<Connection>(std::move(socket), tls_, handler_)->Start();
          }
          Accept();
        });
  }

  Handler handler_;
  asio::io_context context_;
  ssl::context tls_;
  tcp::acceptor acceptor_;
  std::vector<std::jthread> threads_;
};

/// "127.0.0.1:8443" or "[::1]:8443"; other addresses are refused, so that the service never shows
/// on a network.
Result<tcp::endpoint, Error> ParseEndpoint(const std::string& address) {
  const auto fail = [&] {
    return Fail("cannot listen on \"" + address +
                "\"; expected a loopback address and a port, such as 127.0.0.1:8443 or "
                "[::1]:8443");
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return fail();
  std::string host = address.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const auto [rest, problem] = std::from_chars(address.data() + colon + 1, end, port);
  if (problem != std::errc{} || rest != end) return fail();
  beast::error_code failure;
  const auto ip = asio::ip::make_address(host, failure);
  if (failure || !ip.is_loopback()) return fail();
  return tcp::endpoint(ip, port);
}

}  // namespace

Result<void, Error> Server::CheckAddress(const std::string& address) {
  TRY(ParseEndpoint(address));
  return {};
}

Result<std::unique_ptr<Server>, Error> Server::Start(const std::string& address,
                                                     const TlsIdentity& identity, Handler handler) {
  const tcp::endpoint endpoint = TRY(ParseEndpoint(address));
  auto server = std::make_unique<BeastServer>(std::move(handler));
  TRY(server->Open(endpoint, identity));
  return server;
}

}  // namespace keyrig::http
