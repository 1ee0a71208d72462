#include "virtual-key/control/socket_key_control.h"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base/duration_text.h"
#include "virtual-key/control/credential_json.h"
#include "virtual-key/control/line_socket.h"
#include "virtual-key/control/messages.h"

namespace keyrig::control {
namespace {

using nlohmann::json;

Result<json, Error> ParseAnswer(const std::string& line) {
  json answer = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return Fail("the key answered with what is no JSON object: " + line);
  if (const auto error = answer.find("error"); error != answer.end()) {
    return Fail(error->is_string() ? error->get<std::string>() : error->dump());
  }
  return answer;
}

template <typename T>
Result<T, Error> Member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return Fail(std::string("the key's answer lacks \"") + name + "\"");
  if constexpr (std::is_same_v<T, std::string>) {
    if (found->is_string()) return found->template get<T>();
  } else {
    if (found->is_number_unsigned()) return found->template get<T>();
  }
  return Fail(std::string("the key's answer has another \"") + name + "\" than expected");
}

}  // namespace

Result<json, Error> SocketKeyControl::Ask(json request, const std::stop_token& stop) const {
  if (key_) request["key"] = *key_;
  LineSocket socket = TRY(LineSocket::Connect(path_));
  if (!socket.WriteLine(request.dump())) {
    return Fail("the virtual key at " + path_.string() + " closed the connection");
  }
  const auto line = socket.ReadLine(stop);
  if (line) return ParseAnswer(*line);
  if (stop.stop_requested()) return Fail("withdrawn");
  return Fail("the virtual key at " + path_.string() + " ended without an answer");
}

Result<void, Error> SocketKeyControl::Touch(Duration expiry, std::stop_token stop) {
  TRY(Ask({{"verb", "touch"}, {"expiry", DurationText(expiry)}}, stop));
  return {};
}

Result<void, Error> SocketKeyControl::Decline(Duration expiry, std::stop_token stop) {
  TRY(Ask({{"verb", "decline"}, {"expiry", DurationText(expiry)}}, stop));
  return {};
}

Result<void, Error> SocketKeyControl::Give(const GestureScript& script, Duration expiry,
                                           std::stop_token stop) {
  TRY(Ask({{"verb", "give"}, {"gesture", script.Text()}, {"expiry", DurationText(expiry)}}, stop));
  return {};
}

Result<void, Error> SocketKeyControl::SetGesture(GestureScript script) {
  TRY(Ask({{"verb", "gesture"}, {"gesture", script.Text()}}));
  return {};
}

Result<void, Error> SocketKeyControl::Unplug() {
  TRY(Ask({{"verb", "unplug"}}));
  return {};
}

Result<void, Error> SocketKeyControl::Plug() {
  TRY(Ask({{"verb", "plug"}}));
  return {};
}

Result<void, Error> SocketKeyControl::PowerCycle() {
  TRY(Ask({{"verb", "power-cycle"}}));
  return {};
}

Result<void, Error> SocketKeyControl::Advance(Duration by) {
  if (by < Duration{0}) return Fail("a key's clock cannot be turned back");
  TRY(Ask({{"verb", "advance"}, {"by", DurationText(by)}}));
  return {};
}

Result<void, Error> SocketKeyControl::SetFault(const std::string& fault) {
  TRY(Ask({{"verb", "fault"}, {"fault", fault}}));
  return {};
}

Result<void, Error> SocketKeyControl::ClearFaults() {
  TRY(Ask({{"verb", "clear-faults"}}));
  return {};
}

Result<KeyStateReport, Error> SocketKeyControl::State() {
  const json answer = TRY(Ask({{"verb", "state"}}));
  return StateFrom(answer.value("state", json()));
}

Result<void, Error> SocketKeyControl::AddCredential(const PortableCredential& credential) {
  TRY(Ask({{"verb", "add-credential"}, {"credential", ToJson(credential)}}));
  return {};
}

Result<std::vector<PortableCredential>, Error> SocketKeyControl::Credentials() {
  const json answer = TRY(Ask({{"verb", "get-credentials"}}));
  std::vector<PortableCredential> credentials;
  for (const json& entry : answer.value("credentials", json::array())) {
    credentials.push_back(TRY(CredentialFrom(entry)));
  }
  return credentials;
}

Result<void, Error> SocketKeyControl::RemoveCredential(const CredentialId& id) {
  TRY(Ask({{"verb", "remove-credential"}, {"credentialId", ToBase64Url(id.bytes)}}));
  return {};
}

Result<void, Error> SocketKeyControl::RemoveAllCredentials() {
  TRY(Ask({{"verb", "remove-all-credentials"}}));
  return {};
}

Result<void, Error> SocketKeyControl::SetUserVerified(bool verified) {
  TRY(Ask({{"verb", "set-user-verified"}, {"isUserVerified", verified}}));
  return {};
}

Result<std::string, Error> SocketKeyControl::AttestationRoot() {
  const json answer = TRY(Ask({{"verb", "attestation-root"}}));
  return Member<std::string>(answer, "pem");
}

Result<std::uint64_t, Error> SocketKeyControl::EventCount() {
  const json answer = TRY(Ask({{"verb", "state"}}));
  return Member<std::uint64_t>(answer.value("state", json::object()), "events");
}

/// Follows the stream on a thread of its own.
class EventFeed::Reader {
 public:
  Reader(LineSocket socket, std::uint64_t first, EventSink& sink)
      : socket_(std::move(socket)), sink_(sink), next_(first) {
    thread_ = std::jthread([this](const std::stop_token& stop) { Follow(stop); });
  }

  /// False if the stream ends or `timeout` passes before `count` events have come.
  Result<void, Error> Await(std::uint64_t count, Duration timeout) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, timeout, [&] { return next_ >= count || ended_; });
    if (next_ >= count) return {};
    if (ended_) return Fail("the key's event stream ended: " + *ended_);
    return Fail("the key's events did not arrive in time");
  }

 private:
  void Follow(const std::stop_token& stop) {
    std::string reason = "the key closed it";
    while (const auto line = socket_.ReadLine(stop)) {
      const auto answer = ParseAnswer(*line);
      const auto event = answer ? EventFrom(answer->value("event", json())) : Err(answer.error());
      if (!event) {
        reason = event.error().message;
        break;
      }
      sink_.Emit(*event);
      const std::lock_guard lock(mutex_);
      ++next_;
      arrived_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    ended_ = reason;
    arrived_.notify_all();
  }

  LineSocket socket_;
  EventSink& sink_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::uint64_t next_;
  std::optional<std::string> ended_;
  std::jthread thread_;
};

Result<std::unique_ptr<EventFeed>, Error> EventFeed::Start(const std::filesystem::path& path,
                                                           EventSink& sink) {
  LineSocket socket = TRY(LineSocket::Connect(path));
  if (!socket.WriteLine(json{{"verb", "events"}}.dump())) {
    return Fail("the virtual key at " + path.string() + " closed the connection");
  }
  const auto line = socket.ReadLine();
  if (!line) return Fail("the virtual key at " + path.string() + " ended without an answer");
  const json answer = TRY(ParseAnswer(*line));
  const auto first = TRY(Member<std::uint64_t>(answer, "first"));
  auto reader = std::make_unique<Reader>(std::move(socket), first, sink);
  return std::unique_ptr<EventFeed>(new EventFeed(path, std::move(reader)));
}

EventFeed::EventFeed(std::filesystem::path path, std::unique_ptr<Reader> reader)
    : path_(std::move(path)), reader_(std::move(reader)) {}

EventFeed::~EventFeed() = default;

Result<void, Error> EventFeed::CatchUp(Duration timeout) {
  const std::uint64_t count = TRY(SocketKeyControl(path_).EventCount());
  return reader_->Await(count, timeout);
}

}  // namespace keyrig::control
