#include "virtual-key/control/connection_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "virtual-key/control/line_socket.h"

namespace keyrig::control {
namespace {

/// Before the next try where the process has no descriptor left.
constexpr std::chrono::milliseconds kShortage(50);

}  // namespace

ConnectionServer::ConnectionServer(int listening, Serve serve) : serve_(std::move(serve)) {
  listener_ =
      std::jthread([this, listening](const std::stop_token& stop) { Listen(listening, stop); });
}

ConnectionServer::~ConnectionServer() {
  listener_.request_stop();
  listener_.join();
  for (Connection& connection : connections_) connection.thread.request_stop();
}

void ConnectionServer::Listen(int listening, const std::stop_token& stop) {
  while (WaitFor(listening, POLLIN, stop)) {
    FileDescriptor accepted(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    ForgetEnded();
    if (accepted) {
      Begin(std::move(accepted));
    } else {
      std::this_thread::sleep_for(kShortage);
    }
  }
}

void ConnectionServer::Begin(FileDescriptor connection) {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  auto serve = [this, ended, fd = std::move(connection)](const std::stop_token& stop) mutable {
    serve_(std::move(fd), stop);
    *ended = true;
  };
  connections_.push_back({std::jthread(std::move(serve)), ended});
}

void ConnectionServer::ForgetEnded() {
  connections_.remove_if([](const Connection& connection) { return connection.ended->load(); });
}

}  // namespace keyrig::control
