#include "virtual-key/control/control_server.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "virtual-key/control/hang_up_watch.h"
#include "virtual-key/control/journal_stream.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

/// A line's verb and what is beside it.
struct LineRequest {
  std::string verb;
  json parameters;
};

Result<LineRequest, VerbError> ParseLine(const std::string& line) {
  json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return Fail("not a JSON object; send one a line, such as {\"verb\": \"state\"}");
  }
  const auto verb = object.find("verb");
  if (verb == object.end()) return Fail("\"verb\" is missing");
  if (!verb->is_string()) return Fail("\"verb\" must be a string");
  LineRequest request{verb->get<std::string>(), {}};
  object.erase(verb);
  request.parameters = std::move(object);
  if (request.verb == kEventsVerb && !request.parameters.empty()) {
    return Fail("\"" + request.parameters.begin().key() + "\" is not a parameter of this verb");
  }
  return request;
}

}  // namespace

Result<std::unique_ptr<ControlServer>, Error> ControlServer::Start(
    const std::filesystem::path& path, ControlTargets targets) {
  ListeningSocket socket = TRY(ListeningSocket::Bind(path));
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(socket), std::move(targets)));
}

ControlServer::ControlServer(ListeningSocket socket, ControlTargets targets)
    : socket_(std::move(socket)),
      targets_(std::move(targets)),
      connections_(socket_.Handle(),
                   [this](FileDescriptor connection, const std::stop_token& stop) {
                     Serve(LineSocket(std::move(connection)), stop);
                   }) {}

void ControlServer::Serve(LineSocket socket, const std::stop_token& stop) const {
  const std::stop_callback cut(stop, [&socket] { socket.Shutdown(); });  // a client may not read
  while (const auto line = socket.ReadLine(stop)) {
    const auto request = ParseLine(*line);
    // A client that has only finished sending still waits for its answer: not a hang-up.
    const HangUpWatch watch(socket.Handle(), 0, stop);
    if (request && request->verb == kEventsVerb) {
      return WriteEvents(targets_.events, watch.Token(),
                         [&](const std::string& text) { return socket.WriteLine(text); });
    }
    if (request && request->verb == kJournalVerb) {
      const auto chosen = ChooseJournal(targets_, request->parameters);
      if (chosen) {
        if (!socket.WriteLine(TextOf({{"ok", true}}))) return;
        return chosen->Read(
            watch.Token(), [&](std::string_view piece) { return SendAll(socket.Handle(), piece); });
      }
      if (!socket.WriteLine(TextOf({{"error", chosen.error().message}}))) return;
      continue;
    }
    const auto answer = request
                            ? RunVerb(targets_, request->verb, request->parameters, watch.Token())
                            : Result<json, VerbError>(Err(request.error()));
    if (!socket.WriteLine(TextOf(answer ? *answer : json{{"error", answer.error().message}}))) {
      return;
    }
  }
}

}  // namespace keyrig::control
