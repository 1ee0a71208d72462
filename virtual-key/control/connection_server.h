#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <stop_token>
#include <thread>

#include "harness/base/file_descriptor.h"

namespace keyrig::control {

/// Accepts the connections of a listening socket and serves each on a thread of its own, until the
/// end, which stops and awaits them all.
class ConnectionServer {
 public:
  using Serve = std::function<void(FileDescriptor connection, const std::stop_token& stop)>;

  /// `listening` outlives it. `serve` returns soon after its stop is requested.
  ConnectionServer(int listening, Serve serve);
  ~ConnectionServer();
  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

 private:
  void Listen(int listening, const std::stop_token& stop);
  void Begin(FileDescriptor connection);
  void ForgetEnded();

  struct Connection {
    std::jthread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };

  const Serve serve_;
  std::list<Connection> connections_;  // of the listener while it runs
  std::jthread listener_;
};

}  // namespace keyrig::control
