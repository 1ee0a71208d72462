#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "virtual-key/control/line_socket.h"

namespace keyrig::control {

/// Requests a stop when the other end of a connection hangs up, or when the server stops.
class HangUpWatch {
 public:
  /// `events` are those of poll(2) that count as a hang-up, beside POLLHUP.
  HangUpWatch(int fd, short events, const std::stop_token& server_stop)
      : on_server_stop_(server_stop, [this] { gone_.request_stop(); }),
        watcher_([this, fd, events](const std::stop_token& done) {
          if (WaitFor(fd, events, done)) gone_.request_stop();
        }) {}
  std::stop_token Token() const { return gone_.get_token(); }

 private:
  std::stop_source gone_;
  std::stop_callback<std::function<void()>> on_server_stop_;
  std::jthread watcher_;
};

}  // namespace keyrig::control
