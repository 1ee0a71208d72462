#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/conformance/case.h"

/// The user's part in a command: touched, declined, absent, cancelled.
namespace keyrig::conformance {

/// One command that waits for the user, whenever it is sent.
struct WaitingCommand {
  std::string prefix;  // of the ids
  std::string clause;
  Command command;
  /// Brings the key to where the request can be sent, and gives it; without parameters where empty.
  std::function<OrStop<cbor::Map>(Client&)> request;
  std::vector<std::string> needs;
  Start start = Start::kAny;
  bool spoils = false;
  Statuses on_timeout = {kOperationDenied, kUserActionTimeout};
};

/// It asks and waits; it ends with the right status when the user declines, when nobody comes, and
/// when the client cancels.
std::vector<Case> PresenceCases(const WaitingCommand& waiting);

/// The answer has to be one of these, and the key must (not) have asked for its user before, where
/// that is known.
Outcome CheckReply(const Reply& reply, const Statuses& expected, bool asked,
                   const std::string& what);

/// Sends while the user does `gesture`. One who declines does so at once: then it is not known
/// whether the key asked.
OrStop<Reply> SendDuring(Client& client, Gesture gesture, Command command,
                         const cbor::Map& parameters);

}  // namespace keyrig::conformance
