#include "virtual-key/control/control_server.h"

#include <poll.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base/certificate.h"
#include "harness/base/duration_text.h"
#include "virtual-key/control/credential_json.h"
#include "virtual-key/control/messages.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

constexpr std::string_view kDefaultExpiry = "10s";

/// Requests a stop when the other end closes, or when the server stops.
class HangUpWatch {
 public:
  HangUpWatch(int fd, const std::stop_token& server_stop)
      : on_server_stop_(server_stop, [this] { gone_.request_stop(); }),
        watcher_([this, fd](const std::stop_token& done) {
          // A client that has only finished sending still waits for its answer: not a hang-up.
          if (WaitFor(fd, 0, done)) gone_.request_stop();
        }) {}
  std::stop_token Token() const { return gone_.get_token(); }

 private:
  std::stop_source gone_;
  std::stop_callback<std::function<void()>> on_server_stop_;
  std::jthread watcher_;
};

/// One request's parameters: each may be read once, and none may be left over.
class Request {
 public:
  static Result<Request, Error> Parse(const std::string& line) {
    json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
      return Fail("not a JSON object; send one a line, such as {\"verb\": \"state\"}");
    }
    return Request(std::move(object));
  }

  Result<std::string, Error> Take(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return Fail("\"" + name + "\" is missing");
    if (!found->is_string()) return Fail("\"" + name + "\" must be a string");
    std::string value = found->get<std::string>();
    object_.erase(found);
    return value;
  }
  Result<std::string, Error> TakeOr(const std::string& name, std::string_view fallback) {
    if (!object_.contains(name)) return std::string(fallback);
    return Take(name);
  }
  /// Of any type.
  Result<json, Error> TakeValue(const std::string& name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return Fail("\"" + name + "\" is missing");
    json value = std::move(*found);
    object_.erase(found);
    return value;
  }
  Result<void, Error> ExpectNothingElse() const {
    if (object_.empty()) return {};
    return Fail("\"" + object_.begin().key() + "\" is not a parameter of this verb");
  }

 private:
  explicit Request(json object) : object_(std::move(object)) {}
  json object_;
};

json Done() { return {{"ok", true}}; }

class Verbs {
 public:
  Verbs(ControlTargets& targets, int fd, const std::stop_token& stop)
      : targets_(targets), fd_(fd), stop_(stop) {}

  Result<json, Error> Run(const std::string& verb, Request& request) {
    if (verb == "touch" || verb == "decline" || verb == "finger" || verb == "wrong-finger" ||
        verb == "hold" || verb == "give") {
      return ActOnce(verb, request);
    }
    if (verb == "gesture") return SetGesture(request);
    if (verb == "advance") return Advance(request);
    if (verb == "fault") return SetFault(request);
    if (verb == "add-credential") return AddCredential(request);
    if (verb == "remove-credential") return RemoveCredential(request);
    if (verb == "set-user-verified") return SetUserVerified(request);
    TRY(request.ExpectNothingElse());
    KeyControl& key = targets_.key;
    if (verb == "state") return State();
    if (verb == "attestation-root") return AttestationRoot();
    if (verb == "get-credentials") return Credentials();
    if (verb == "remove-all-credentials") {
      TRY(key.RemoveAllCredentials());
    } else if (verb == "unplug") {
      TRY(key.Unplug());
    } else if (verb == "plug") {
      TRY(key.Plug());
    } else if (verb == "clear-faults") {
      TRY(key.ClearFaults());
    } else if (verb == "power-cycle") {
      TRY(key.PowerCycle());
    } else {
      return Fail(
          "\"" + verb +
          "\" is no verb; use touch, decline, finger, wrong-finger, hold, give, gesture, unplug, "
          "plug, power-cycle, advance, fault, clear-faults, state, events, attestation-root, "
          "add-credential, "
          "get-credentials, remove-credential, remove-all-credentials or set-user-verified");
    }
    return Done();
  }

 private:
  /// What the user does once, when the key asks.
  static Result<GestureScript, Error> ScriptFrom(const std::string& verb, Request& request) {
    if (verb == "finger") return GestureScript::Parse("finger " + TRY(request.Take("name")));
    if (verb == "wrong-finger") return GestureScript{.gesture = Gesture::kWrongFinger};
    if (verb == "hold") {
      return GestureScript{.gesture = Gesture::kTouch,
                           .hold = TRY(ParseDuration(TRY(request.Take("for"))))};
    }
    return GestureScript::Parse(TRY(request.Take("gesture")));
  }

  Result<json, Error> ActOnce(const std::string& verb, Request& request) {
    std::optional<GestureScript> script;
    if (verb != "touch" && verb != "decline") script = TRY(ScriptFrom(verb, request));
    const std::string expiry_text = TRY(request.TakeOr("expiry", kDefaultExpiry));
    const Duration expiry = TRY(ParseDuration(expiry_text));
    TRY(request.ExpectNothingElse());
    const HangUpWatch watch(fd_, stop_);
    if (script) {
      TRY(targets_.key.Give(*script, expiry, watch.Token()));
    } else if (verb == "touch") {
      TRY(targets_.key.Touch(expiry, watch.Token()));
    } else {
      TRY(targets_.key.Decline(expiry, watch.Token()));
    }
    return Done();
  }

  Result<json, Error> SetGesture(Request& request) {
    const std::string text = TRY(request.Take("gesture"));
    TRY(request.ExpectNothingElse());
    const GestureScript script = TRY(GestureScript::Parse(text));
    TRY(targets_.key.SetGesture(script));
    return Done();
  }

  Result<json, Error> SetFault(Request& request) {
    const std::string fault = TRY(request.Take("fault"));
    TRY(request.ExpectNothingElse());
    TRY(targets_.key.SetFault(fault));
    return Done();
  }

  Result<json, Error> Advance(Request& request) {
    const std::string text = TRY(request.Take("by"));
    TRY(request.ExpectNothingElse());
    const Duration by = TRY(ParseDuration(text));
    TRY(targets_.key.Advance(by));
    return Done();
  }

  Result<json, Error> AddCredential(Request& request) {
    const json credential = TRY(request.TakeValue("credential"));
    TRY(request.ExpectNothingElse());
    TRY(targets_.key.AddCredential(TRY(CredentialFrom(credential))));
    return Done();
  }

  Result<json, Error> Credentials() {
    json list = json::array();
    for (const PortableCredential& credential : TRY(targets_.key.Credentials())) {
      list.push_back(ToJson(credential));
    }
    return json{{"ok", true}, {"credentials", std::move(list)}};
  }

  Result<json, Error> RemoveCredential(Request& request) {
    const std::string text = TRY(request.Take("credentialId"));
    TRY(request.ExpectNothingElse());
    const auto id = FromBase64Url(text);
    if (!id) return Fail("\"credentialId\" is no base64url: " + id.error().message);
    TRY(targets_.key.RemoveCredential({*id}));
    return Done();
  }

  Result<json, Error> SetUserVerified(Request& request) {
    const json verified = TRY(request.TakeValue("isUserVerified"));
    TRY(request.ExpectNothingElse());
    if (!verified.is_boolean()) return Fail("\"isUserVerified\" must be true or false");
    TRY(targets_.key.SetUserVerified(verified.get<bool>()));
    return Done();
  }

  Result<json, Error> State() {
    json state = ToJson(TRY(targets_.key.State()));
    state["events"] = targets_.events.Count();
    return json{{"ok", true}, {"state", std::move(state)}};
  }

  Result<json, Error> AttestationRoot() {
    if (targets_.attestation_root.empty()) {
      return Fail("this key's attestation has no root certificate");
    }
    const auto root = TRY(crypto::Certificate::FromDer(targets_.attestation_root));
    return json{{"ok", true}, {"pem", root.Pem()}};
  }

  ControlTargets& targets_;
  int fd_;
  const std::stop_token& stop_;
};

json ErrorJson(const Error& error) { return {{"error", error.message}}; }

/// Text of clients may be no UTF-8; the answer is.
std::string Line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<std::unique_ptr<ControlServer>, Error> ControlServer::Start(
    const std::filesystem::path& path, ControlTargets targets) {
  ListeningSocket socket = TRY(ListeningSocket::Bind(path));
  std::unique_ptr<ControlServer> server(new ControlServer(std::move(socket), std::move(targets)));
  server->listener_ =
      std::jthread([raw = server.get()](const std::stop_token& stop) { raw->Listen(stop); });
  return server;
}

ControlServer::ControlServer(ListeningSocket socket, ControlTargets targets)
    : socket_(std::move(socket)), targets_(std::move(targets)) {}

ControlServer::~ControlServer() {
  listener_.request_stop();
  listener_.join();
  for (Connection& connection : connections_) connection.thread.request_stop();
}

void ControlServer::Listen(const std::stop_token& stop) {
  while (auto accepted = socket_.Accept(stop)) {
    ForgetEnded();
    auto ended = std::make_shared<std::atomic<bool>>(false);
    auto serve = [this, ended,
                  socket = *std::move(accepted)](const std::stop_token& connection_stop) mutable {
      Serve(std::move(socket), connection_stop);
      *ended = true;
    };
    connections_.push_back({std::jthread(std::move(serve)), ended});
  }
}

void ControlServer::ForgetEnded() {
  connections_.remove_if([](const Connection& connection) { return connection.ended->load(); });
}

void ControlServer::Serve(LineSocket socket, const std::stop_token& stop) {
  const std::stop_callback cut(stop, [&socket] { socket.Shutdown(); });  // a client may not read
  while (const auto line = socket.ReadLine(stop)) {
    const auto answer = [&]() -> Result<json, Error> {
      Request request = TRY(Request::Parse(*line));
      const std::string verb = TRY(request.Take("verb"));
      if (verb == "events") {
        TRY(request.ExpectNothingElse());
        return json{{"stream", true}};
      }
      return Verbs(targets_, socket.Handle(), stop).Run(verb, request);
    }();
    if (answer && answer->contains("stream")) return StreamEvents(socket, stop);
    if (!socket.WriteLine(Line(answer ? *answer : ErrorJson(answer.error())))) return;
  }
}

void ControlServer::StreamEvents(LineSocket& socket, const std::stop_token& stop) {
  const HangUpWatch watch(socket.Handle(), stop);
  std::uint64_t next = targets_.events.First();
  if (!socket.WriteLine(Line(json{{"ok", true}, {"first", next}}))) return;
  while (const auto event = targets_.events.Wait(next, watch.Token())) {
    if (!socket.WriteLine(Line(json{{"event", ToJson(*event)}}))) return;
    ++next;
  }
  if (!watch.Token().stop_requested()) {
    socket.WriteLine(Line(ErrorJson({"this reader fell too far behind; events were lost"})));
  }
}

}  // namespace keyrig::control
