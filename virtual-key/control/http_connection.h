#pragma once

#include <optional>
#include <stop_token>
#include <string_view>

#include "harness/base/file_descriptor.h"
#include "virtual-key/control/http_message.h"

namespace keyrig::control {

/// One connection of an HTTP client, for one request. Not thread-safe, but for Shutdown.
class HttpConnection {
 public:
  explicit HttpConnection(FileDescriptor socket) : socket_(std::move(socket)) {}

  /// An error is what to answer to a request that cannot be read; nothing in it where the client
  /// has gone or `stop` is requested.
  Result<HttpRequest, std::optional<HttpAnswer>> Read(const std::stop_token& stop);
  /// False once the client has gone.
  bool Write(std::string_view bytes);
  /// Ends the answer, and waits a little until the client has read it.
  void Finish(const std::stop_token& stop);
  /// Ends reads and writes, also those that wait on another thread.
  void Shutdown();
  int Handle() const { return socket_.get(); }

 private:
  FileDescriptor socket_;
};

}  // namespace keyrig::control
