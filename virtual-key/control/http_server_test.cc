// The HTTP control through libcurl: of keys in this process, and of one that notes what it is told.
#include "virtual-key/control/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "virtual-key/control/http_test_client.h"
#include "virtual-key/control/http_token.h"
#include "virtual-key/control/line_socket.h"
#include "virtual-key/control/recording_key.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/journal/test_wire.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::control {
namespace {

using ctaphid::Command;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr const char* kToken = "the token of this test";
const Bytes kTouched{0x00};

/// `count` keys in this process and a server of them, which a test starts.
class HttpServerTest : public testing::Test {
 protected:
  void Start(int count = 1, const std::string& address = "127.0.0.1:0") {
    for (int i = 0; i < count; ++i) {
      VirtualKeyOptions options;
      options.gesture = {.gesture = Gesture::kManual};
      keys_.push_back(MemoryKey::Create(std::move(options), clock_, rng_, events_).value());
    }
    Serve(address);
  }

  void Serve(const std::string& address = "127.0.0.1:0") {
    ControlTargets targets{{}, events_};
    for (const auto& key : keys_) targets.keys.push_back({key->Control(), key->AttestationRoot()});
    if (keys_.empty()) targets.keys.push_back({recording_, {}, &journal_});
    auto server = HttpServer::Start(LoopbackAddress::Parse(address).value(), kToken, targets);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = *std::move(server);
  }

  HttpTestClient Client(const std::string& token = kToken) const {
    return HttpTestClient(server_->Url(), token);
  }
  std::uint16_t Port() const {
    const std::string url = server_->Url();
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  KeyStateReport State(std::size_t key = 0) { return keys_[key]->Control().State().value(); }

  /// A client of a key that asks for a touch, or has been touched already; gives the status byte
  /// that it ends in.
  std::future<Bytes> AskForTouch(std::size_t key = 0) {
    auto answer = std::async(std::launch::async, [&owner = *keys_[key]] {
      virtual_key::HidClient client(owner.Open());
      const auto channel = client.OpenChannel();
      client.Send(channel, Command::kCbor, Bytes{0x0B});
      const auto message = client.ReceiveAnswer(seconds(30));
      return message ? message->payload : Bytes{};
    });
    while (!State(key).awaiting_touch &&
           answer.wait_for(milliseconds(1)) == std::future_status::timeout) {
    }
    return answer;
  }

  /// What comes back for bytes that no client library would send.
  std::string Raw(const std::string& bytes) const {
    const FileDescriptor socket = Connect();
    SendAll(socket.get(), bytes);
    std::string answer;
    std::array<char, 4096> part{};
    for (ssize_t got = 1; got > 0;) {
      got = ::recv(socket.get(), part.data(), part.size(), 0);
      if (got > 0) answer.append(part.data(), static_cast<std::size_t>(got));
    }
    return answer;
  }
  FileDescriptor Connect() const {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(Port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return socket;
  }

  /// What the server sends, as far as `words`.
  static std::string ReadUntil(const FileDescriptor& socket, const std::string& words) {
    std::string got;
    std::array<char, 4096> part{};
    while (got.find(words) == std::string::npos) {
      const ssize_t more = ::recv(socket.get(), part.data(), part.size(), 0);
      if (more <= 0) {
        ADD_FAILURE() << "the server closed before " << words << " came: " << got;
        break;
      }
      got.append(part.data(), static_cast<std::size_t>(more));
    }
    return got;
  }

  RealClock clock_;
  Rng rng_{1};
  EventLog events_;
  RecordingKey recording_;
  journal::Journal journal_{journal::Wire::kHid, "uhid"};
  std::vector<std::unique_ptr<MemoryKey>> keys_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AVerbIsPostedAndAnsweredInJson) {
  Start();
  const auto answer = Client().Post("/unplug");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body), (json{{"ok", true}}));
  EXPECT_THAT(answer.headers, HasSubstr("Content-Type: application/json"));
  EXPECT_FALSE(State().plugged);
  EXPECT_EQ(Client().Post("/plug").status, 200);
  EXPECT_TRUE(State().plugged);
}

TEST_F(HttpServerTest, WhatChangesNothingMayBeGot) {
  Start();
  EXPECT_EQ(json::parse(Client().Get("/state").body).at("state").at("plugged"), true);
  EXPECT_EQ(json::parse(Client().Post("/state").body).at("state").at("plugged"), true);
  EXPECT_EQ(json::parse(Client().Get("/get-credentials").body).at("credentials"), json::array());
  EXPECT_THAT(Client().Get("/attestation-root").body, HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(HttpServerTest, ParametersAreTheMembersOfTheBody) {
  Serve();
  EXPECT_EQ(Client().Post("/advance", R"({"by": "40s"})").status, 200);
  EXPECT_EQ(Client().Post("/gesture", R"({"gesture": "touch after 250ms"})").status, 200);
  EXPECT_EQ(Client().Post("/hold", R"({"for": "6s", "expiry": "1s"})").status, 200);
  EXPECT_THAT(recording_.Calls(),
              testing::ElementsAre("advance 40000000", "gesture touch after 250ms",
                                   "give touch hold 6000ms within 1000000"));
}

TEST_F(HttpServerTest, ATouchIsAnsweredOnceItWasTaken) {
  Start();
  auto touching = std::async(std::launch::async, [&] { return Client().Post("/touch").status; });
  EXPECT_EQ(touching.wait_for(milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(AskForTouch().get(), kTouched);
  EXPECT_EQ(touching.get(), 200);
}

TEST_F(HttpServerTest, ATouchIsWithdrawnWhenItsClientCloses) {
  Serve();
  {
    const FileDescriptor socket = Connect();
    SendAll(socket.get(), "POST /touch HTTP/1.1\r\nHost: localhost:" + std::to_string(Port()) +
                              "\r\nAuthorization: Bearer " + kToken + "\r\n\r\n");
    recording_.WaitForCall("touch within 10000000");
  }
  recording_.WaitForCall("withdrawn");
}

TEST_F(HttpServerTest, WithoutTheTokenNothingIsDone) {
  Start();
  for (const char* token :
       {"", "another", "the token of this tesT", "the token of this test and more"}) {
    const auto answer = Client(token).Post("/unplug");
    EXPECT_EQ(answer.status, 401) << token;
    EXPECT_THAT(answer.headers, HasSubstr("WWW-Authenticate: Bearer"));
    EXPECT_THAT(answer.body, HasSubstr("Authorization: Bearer TOKEN"));
  }
  EXPECT_EQ(Client("").Get("/state").status, 401);
  EXPECT_EQ(Client("").Get("/events").status, 401);
  EXPECT_EQ(Client("").Get("/nothing").status, 401);
  const std::string basic = std::string("Authorization: Basic ") + kToken;
  EXPECT_EQ(Client("").Send("GET", "/state", "", {basic}).status, 401);
  EXPECT_TRUE(State().plugged);
  const std::string lower = std::string("authorization: bearer ") + kToken;
  EXPECT_EQ(Client("").Send("GET", "/state", "", {lower}).status, 200);
}

TEST_F(HttpServerTest, APageInABrowserGetsNothing) {
  Start();
  const std::string port = std::to_string(Port());
  for (const char* path : {"/unplug", "/usb1/power/off", "/conformance/powercycle"}) {
    for (const std::string& header :
         {"Host: evil.example:" + port, "Host: 127.0.0.1.evil.example:" + port,
          std::string("Host: 127.0.0.1"), std::string("Host: 127.0.0.1:1"),
          std::string("Origin: https://evil.example"), std::string("Origin: null"),
          std::string("Origin: http://localhost:1"), std::string("Sec-Fetch-Site: cross-site"),
          std::string("Sec-Fetch-Site: same-site")}) {
      EXPECT_EQ(Client().Send("POST", path, "", {header}).status, 403) << path << " " << header;
    }
  }
  EXPECT_EQ(Client().Send("GET", "/", "", {"Host: evil.example"}).status, 403);
  EXPECT_TRUE(State().plugged);
  EXPECT_EQ(Raw("POST /usb1/power/off HTTP/1.1\r\nOrigin: http://127.0.0.1:" + port + "\r\n\r\n")
                .substr(0, 12),
            "HTTP/1.1 400");
  EXPECT_EQ(Raw("POST http://127.0.0.1:" + port + "/usb1/power/off HTTP/1.1\r\nHost: evil\r\n\r\n")
                .substr(0, 12),
            "HTTP/1.1 400");
  EXPECT_EQ(Raw("POST /usb1/power/off HTTP/1.1\r\nHost: localhost:" + port +
                "\r\nHost: evil.example\r\n\r\n")
                .substr(0, 12),
            "HTTP/1.1 400");
  EXPECT_TRUE(State().plugged);
  const std::string own = "Origin: http://localhost:" + port;
  EXPECT_EQ(Client().Send("GET", "/state", "", {"Host: localhost:" + port, own}).status, 200);
  EXPECT_EQ(Client().Send("GET", "/state", "", {"Sec-Fetch-Site: none"}).status, 200);
}

TEST_F(HttpServerTest, WhatIsWrongIsSaidWithItsStatus) {
  Start();
  const HttpTestClient client = Client();
  const auto expect = [&](const HttpTestClient::Answer& answer, long status, const char* words) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(json::parse(answer.body).at("error").get<std::string>(), HasSubstr(words));
  };
  expect(client.Post("/dance"), 404, "\"dance\" is no verb; use touch, decline,");
  expect(client.Get("/dance"), 404, "is no verb");
  expect(client.Post("/state/"), 404, "\"state/\" is no verb");
  expect(client.Get("/unplug"), 405, "use POST here");
  EXPECT_THAT(client.Get("/unplug").headers, HasSubstr("Allow: POST\r\n"));
  EXPECT_THAT(client.Send("DELETE", "/state").headers, HasSubstr("Allow: GET, POST\r\n"));
  expect(client.Post("/events"), 405, "use GET");
  expect(client.Post("/advance"), 400, "\"by\" is missing");
  expect(client.Post("/advance", "soon"), 400, "must be a JSON object");
  expect(client.Post("/advance", "[1]"), 400, "must be a JSON object");
  expect(client.Post("/advance", R"({"by": "soon"})"), 400, "no duration");
  expect(client.Post("/advance", R"({"by": "\xff\xfe"})"), 400, "must be a JSON object");
  expect(client.Post("/fault", R"({"fault": "gremlins"})"), 400, "gremlins");
  expect(client.Post("/unplug", R"({"verb": "plug"})"), 400, "\"verb\" is not a parameter");
  expect(client.Post("/unplug?key=1"), 400, "not in the URL");
  expect(client.Get("/state?now"), 400, "no ?key=N");
  expect(client.Get("/state?key=2"), 400, "from 1 to 1");
  expect(client.Get("/events?key=1"), 400, "no parameters");
  expect(client.Post("/plug"), 409, "the key is plugged already");
  expect(client.Post("/touch", R"({"expiry": "20ms"})"), 409, "did not ask for a touch");
  expect(client.Post("/fault", std::string(2 << 20, ' ')), 413, "1048576 bytes");
  expect(client.Send("GET", "/state", "", {"X-Long: " + std::string(20000, 'x')}), 431, "header");
  EXPECT_THAT(Raw("nonsense\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(Raw("nonsense\r\n\r\n"), HasSubstr("not an HTTP/1.1 request"));
  EXPECT_TRUE(State().plugged);
}

TEST_F(HttpServerTest, ALargeBodyIsInvitedAndTaken) {
  Start();
  std::string padded = R"({"fault": "silence always")" + std::string(100'000, ' ') + "}";
  EXPECT_EQ(Client().Send("POST", "/fault", padded, {"Expect: 100-continue"}).status, 200);
  EXPECT_THAT(State().faults, testing::ElementsAre(HasSubstr("silence")));
}

TEST_F(HttpServerTest, EventsComeFromTheOldestOn) {
  Start();
  ASSERT_EQ(Client().Post("/power-cycle").status, 200);
  const FileDescriptor socket = Connect();
  SendAll(socket.get(), "GET /events HTTP/1.1\r\nHost: localhost:" + std::to_string(Port()) +
                            "\r\nAuthorization: Bearer " + kToken + "\r\n\r\n");
  const std::string got = ReadUntil(socket, "key.power_cycled");
  EXPECT_THAT(got, HasSubstr("Content-Type: application/x-ndjson\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\n16\r\n{\"first\":0,\"ok\":true}\n\r\n")) << "a chunk of 22 bytes";
  EXPECT_THAT(got, HasSubstr("{\"event\":{"));
}

TEST_F(HttpServerTest, TheJournalIsAFileThatEnds) {
  NotePing(journal_, 0xA1);
  Serve();
  const auto text = Client().Get("/journal");
  EXPECT_EQ(text.status, 200);
  EXPECT_THAT(text.headers, HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(text.body, HasSubstr("CTAPHID_PING  [00000007]"));
  const auto line = Client().Post("/journal", R"({"format": "jsonl"})");
  EXPECT_THAT(line.headers, HasSubstr("Content-Type: application/x-ndjson"));
  EXPECT_EQ(json::parse(line.body).at("command"), "CTAPHID_PING");
}

TEST_F(HttpServerTest, TheJournalIsFollowed) {
  NotePing(journal_, 0xA1);
  Serve();
  const FileDescriptor socket = Connect();
  const std::string body = R"({"format": "jsonl", "follow": true})";
  SendAll(socket.get(), "POST /journal HTTP/1.1\r\nHost: localhost:" + std::to_string(Port()) +
                            "\r\nAuthorization: Bearer " + kToken + "\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(ReadUntil(socket, "h'a1'"), HasSubstr("Content-Type: application/x-ndjson\r\n"));
  NotePing(journal_, 0xA2);
  EXPECT_THAT(ReadUntil(socket, "h'a2'"), HasSubstr("\"command\":\"CTAPHID_PING\""));
}

TEST_F(HttpServerTest, WhatItCannotGiveOfTheJournalIsSaid) {
  Start();
  EXPECT_EQ(Client().Get("/journal").status, 400) << "this key keeps none";
  const auto answer = Client().Post("/journal", R"({"format": "xml"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("\\\"pcapng\\\""));
  EXPECT_EQ(Client().Send("DELETE", "/journal").status, 405);
  EXPECT_EQ(Client("wrong").Get("/journal").status, 401);
}

TEST_F(HttpServerTest, OneOfSeveralKeysIsNamedByItsNumber) {
  Start(3);
  const auto ambiguous = Client().Post("/unplug");
  EXPECT_EQ(ambiguous.status, 400);
  EXPECT_THAT(ambiguous.body, HasSubstr("there are 3 keys"));
  EXPECT_EQ(Client().Post("/unplug", R"({"key": 2})").status, 200);
  EXPECT_TRUE(State(0).plugged);
  EXPECT_FALSE(State(1).plugged);
  EXPECT_EQ(json::parse(Client().Get("/state?key=2").body).at("state").at("plugged"), false);
  EXPECT_EQ(json::parse(Client().Get("/keys").body).at("keys").size(), 3U);
}

TEST_F(HttpServerTest, TheServerEndsWhileClientsWait) {
  Serve();
  const FileDescriptor idle = Connect();
  const FileDescriptor waiting = Connect();
  SendAll(waiting.get(), "POST /touch HTTP/1.1\r\nHost: localhost:" + std::to_string(Port()) +
                             "\r\nAuthorization: Bearer " + kToken +
                             "\r\nContent-Length: 16\r\n\r\n{\"expiry\": \"1h\"}");
  recording_.WaitForCall("touch within 3600000000");
  server_.reset();
  recording_.WaitForCall("withdrawn");
}

// The controller of python-fido2's device tests.

TEST_F(HttpServerTest, ThePortsAreListedWithoutAToken) {
  Start(2);
  EXPECT_EQ(Client().Post("/unplug", R"({"key": 2})").status, 200);
  auto waiting = AskForTouch();
  const json ports = json::parse(Client("").Get("/").body);
  EXPECT_EQ(ports.at("usb1").at("awaiting_touch"), true);
  EXPECT_EQ(ports.at("usb1").at("touch"), "off");
  EXPECT_EQ(ports.at("usb1").at("power"), "on");
  EXPECT_EQ(ports.at("usb2").at("power"), "off");
  EXPECT_EQ(Client("").Post("/").status, 405);
  EXPECT_EQ(Client("").Get("/usb1/touch/on").status, 200);
  EXPECT_EQ(waiting.get(), kTouched);
}

TEST_F(HttpServerTest, ATouchOfTheControllerIsGivenOnceAndOnlyWhenAsked) {
  Start();
  auto touching =
      std::async(std::launch::async, [&] { return Client("").Get("/usb1/touch/on").status; });
  EXPECT_EQ(touching.wait_for(milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(AskForTouch().get(), kTouched);
  EXPECT_EQ(touching.get(), 200);
  auto second = AskForTouch();
  EXPECT_EQ(second.wait_for(milliseconds(200)), std::future_status::timeout) << "it is used up";
  EXPECT_EQ(Client("").Post("/usb1/touch/on").status, 200);
  EXPECT_EQ(second.get(), kTouched);
}

TEST_F(HttpServerTest, AFingerThatWasTakenAwayTouchesNothing) {
  Start();
  auto touching = std::async(std::launch::async, [&] { return Client("").Get("/usb1/touch/on"); });
  while (json::parse(Client("").Get("/").body).at("usb1").at("touch") != "on") {
  }
  EXPECT_EQ(Client("").Get("/usb1/touch/on").status, 409) << "one finger at a time";
  EXPECT_EQ(Client("").Get("/usb1/touch/off").status, 200);
  const auto lifted = touching.get();
  EXPECT_EQ(lifted.status, 409);
  EXPECT_THAT(lifted.body, HasSubstr("withdrawn"));
  auto waiting = AskForTouch();
  EXPECT_EQ(waiting.wait_for(milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(Client("").Get("/usb1/touch/off").status, 200) << "no finger is there: it is done";
  EXPECT_EQ(Client().Post("/touch").status, 200);
  EXPECT_EQ(waiting.get(), kTouched);
}

TEST_F(HttpServerTest, ThePowerIsSwitchedAlsoInTheMiddleOfATransaction) {
  Start(2);
  auto waiting = AskForTouch(1);
  EXPECT_EQ(Client("").Get("/usb2/power/off").status, 200);
  EXPECT_EQ(waiting.get(), Bytes{}) << "its client's port has ended";
  EXPECT_FALSE(State(1).plugged);
  EXPECT_TRUE(State(0).plugged);
  EXPECT_EQ(Client("").Get("/usb2/power/off").status, 200) << "it is off";
  EXPECT_EQ(Client("").Get("/usb2/power/on").status, 200);
  EXPECT_TRUE(State(1).plugged);
  EXPECT_EQ(Client("").Post("/usb2/power/on").status, 200) << "it is on";
}

TEST_F(HttpServerTest, APortThatThereIsNotIsSaid) {
  Start(2);
  for (const char* path : {"/usb0/touch/on", "/usb3/power/off"}) {
    const auto answer = Client("").Get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, HasSubstr("there are usb1 to usb2"));
  }
  for (const char* path : {"/usb/touch/on", "/usb1/touch", "/usb1/touch/in", "/usb-1/power/on"}) {
    EXPECT_EQ(Client().Get(path).status, 404) << path;
  }
  EXPECT_EQ(Client("").Send("DELETE", "/usb1/power/off").status, 405);
}

// The automation of the FIDO conformance tool.

TEST_F(HttpServerTest, UserPresenceIsAnsweredOnceTheTouchIsTaken) {
  Start();
  auto waiting = AskForTouch();
  EXPECT_EQ(Client("").Post("/conformance/userpresence").status, 200);
  EXPECT_EQ(waiting.get(), kTouched);
  EXPECT_EQ(Client("").Get("/conformance/userpresence").status, 405);
}

TEST_F(HttpServerTest, APowerCycleIsAnsweredOnceTheKeyIsBack) {
  Start();
  auto waiting = AskForTouch();
  EXPECT_EQ(Client("").Post("/conformance/powercycle").status, 200);
  EXPECT_TRUE(State().plugged);
  EXPECT_EQ(waiting.get(), Bytes{}) << "its client's port has ended";
  EXPECT_EQ(Client().Post("/unplug").status, 200);
  EXPECT_EQ(Client("").Post("/conformance/powercycle").status, 409);
}

TEST_F(HttpServerTest, ResultsBecomeAnEvent) {
  Start();
  EXPECT_EQ(Client("").Post("/conformance/results", "passed").status, 400);
  EXPECT_EQ(Client("")
                .Post("/conformance/results",
                      R"({"allTestsSelected": true, "passedTestsCount": 211,
                          "failedTestsCount": 1, "failedTests": ["F-1"]})")
                .status,
            200);
  const auto event = events_.Wait(events_.Count() - 1, {});
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->kind, "conformance.results");
  EXPECT_EQ(event->Field("all_tests_selected"), "true");
  EXPECT_EQ(event->Field("passed"), "211");
  EXPECT_EQ(event->Field("failed"), "1");
  EXPECT_EQ(event->Field("failed_tests"), R"(["F-1"])");
}

TEST_F(HttpServerTest, TheConformanceToolKnowsOfOneKey) {
  Start(2);
  const auto answer = Client("").Post("/conformance/powercycle");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("there are 2 keys"));
}

TEST(LoopbackAddressTest, OnlyThisMachineIsListenedTo) {
  for (const char* text : {"127.0.0.1:8080", "localhost:0", "[::1]:65535"}) {
    EXPECT_TRUE(LoopbackAddress::Parse(text).has_value()) << text;
  }
  EXPECT_EQ(LoopbackAddress::Parse("127.0.0.1:8080")->port, 8080);
  EXPECT_TRUE(LoopbackAddress::Parse("[::1]:1")->is_v6);
  for (const char* text :
       {"0.0.0.0:8080", "192.168.1.2:8080", "[::]:8080", "example.com:8080", "127.0.0.1",
        "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", ":8080", "8080", "", "127.0.0.1:-1"}) {
    const auto address = LoopbackAddress::Parse(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_THAT(address.error().message, HasSubstr("no loopback address with a port"));
  }
}

TEST_F(HttpServerTest, APortThatIsTakenIsSaid) {
  Start();
  const auto second = HttpServer::Start({.is_v6 = false, .port = Port()}, kToken, {{}, events_});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on port " + std::to_string(Port())));
}

class HttpTokenTest : public testing::Test {
 protected:
  HttpTokenTest()
      : path_(std::filesystem::path(testing::TempDir()) /
              ("http_token." + std::to_string(::getpid()))) {}
  ~HttpTokenTest() override { std::filesystem::remove(path_); }
  std::string Refusal() const {
    const auto token = OpenHttpToken(path_);
    return token ? "(taken)" : token.error().message;
  }
  const std::filesystem::path path_;
};

TEST_F(HttpTokenTest, AFileIsMadeForItsOwnerAloneAndKept) {
  const auto token = OpenHttpToken(path_);
  ASSERT_TRUE(token.has_value()) << token.error().message;
  EXPECT_EQ(token->size(), 43U);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(OpenHttpToken(path_), *token);
  EXPECT_NE(NewHttpToken(), NewHttpToken());
}

TEST_F(HttpTokenTest, AFileThatOthersMayReadOrThatHoldsSomethingElseIsLeftAlone) {
  ASSERT_TRUE(OpenHttpToken(path_).has_value());
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  EXPECT_THAT(Refusal(), HasSubstr("may be read by others; chmod 600 it"));
  std::filesystem::permissions(path_, std::filesystem::perms(0600));
  std::ofstream(path_) << "precious";
  EXPECT_THAT(Refusal(), HasSubstr("something else than a token"));
  std::ofstream(path_).close();
  EXPECT_THAT(Refusal(), HasSubstr("something else than a token"));
}

TEST_F(HttpTokenTest, AFolderThatIsNotThereIsNamed) {
  const auto token = OpenHttpToken("/nowhere/token");
  ASSERT_FALSE(token.has_value());
  EXPECT_THAT(token.error().message, HasSubstr("cannot write /nowhere/token: No such file"));
}

}  // namespace
}  // namespace keyrig::control
