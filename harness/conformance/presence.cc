#include "harness/conformance/presence.h"

#include <algorithm>
#include <utility>

namespace keyrig::conformance {
namespace {

OrStop<Reply> SendWaiting(Client& client, const WaitingCommand& waiting) {
  const cbor::Map request = TRY(waiting.request(client));
  if (request.empty()) return client.Send(waiting.command);
  return client.Send(waiting.command, request);
}

/// With the positive twin behind it: once touched, the command goes through.
Outcome CheckTwin(Client& client, const WaitingCommand& waiting) {
  TRY(client.SetUser(Gesture::kTouch));
  const Reply reply = TRY(SendWaiting(client, waiting));
  return CheckReply(reply, {kOk}, true, "its positive twin, touched");
}

Outcome PlayGesture(Client& client, const WaitingCommand& waiting, Gesture gesture,
                    const Statuses& expected) {
  const cbor::Map request = TRY(waiting.request(client));
  const Reply reply = TRY(SendDuring(client, gesture, waiting.command, request));
  TRY(CheckReply(reply, expected, true, waiting.prefix));
  return CheckTwin(client, waiting);
}

}  // namespace

OrStop<Reply> SendDuring(Client& client, Gesture gesture, Command command,
                         const cbor::Map& parameters) {
  TRY(client.SetUser(gesture));
  Reply reply = TRY(parameters.empty() ? client.Send(command) : client.Send(command, parameters));
  if (gesture == Gesture::kDecline) reply.asked.reset();
  return reply;
}

Outcome CheckReply(const Reply& reply, const Statuses& expected, bool asked,
                   const std::string& what) {
  if (std::ranges::find(expected, reply.status) == expected.end()) {
    return Failed(what + ": the key answered " + Text(reply.status) + " instead of " +
                  Text(expected));
  }
  if (reply.asked.value_or(asked) == asked) return {};
  return Failed(what + (asked ? ": the key did not ask for a touch"
                              : ": the key asked for a touch and should not have"));
}

std::vector<Case> PresenceCases(const WaitingCommand& waiting) {
  std::vector<Case> cases;
  const auto add = [&](std::string id, std::string shows, std::function<Outcome(Client&)> play,
                       const char* need) {
    Case each;
    each.id = waiting.prefix + "_" + std::move(id);
    each.clause = waiting.clause;
    each.shows = std::move(shows);
    each.play = std::move(play);
    each.start = waiting.start;
    each.needs = waiting.needs;
    each.needs.emplace_back(need);
    each.spoils = waiting.spoils;
    cases.push_back(std::move(each));
  };
  add(
      "asks_for_touch", "the key waits for a touch, then does it",
      [waiting](Client& client) { return CheckTwin(client, waiting); }, "hid");
  add(
      "declined", "a user who says no ends it with OPERATION_DENIED",
      [waiting](Client& client) {
        return PlayGesture(client, waiting, Gesture::kDecline, {kOperationDenied});
      },
      "own");
  add(
      "nobody_comes", "without a touch it ends by itself, after 10 s at the earliest",
      [waiting](Client& client) {
        return PlayGesture(client, waiting, Gesture::kNever, waiting.on_timeout);
      },
      "hid");
  add(
      "cancelled", "a cancel ends the wait with KEEPALIVE_CANCEL",
      [waiting](Client& client) -> Outcome {
        const cbor::Map request = TRY(waiting.request(client));
        TRY(client.SetUser(Gesture::kManual));
        client.CancelWhenAsked();
        const Reply reply = TRY(request.empty() ? client.Send(waiting.command)
                                                : client.Send(waiting.command, request));
        TRY(CheckReply(reply, {kKeepaliveCancel}, true, waiting.prefix));
        return CheckTwin(client, waiting);
      },
      "hid");
  return cases;
}

}  // namespace keyrig::conformance
