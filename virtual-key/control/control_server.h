#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "virtual-key/control/connection_server.h"
#include "virtual-key/control/key_verbs.h"
#include "virtual-key/control/line_socket.h"

namespace keyrig::control {

/// Serves the control socket of a process's keys: one JSON object a line, answered by one, when the
/// action is complete. {"verb": "touch", "expiry": "10s"} gives {"ok": true} or {"error": "…"}; the
/// verbs are those of key_verbs.h, and two that turn the connection into something else: events,
/// into a stream, and journal, into a file (journal_stream.h). What waits is withdrawn when its
/// client closes. Connections are independent of each other; bad input is answered and the
/// connection lives on.
class ControlServer {
 public:
  static Result<std::unique_ptr<ControlServer>, Error> Start(const std::filesystem::path& path,
                                                             ControlTargets targets);

 private:
  ControlServer(ListeningSocket socket, ControlTargets targets);
  void Serve(LineSocket socket, const std::stop_token& stop) const;

  ListeningSocket socket_;
  const ControlTargets targets_;
  ConnectionServer connections_;  // ends what still waits before the socket is removed
};

}  // namespace keyrig::control
