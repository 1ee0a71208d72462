// The control socket from both ends, with a recording key behind it.
#include "virtual-key/control/control_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "virtual-key/control/recording_key.h"
#include "virtual-key/control/socket_key_control.h"
#include "virtual-key/journal/test_wire.h"

namespace keyrig::control {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest()
      : path_(std::filesystem::path(testing::TempDir()) /
              ("control_test." + std::to_string(::getpid()) + ".sock")) {}
  ~ControlServerTest() override { std::filesystem::remove(path_); }

  void Start(Bytes attestation_root = {}) {
    auto server = ControlServer::Start(path_, Targets(std::move(attestation_root)));
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = *std::move(server);
  }

  ControlTargets Targets(Bytes attestation_root = {}) {
    return {{{key_, std::move(attestation_root), &journal_}}, events_};
  }

  std::string Ask(LineSocket& socket, const std::string& line) {
    EXPECT_TRUE(socket.WriteLine(line));
    return socket.ReadLine().value_or("(closed)");
  }

  void Emit(const std::string& kind, std::vector<EventField> fields = {}) {
    Event event;
    event.source = "key";
    event.kind = kind;
    event.fields = std::move(fields);
    event.at = Instant(milliseconds(1234));
    event.took = milliseconds(5);
    event.beside = {{"channel", "7", false}};
    events_.Emit(std::move(event));
  }

  const std::filesystem::path path_;
  RecordingKey key_;
  EventLog events_;
  journal::Journal journal_{journal::Wire::kHid, "memory"};
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, EachVerbReachesTheKey) {
  Start();
  SocketKeyControl control(path_);
  EXPECT_TRUE(control.Decline(milliseconds(1500), {}).has_value());
  EXPECT_TRUE(control.SetGesture({Gesture::kTouch, milliseconds(250)}).has_value());
  EXPECT_TRUE(control.Unplug().has_value());
  EXPECT_TRUE(control.PowerCycle().has_value());
  EXPECT_TRUE(control.Advance(seconds(40)).has_value());
  EXPECT_TRUE(control.SetFault("silence always").has_value());
  EXPECT_TRUE(control.ClearFaults().has_value());
  EXPECT_THAT(key_.Calls(),
              testing::ElementsAre("decline within 1500000", "gesture touch after 250ms", "unplug",
                                   "power-cycle", "advance 40000000", "fault silence always",
                                   "clear-faults"));
}

TEST_F(ControlServerTest, FingersAndHoldsReachTheKey) {
  Start();
  SocketKeyControl control(path_);
  EXPECT_TRUE(control.Finger("thumb", seconds(2)).has_value());
  EXPECT_TRUE(control.WrongFinger(seconds(2)).has_value());
  EXPECT_TRUE(control.Hold(seconds(6), seconds(2)).has_value());
  auto socket = *LineSocket::Connect(path_);
  EXPECT_EQ(Ask(socket, R"({"verb": "finger", "name": "index"})"), R"({"ok":true})");
  EXPECT_EQ(Ask(socket, R"({"verb": "wrong-finger", "expiry": "1s"})"), R"({"ok":true})");
  EXPECT_EQ(Ask(socket, R"({"verb": "hold", "for": "6s"})"), R"({"ok":true})");
  EXPECT_EQ(Ask(socket, R"({"verb": "give", "gesture": "sample too-fast"})"), R"({"ok":true})");
  EXPECT_THAT(key_.Calls(),
              testing::ElementsAre(
                  "give finger thumb within 2000000", "give wrong finger within 2000000",
                  "give touch hold 6000ms within 2000000", "give finger index within 10000000",
                  "give wrong finger within 1000000", "give touch hold 6000ms within 10000000",
                  "give sample too-fast within 10000000"));
  EXPECT_THAT(Ask(socket, R"({"verb": "finger"})"), HasSubstr(R"(\"name\" is missing)"));
  EXPECT_THAT(Ask(socket, R"({"verb": "finger", "name": "left thumb"})"),
              HasSubstr("is not a gesture"));
  EXPECT_THAT(Ask(socket, R"({"verb": "hold", "for": "ever"})"), HasSubstr("no duration"));
}

TEST_F(ControlServerTest, CredentialsGoInAndOutAsTheyAre) {
  Start();
  SocketKeyControl control(path_);
  PortableCredential credential;
  credential.id.bytes = {1, 0xFF};
  credential.discoverable = false;
  credential.rp.text = "example.com";
  credential.private_key = {2, 3};
  credential.user_handle.bytes = {4};
  credential.signature_counter = 0xFFFFFFFF;
  credential.user_name = "adele";
  credential.user_display_name = "Adele";
  credential.backup_eligible = true;
  credential.algorithm = CoseAlgorithm::kEs256;
  credential.rp_name = "Example";
  credential.cred_protect = 3;
  credential.hmac_secrets = {ByteArray<32>{5}, ByteArray<32>{6}};
  credential.cred_blob = Bytes{7};
  credential.large_blob_key = ByteArray<32>{8};
  credential.third_party_payment = true;
  key_.credentials = {credential};
  const auto got = control.Credentials();
  ASSERT_TRUE(got.has_value()) << got.error().message;
  ASSERT_EQ(got->size(), 1U);
  const PortableCredential& back = got->front();
  EXPECT_EQ(back.id, credential.id);
  EXPECT_FALSE(back.discoverable);
  EXPECT_EQ(back.rp, credential.rp);
  EXPECT_EQ(back.private_key, credential.private_key);
  EXPECT_EQ(back.user_handle, credential.user_handle);
  EXPECT_EQ(back.signature_counter, credential.signature_counter);
  EXPECT_EQ(back.user_name, credential.user_name);
  EXPECT_EQ(back.user_display_name, credential.user_display_name);
  EXPECT_TRUE(back.backup_eligible);
  EXPECT_FALSE(back.backed_up);
  EXPECT_EQ(back.algorithm, credential.algorithm);
  EXPECT_EQ(back.rp_name, credential.rp_name);
  EXPECT_EQ(back.cred_protect, 3);
  ASSERT_TRUE(back.hmac_secrets.has_value());
  EXPECT_EQ(back.hmac_secrets->with_uv, credential.hmac_secrets->with_uv);
  EXPECT_EQ(back.hmac_secrets->without_uv, credential.hmac_secrets->without_uv);
  EXPECT_EQ(back.cred_blob, credential.cred_blob);
  EXPECT_EQ(back.large_blob_key, credential.large_blob_key);
  EXPECT_TRUE(back.third_party_payment);

  EXPECT_TRUE(control.AddCredential(credential).has_value());
  EXPECT_TRUE(control.RemoveCredential(credential.id).has_value());
  EXPECT_TRUE(control.RemoveAllCredentials().has_value());
  EXPECT_TRUE(control.SetUserVerified(false).has_value());
  EXPECT_THAT(key_.Calls(),
              testing::ElementsAre("add-credential 01ff at example.com", "remove-credential 01ff",
                                   "remove-all-credentials", "not verified"));
}

TEST_F(ControlServerTest, ACredentialThatIsWrongIsRefusedByItsMember) {
  Start();
  auto socket = LineSocket::Connect(path_).value();
  const auto add = [&](const std::string& members) {
    return Ask(socket, R"({"verb": "add-credential", "credential": {)" + members + "}}");
  };
  EXPECT_THAT(add(""), HasSubstr(R"(\"credentialId\" is missing)"));
  EXPECT_THAT(add(R"("credentialId": "A=")"), HasSubstr(R"(\"credentialId\" is no base64url)"));
  const std::string most =
      R"("credentialId": "AQ", "isResidentCredential": true, "rpId": "a.example",
      "privateKey": "AQ", "userHandle": "AQ")";
  const std::string flat = [&] {
    std::string line = most;
    std::ranges::replace(line, '\n', ' ');
    return line;
  }();
  EXPECT_THAT(add(flat + R"(, "signCount": -1)"), HasSubstr("from 0 to 4294967295"));
  EXPECT_THAT(add(flat + R"(, "signCount": 1, "largeBlob": "AQ")"),
              HasSubstr(R"(\"largeBlob\" is not known)"));
  EXPECT_THAT(add(flat + R"(, "signCount": 1, "keyrig": {"credProtect": 4})"),
              HasSubstr(R"(\"credProtect\" must be a whole number from 1 to 3)"));
  EXPECT_THAT(key_.Calls(), testing::IsEmpty());
  EXPECT_THAT(Ask(socket, R"({"verb": "set-user-verified", "isUserVerified": 1})"),
              HasSubstr("must be true or false"));
}

TEST_F(ControlServerTest, ARefusalComesBackInTheKeysWords) {
  Start();
  const auto plugged = SocketKeyControl(path_).Plug();
  ASSERT_FALSE(plugged.has_value());
  EXPECT_EQ(plugged.error().message, "no room in the port");
}

TEST_F(ControlServerTest, TheStateArrivesAsItIs) {
  Start();
  const auto state = SocketKeyControl(path_).State();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_TRUE(state->plugged);
  EXPECT_FALSE(state->awaiting_touch);
  EXPECT_TRUE(state->awaiting_finger);
  EXPECT_EQ(state->awaiting_since, Instant(milliseconds(1234)));
  EXPECT_EQ(state->uv_retries, 2);
  EXPECT_EQ(state->fingers, (std::vector<std::string>{"thumb", "index"}));
  EXPECT_TRUE(state->pin_set);
  EXPECT_EQ(state->pin_retries, 7);
  EXPECT_EQ(state->discoverable_credentials, 3U);
  EXPECT_EQ(state->aaguid, "6b657972-6967-4000-8000-000000000001");
  EXPECT_EQ(state->device_node, "/dev/hidraw5");
  EXPECT_EQ(state->gesture, (GestureScript{Gesture::kTouch, milliseconds(250)}));
}

TEST_F(ControlServerTest, ATouchIsAnsweredOnlyOnceItWasGiven) {
  Start();
  std::atomic<bool> answered{false};
  std::jthread user([&] {
    EXPECT_TRUE(SocketKeyControl(path_).Touch(seconds(30), {}).has_value());
    answered = true;
  });
  key_.WaitForCall("touch within 30000000");
  EXPECT_FALSE(answered);
  key_.Ask();
  user.join();
  EXPECT_TRUE(answered);
}

TEST_F(ControlServerTest, ATouchExpiresAfterTenSecondsUnlessAskedOtherwise) {
  Start();
  auto socket = *LineSocket::Connect(path_);
  socket.WriteLine(R"({"verb": "touch"})");
  key_.WaitForCall("touch within 10000000");
  const auto expired = SocketKeyControl(path_).Touch(milliseconds(20), {});
  ASSERT_FALSE(expired.has_value());
  EXPECT_EQ(expired.error().message, "the key did not ask");
}

TEST_F(ControlServerTest, ATouchIsWithdrawnWhenItsClientStopsOrDies) {
  Start();
  {
    std::stop_source stop;
    std::jthread user([&] {
      const auto touched = SocketKeyControl(path_).Touch(seconds(30), stop.get_token());
      EXPECT_FALSE(touched.has_value());
    });
    key_.WaitForCall("touch within 30000000");
    stop.request_stop();
  }
  key_.WaitForCall("withdrawn");
}

TEST_F(ControlServerTest, AClientThatHasOnlyFinishedSendingStillGetsItsAnswer) {
  Start();
  auto socket = *LineSocket::Connect(path_);
  socket.WriteLine(R"({"verb": "touch", "expiry": "30s"})");
  ::shutdown(socket.Handle(), SHUT_WR);
  key_.WaitForCall("touch within 30000000");
  key_.Ask();
  EXPECT_EQ(socket.ReadLine(), R"({"ok":true})");
}

TEST_F(ControlServerTest, BadInputIsAnsweredAndTheConnectionLivesOn) {
  Start();
  auto socket = *LineSocket::Connect(path_);
  EXPECT_THAT(Ask(socket, "hello"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Ask(socket, ""), HasSubstr("not a JSON object"));
  EXPECT_THAT(Ask(socket, "[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Ask(socket, "{}"), HasSubstr(R"(\"verb\" is missing)"));
  EXPECT_THAT(Ask(socket, R"({"verb": 3})"), HasSubstr("must be a string"));
  EXPECT_THAT(Ask(socket, R"({"verb": "dance"})"), HasSubstr(R"(\"dance\" is no verb)"));
  EXPECT_THAT(Ask(socket, R"({"verb": "unplug", "now": "yes"})"), HasSubstr("not a parameter"));
  EXPECT_THAT(Ask(socket, R"({"verb": "advance"})"), HasSubstr(R"(\"by\" is missing)"));
  EXPECT_THAT(Ask(socket, R"({"verb": "advance", "by": "soon"})"), HasSubstr("no duration"));
  EXPECT_THAT(Ask(socket, R"({"verb": "gesture", "gesture": "wave"})"), HasSubstr("no"));
  EXPECT_THAT(Ask(socket, "\xff\xfe"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Ask(socket, std::string(3 << 16, '[')), HasSubstr("not a JSON object"));
  EXPECT_EQ(key_.Calls().size(), 0U);
  EXPECT_EQ(Ask(socket, R"({"verb": "unplug"})"), R"({"ok":true})");
}

TEST_F(ControlServerTest, EventsArriveWholeFromTheOldestOn) {
  Start();
  Emit("key.plugged");
  EventStream received;
  const auto feed = EventFeed::Start(path_, received);
  ASSERT_TRUE(feed.has_value()) << feed.error().message;
  Emit("key.pin_wrong", {{"retries", "7", false}, {"pin", "0000", true}});
  ASSERT_TRUE((*feed)->CatchUp().has_value());
  const auto events = received.Events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, "key.plugged");
  EXPECT_EQ(events[1].source, "key");
  EXPECT_EQ(events[1].ordinal, 2U);
  EXPECT_EQ(events[1].kind, "key.pin_wrong");
  EXPECT_THAT(events[1].fields, testing::ElementsAre(EventField{"retries", "7", false},
                                                     EventField{"pin", "0000", true}));
  EXPECT_THAT(events[1].beside, testing::ElementsAre(EventField{"channel", "7", false}));
  EXPECT_EQ(events[1].at, Instant(milliseconds(1234)));
  EXPECT_EQ(events[1].took, milliseconds(5));
}

TEST_F(ControlServerTest, CatchingUpWaitsForEveryEventSoFar) {
  Start();
  EventStream received;
  const auto feed = EventFeed::Start(path_, received);
  ASSERT_TRUE(feed.has_value()) << feed.error().message;
  for (int i = 0; i < 5000; ++i) Emit("key.touched");
  ASSERT_TRUE((*feed)->CatchUp(seconds(60)).has_value());
  EXPECT_EQ(received.Events().size(), 5000U);
}

TEST_F(ControlServerTest, TheStreamNumbersEachSourcesEvents) {
  Start();
  Emit("key.plugged");
  Emit("key.unplugged");
  auto socket = *LineSocket::Connect(path_);
  EXPECT_EQ(Ask(socket, R"({"verb": "events"})"), R"({"first":0,"ok":true})");
  EXPECT_THAT(socket.ReadLine().value_or(""), HasSubstr(R"("ordinal":1)"));
  EXPECT_THAT(socket.ReadLine().value_or(""), HasSubstr(R"("ordinal":2)"));
}

TEST_F(ControlServerTest, AFeedSaysWhenTheKeyIsGone) {
  Start();
  EventStream received;
  const auto feed = EventFeed::Start(path_, received);
  ASSERT_TRUE(feed.has_value());
  server_.reset();
  const auto caught_up = (*feed)->CatchUp();
  ASSERT_FALSE(caught_up.has_value());
  EXPECT_THAT(caught_up.error().message, HasSubstr("is virtual-key --control"));
}

TEST_F(ControlServerTest, TheServerEndsAlsoWhileClientsWaitAndDoNotRead) {
  Start();
  auto waiting = *LineSocket::Connect(path_);
  waiting.WriteLine(R"({"verb": "touch", "expiry": "1h"})");
  key_.WaitForCall("touch within 3600000000");
  auto deaf = *LineSocket::Connect(path_);
  deaf.WriteLine(R"({"verb": "events"})");
  deaf.ReadLine();
  for (int i = 0; i < 20000; ++i) Emit("key.touched");
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlServerTest, TheSocketIsForItsOwnerAlone) {
  Start();
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ControlServerTest, ASocketOfADeadProcessIsReplacedAndOneInUseIsNot) {
  if (::fork() == 0) {  // binds and dies without cleaning up
    auto socket = ListeningSocket::Bind(path_);
    ::_exit(socket ? 0 : 1);
  }
  ::wait(nullptr);
  ASSERT_TRUE(std::filesystem::exists(path_));
  Start();
  const auto second = ControlServer::Start(path_, Targets());
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, HasSubstr("in use by another process"));
}

TEST_F(ControlServerTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  const auto server = ControlServer::Start(path_, Targets());
  ASSERT_FALSE(server.has_value());
  EXPECT_THAT(server.error().message, HasSubstr("is no socket"));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ControlServerTest, ImpossiblePathsAreSaidInWords) {
  const auto too_long = ControlServer::Start(std::string(200, 'x'), Targets());
  ASSERT_FALSE(too_long.has_value());
  EXPECT_THAT(too_long.error().message, HasSubstr("1 to 107 bytes"));
  const auto nowhere = ControlServer::Start("/nowhere/at/all.sock", Targets());
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error().message, HasSubstr("No such file or directory"));
}

TEST_F(ControlServerTest, OneOfSeveralKeysIsNamedByItsNumber) {
  RecordingKey second;
  auto server = ControlServer::Start(path_, {{{key_, {}}, {second, {}}}, events_});
  ASSERT_TRUE(server.has_value()) << server.error().message;
  EXPECT_TRUE(SocketKeyControl(path_, 2).Unplug().has_value());
  EXPECT_THAT(second.Calls(), testing::ElementsAre("unplug"));
  EXPECT_THAT(key_.Calls(), testing::IsEmpty());
  EXPECT_TRUE(SocketKeyControl(path_, 1).PowerCycle().has_value());
  EXPECT_THAT(key_.Calls(), testing::ElementsAre("power-cycle"));

  auto socket = LineSocket::Connect(path_).value();
  constexpr const char* kRange = R"(\"key\" must be a whole number from 1 to 2)";
  EXPECT_THAT(Ask(socket, R"({"verb": "unplug"})"), HasSubstr("there are 2 keys, and "));
  EXPECT_THAT(Ask(socket, R"({"verb": "unplug"})"), HasSubstr(kRange));
  for (const char* wrong : {"0", "3", "-1", "1.5", "\"1\"", "18446744073709551617"}) {
    EXPECT_THAT(Ask(socket, std::string(R"({"verb": "unplug", "key": )") + wrong + "}"),
                HasSubstr(kRange));
  }
  EXPECT_EQ(key_.Calls().size() + second.Calls().size(), 2U);
  const json keys = json::parse(Ask(socket, R"({"verb": "keys"})")).at("keys");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].at("key"), 2);
  EXPECT_EQ(keys[1].at("device_node"), "/dev/hidraw5");
}

TEST_F(ControlServerTest, WithoutARootThereIsNoneToGive) {
  Start();
  const auto root = SocketKeyControl(path_).AttestationRoot();
  ASSERT_FALSE(root.has_value());
  EXPECT_THAT(root.error().message, HasSubstr("no root certificate"));
}

/// All that the other end sends until it closes.
std::string RestOf(LineSocket& socket) {
  std::string text;
  while (const auto piece = socket.ReadSome()) text += *piece;
  return text;
}

TEST_F(ControlServerTest, TheJournalIsReadAsAFileThatEnds) {
  NotePing(journal_, 0xA1);
  Start();
  auto socket = LineSocket::Connect(path_);
  ASSERT_TRUE(socket.has_value());
  EXPECT_EQ(Ask(*socket, R"({"verb": "journal"})"), R"({"ok":true})");
  const std::string text = RestOf(*socket);
  EXPECT_THAT(text, HasSubstr("CTAPHID_PING  [00000007]"));
  EXPECT_THAT(text, HasSubstr("> data                   h'a1'"));
}

TEST_F(ControlServerTest, TheJournalIsFollowedUntilTheServerEnds) {
  NotePing(journal_, 0xA1);
  Start();
  auto socket = LineSocket::Connect(path_);
  ASSERT_TRUE(socket.has_value());
  EXPECT_EQ(Ask(*socket, R"({"verb": "journal", "format": "jsonl", "follow": true})"),
            R"({"ok":true})");
  EXPECT_THAT(socket->ReadLine().value_or(""), HasSubstr("h'a1'"));
  NotePing(journal_, 0xA2);
  EXPECT_THAT(socket->ReadLine().value_or(""), HasSubstr("h'a2'"));
  server_.reset();
  EXPECT_EQ(RestOf(*socket), "");
}

TEST_F(ControlServerTest, WhatItCannotGiveOfTheJournalIsSaidAndTheConnectionLivesOn) {
  Start();
  auto socket = LineSocket::Connect(path_);
  ASSERT_TRUE(socket.has_value());
  EXPECT_THAT(Ask(*socket, R"({"verb": "journal", "format": "xml"})"), HasSubstr("\\\"pcapng\\\""));
  EXPECT_THAT(Ask(*socket, R"({"verb": "journal", "follow": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(Ask(*socket, R"({"verb": "journal", "since": 1})"), HasSubstr("not a parameter"));
  EXPECT_THAT(Ask(*socket, R"({"verb": "state"})"), HasSubstr("plugged"));
}

}  // namespace
}  // namespace keyrig::control
