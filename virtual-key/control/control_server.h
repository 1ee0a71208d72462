#pragma once

#include <atomic>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "harness/base/bytes.h"
#include "harness/base/control.h"
#include "virtual-key/control/event_log.h"
#include "virtual-key/control/line_socket.h"

namespace keyrig::control {

/// What a control socket gives access to; all outlive it.
struct ControlTargets {
  KeyControl& key;
  const EventLog& events;
  Bytes attestation_root;  // DER, or empty
};

/// Serves a key's control socket: one JSON object a line, answered by one, when the action is
/// complete. {"verb": "touch", "expiry": "10s"} gives {"ok": true} or {"error": "…"}. Connections
/// are independent of each other; bad input is answered and the connection lives on.
///
/// Verbs: touch, decline, finger ("name"), wrong-finger, hold ("for"), give ("gesture") (all with
/// "expiry", default 10s; withdrawn when the client closes), gesture ("gesture"), unplug, plug,
/// power-cycle, advance ("by"), state, attestation-root, and events, which turns the connection
/// into a stream of {"event": …}, from the oldest kept on. Those of WebDriver's virtual
/// authenticators: add-credential ("credential"), get-credentials, remove-credential
/// ("credentialId"), remove-all-credentials, set-user-verified ("isUserVerified").
class ControlServer {
 public:
  static Result<std::unique_ptr<ControlServer>, Error> Start(const std::filesystem::path& path,
                                                             ControlTargets targets);
  /// Ends what still waits, then removes the socket.
  ~ControlServer();

 private:
  ControlServer(ListeningSocket socket, ControlTargets targets);
  void Listen(const std::stop_token& stop);
  void Serve(LineSocket socket, const std::stop_token& stop);
  void StreamEvents(LineSocket& socket, const std::stop_token& stop);
  void ForgetEnded();

  struct Connection {
    std::jthread thread;
    std::shared_ptr<std::atomic<bool>> ended;
  };

  ListeningSocket socket_;
  ControlTargets targets_;
  std::list<Connection> connections_;
  std::jthread listener_;
};

}  // namespace keyrig::control
