#include <fido.h>
#include <fido/bio.h>
#include <gmock/gmock.h>

#include <thread>

#include "virtual-key/fido2_test_device.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {
namespace {

using ctaphid::Command;
using ctaphid::Message;
using std::chrono::milliseconds;
using std::chrono::seconds;

const ByteArray<32> kClientDataHash{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const Bytes kSelection{0x0B};

class MemoryKeyTest : public testing::Test {
 protected:
  void Make(VirtualKeyOptions options) {
    auto key = MemoryKey::Create(std::move(options), clock_, rng_, events_);
    ASSERT_TRUE(key.has_value()) << key.error().message;
    key_ = *std::move(key);
  }
  void MakeWithGesture(const std::string& gesture) {
    VirtualKeyOptions options;
    options.gesture = *GestureScript::Parse(gesture);
    Make(std::move(options));
  }

  HidClient Client() { return HidClient(key_->Open()); }

  /// A client that waits for a touch on a channel of its own.
  struct Waiting {
    HidClient client;
    ctaphid::ChannelId channel;
  };
  Waiting BeginSelection() {
    HidClient client = Client();
    const auto channel = client.OpenChannel();
    EXPECT_TRUE(client.Send(channel, Command::kCbor, kSelection));
    return {std::move(client), channel};
  }

  std::vector<std::string> EventKinds() const {
    std::vector<std::string> kinds;
    for (const Event& event : events_.Events()) kinds.push_back(event.kind);
    return kinds;
  }

  int MakeCredential(Fido2TestDevice& device, fido_cred_t* cred, const char* pin,
                     fido_opt_t discoverable = FIDO_OPT_FALSE) {
    const std::string user = "adele";
    fido_cred_set_type(cred, COSE_ES256);
    fido_cred_set_clientdata_hash(cred, kClientDataHash.data(), kClientDataHash.size());
    fido_cred_set_rp(cred, "example.com", "Example");
    fido_cred_set_user(cred, reinterpret_cast<const unsigned char*>(user.data()), user.size(),
                       "adele@example.com", "Adele", nullptr);
    fido_cred_set_rk(cred, discoverable);
    return fido_dev_make_cred(device.get(), cred, pin);
  }

  FrozenClock clock_{Instant(seconds(1'700'000'000))};
  Rng rng_{1};
  EventStream events_;
  std::unique_ptr<MemoryKey> key_;
};

struct Freed {
  void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(fido_cbor_info_t* info) const { fido_cbor_info_free(&info); }
};
using Credential = std::unique_ptr<fido_cred_t, Freed>;
using Assertion = std::unique_ptr<fido_assert_t, Freed>;
using Info = std::unique_ptr<fido_cbor_info_t, Freed>;

TEST_F(MemoryKeyTest, Libfido2SeesACtap21KeyWithoutU2f) {
  MakeWithGesture("touch");
  Fido2TestDevice device(key_->Open());
  ASSERT_EQ(device.OpenStatus(), FIDO_OK);
  EXPECT_TRUE(fido_dev_is_fido2(device.get()));
  EXPECT_EQ(fido_dev_flags(device.get()) & FIDO_CAP_NMSG, FIDO_CAP_NMSG);
  const Info info(fido_cbor_info_new());
  ASSERT_EQ(fido_dev_get_cbor_info(device.get(), info.get()), FIDO_OK);
  EXPECT_EQ(fido_cbor_info_maxmsgsiz(info.get()), 1768U);
}

TEST_F(MemoryKeyTest, ACredentialIsMadeAndSignsWithoutPin) {
  MakeWithGesture("touch");
  Fido2TestDevice device(key_->Open());
  const Credential cred(fido_cred_new());
  ASSERT_EQ(MakeCredential(device, cred.get(), nullptr), FIDO_OK);
  EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK);

  const Assertion assertion(fido_assert_new());
  fido_assert_set_rp(assertion.get(), "example.com");
  fido_assert_set_clientdata_hash(assertion.get(), kClientDataHash.data(), kClientDataHash.size());
  fido_assert_allow_cred(assertion.get(), fido_cred_id_ptr(cred.get()),
                         fido_cred_id_len(cred.get()));
  fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
  ASSERT_EQ(fido_dev_get_assert(device.get(), assertion.get(), nullptr), FIDO_OK);
  ASSERT_EQ(fido_assert_count(assertion.get()), 1U);
  es256_pk_t* key = es256_pk_new();
  es256_pk_from_ptr(key, fido_cred_pubkey_ptr(cred.get()), fido_cred_pubkey_len(cred.get()));
  EXPECT_EQ(fido_assert_verify(assertion.get(), 0, COSE_ES256, key), FIDO_OK);
  es256_pk_free(&key);
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'000))) << "a touch at once takes no time";
}

TEST_F(MemoryKeyTest, Libfido2RegistersAndSignsInByU2f) {
  VirtualKeyOptions options;
  options.config.versions.push_back(authenticator::Version::kU2fV2);
  options.gesture = {Gesture::kTouch, Duration{0}};
  Make(std::move(options));
  Fido2TestDevice device(key_->Open());
  ASSERT_EQ(device.OpenStatus(), FIDO_OK);
  EXPECT_EQ(fido_dev_flags(device.get()) & FIDO_CAP_NMSG, 0);
  fido_dev_force_u2f(device.get());
  const Credential cred(fido_cred_new());
  ASSERT_EQ(MakeCredential(device, cred.get(), nullptr, FIDO_OPT_OMIT), FIDO_OK);
  EXPECT_STREQ(fido_cred_fmt(cred.get()), "fido-u2f");
  EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK);

  const Assertion assertion(fido_assert_new());
  fido_assert_set_rp(assertion.get(), "example.com");
  fido_assert_set_clientdata_hash(assertion.get(), kClientDataHash.data(), kClientDataHash.size());
  fido_assert_allow_cred(assertion.get(), fido_cred_id_ptr(cred.get()),
                         fido_cred_id_len(cred.get()));
  fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
  ASSERT_EQ(fido_dev_get_assert(device.get(), assertion.get(), nullptr), FIDO_OK);
  es256_pk_t* key = es256_pk_new();
  es256_pk_from_ptr(key, fido_cred_pubkey_ptr(cred.get()), fido_cred_pubkey_len(cred.get()));
  EXPECT_EQ(fido_assert_verify(assertion.get(), 0, COSE_ES256, key), FIDO_OK);
  es256_pk_free(&key);
}

TEST_F(MemoryKeyTest, AKeyOfU2fAloneSpeaksNothingElse) {
  VirtualKeyOptions options;
  options.config.versions = {authenticator::Version::kU2fV2};
  Make(std::move(options));
  HidClient client = Client();
  const auto channel = client.OpenChannel();
  client.Send(channel, Command::kCbor, kSelection);
  EXPECT_EQ(client.ReceiveAnswer(seconds(1)), (Message{channel, Command::kError, Bytes{0x01}}));
  client.Send(channel, Command::kMsg, Bytes{0x00, 0x03, 0x00, 0x00});
  EXPECT_EQ(
      client.ReceiveAnswer(seconds(1)),
      (Message{channel, Command::kMsg, Concat({ViewOf("U2F_V2"), ByteArray<2>{0x90, 0x00}})}));
}

TEST_F(MemoryKeyTest, ADescriptionThatContradictsItselfIsRefusedInWords) {
  VirtualKeyOptions options;
  options.config.versions = {authenticator::Version::kFido23};
  options.config.has_hmac_secret = false;
  const auto key = MemoryKey::Create(options, clock_, rng_, events_);
  ASSERT_FALSE(key.has_value());
  EXPECT_THAT(key.error().message, testing::HasSubstr("FIDO_2_3 has the extension hmac-secret"));
}

TEST_F(MemoryKeyTest, ThePinIsSetFromTheStartAndAskedFor) {
  VirtualKeyOptions options;
  options.pin = "123456";
  options.gesture = {Gesture::kTouch, Duration{0}};
  Make(std::move(options));
  Fido2TestDevice device(key_->Open());
  EXPECT_TRUE(fido_dev_has_pin(device.get()));

  const Credential without(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, without.get(), nullptr, FIDO_OPT_TRUE), FIDO_ERR_PIN_REQUIRED);
  const Credential wrong(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, wrong.get(), "654321"), FIDO_ERR_PIN_INVALID);
  EXPECT_EQ(key_->Control().State()->pin_retries, 7);
  const Credential right(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, right.get(), "123456", FIDO_OPT_TRUE), FIDO_OK);

  const KeyStateReport state = *key_->Control().State();
  EXPECT_TRUE(state.pin_set);
  EXPECT_EQ(state.pin_retries, 8);
  EXPECT_EQ(state.discoverable_credentials, 1U);
}

TEST_F(MemoryKeyTest, AKeyOfProtocolOneTakesItsPinToo) {
  VirtualKeyOptions options;
  options.config.versions = {authenticator::Version::kFido20};
  options.config.has_pin_uv_auth_token = false;
  options.config.make_credential_uv_not_required = false;
  options.config.has_credential_management = false;
  options.config.pin_uv_auth_protocols = {1};
  options.pin = "123456";
  options.gesture = {Gesture::kTouch, Duration{0}};
  Make(std::move(options));
  Fido2TestDevice device(key_->Open());
  const Credential wrong(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, wrong.get(), "654321"), FIDO_ERR_PIN_INVALID);
  const Credential right(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, right.get(), "123456"), FIDO_OK);
}

TEST_F(MemoryKeyTest, Libfido2EnrolsAFingerAndUsesItWithoutThePin) {
  VirtualKeyOptions options;
  // libfido2 1.12 knows the preview command alone.
  options.config.versions.push_back(authenticator::Version::kFido21Pre);
  options.config.fingerprint = {.has_preview = true};
  options.pin = "123456";
  options.gesture = {.gesture = Gesture::kFinger, .finger = "thumb"};
  Make(std::move(options));
  Fido2TestDevice device(key_->Open());
  EXPECT_TRUE(fido_dev_supports_uv(device.get()));
  EXPECT_FALSE(fido_dev_has_uv(device.get()));
  const std::unique_ptr<fido_bio_template_t, void (*)(fido_bio_template_t*)> finger(
      fido_bio_template_new(), [](fido_bio_template_t* held) { fido_bio_template_free(&held); });
  const std::unique_ptr<fido_bio_enroll_t, void (*)(fido_bio_enroll_t*)> enrollment(
      fido_bio_enroll_new(), [](fido_bio_enroll_t* held) { fido_bio_enroll_free(&held); });
  ASSERT_EQ(
      fido_bio_dev_enroll_begin(device.get(), finger.get(), enrollment.get(), 10000, "123456"),
      FIDO_OK);
  while (fido_bio_enroll_remaining_samples(enrollment.get()) > 0) {
    ASSERT_EQ(fido_bio_enroll_last_status(enrollment.get()), FIDO_BIO_ENROLL_FP_GOOD);
    ASSERT_EQ(fido_bio_dev_enroll_continue(device.get(), finger.get(), enrollment.get(), 10000),
              FIDO_OK);
  }
  EXPECT_EQ(key_->Control().State()->fingers, std::vector<std::string>{"thumb"});

  Fido2TestDevice again(key_->Open());
  EXPECT_TRUE(fido_dev_has_uv(again.get()));
  const Credential made(fido_cred_new());
  fido_cred_set_uv(made.get(), FIDO_OPT_TRUE);
  ASSERT_EQ(MakeCredential(again, made.get(), nullptr), FIDO_OK);
  EXPECT_NE(fido_cred_flags(made.get()) & 0x04, 0) << "the user was verified";

  ASSERT_TRUE(key_->Control().SetGesture({.gesture = Gesture::kWrongFinger}).has_value());
  const Credential refused(fido_cred_new());
  fido_cred_set_uv(refused.get(), FIDO_OPT_TRUE);
  EXPECT_EQ(MakeCredential(again, refused.get(), nullptr), FIDO_ERR_UV_INVALID);
  EXPECT_EQ(key_->Control().State()->uv_retries, 2);
}

TEST_F(MemoryKeyTest, APinThatTheKeyRefusesIsSaidInWords) {
  VirtualKeyOptions options;
  options.pin = "123";
  const auto key = MemoryKey::Create(options, clock_, rng_, events_);
  ASSERT_FALSE(key.has_value());
  EXPECT_THAT(key.error().message, testing::HasSubstr("at least 4 characters"));
}

TEST_F(MemoryKeyTest, ATouchAfterAWhileTakesThatMuchOfTheFrozenClock) {
  MakeWithGesture("touch after 250ms");
  Waiting waiting = BeginSelection();
  int keepalives = 0;
  const auto answer = waiting.client.ReceiveAnswer(milliseconds(-1), &keepalives);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, (Message{waiting.channel, Command::kCbor, Bytes{0x00}}));
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'000)) + milliseconds(250));
  EXPECT_EQ(keepalives, 3) << "at 0, 100 and 200 ms";
}

TEST_F(MemoryKeyTest, WithoutATouchTheKeyGivesUpAfterItsOwnTime) {
  MakeWithGesture("never");
  Waiting waiting = BeginSelection();
  const auto answer = waiting.client.ReceiveAnswer(milliseconds(-1));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->payload, Bytes{0x2F});
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'030)));
  EXPECT_THAT(EventKinds(), testing::ElementsAre("key.touch_wanted", "key.touch_expired"));
}

TEST_F(MemoryKeyTest, ADeclinedTouchIsDenied) {
  MakeWithGesture("decline");
  Fido2TestDevice device(key_->Open());
  const Credential cred(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, cred.get(), nullptr), FIDO_ERR_OPERATION_DENIED);
  EXPECT_THAT(EventKinds(), testing::ElementsAre("key.touch_wanted", "key.declined"));
}

TEST_F(MemoryKeyTest, AReadThatEndsFirstLeavesTheKeyWaiting) {
  MakeWithGesture("touch after 250ms");
  Waiting waiting = BeginSelection();
  const auto keepalive = waiting.client.Receive(milliseconds(0));
  ASSERT_TRUE(keepalive.has_value());
  EXPECT_EQ(keepalive->payload, Bytes{2});
  EXPECT_FALSE(waiting.client.Receive(milliseconds(60)).has_value());
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'000)) + milliseconds(60));
  EXPECT_TRUE(key_->Control().State()->awaiting_touch);
  EXPECT_EQ(key_->Control().State()->awaiting_since, Instant(seconds(1'700'000'000)));
  const auto answer = waiting.client.ReceiveAnswer(milliseconds(200));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->payload, Bytes{0x00});
  EXPECT_EQ(key_->Control().State()->awaiting_since, std::nullopt);
}

TEST_F(MemoryKeyTest, TheEventsOfATouchSaySinceWhenAndForHowLongTheKeyWaited) {
  MakeWithGesture("touch after 250ms");
  Waiting waiting = BeginSelection();
  ASSERT_TRUE(waiting.client.ReceiveAnswer(milliseconds(-1)).has_value());
  const auto events = events_.Events();
  ASSERT_THAT(EventKinds(), testing::ElementsAre("key.touch_wanted", "key.touched"));
  EXPECT_EQ(events[0].at, Instant(seconds(1'700'000'000)));
  EXPECT_EQ(events[0].Field("purpose"), "select");
  EXPECT_EQ(events[1].took, milliseconds(250));
}

TEST_F(MemoryKeyTest, CancelEndsTheWaitWithItsStatus) {
  MakeWithGesture("never");
  Waiting waiting = BeginSelection();
  ASSERT_TRUE(waiting.client.Receive(milliseconds(0)).has_value());
  waiting.client.Send(waiting.channel, Command::kCancel, {});
  EXPECT_EQ(waiting.client.Receive(milliseconds(0)),
            (Message{waiting.channel, Command::kCbor, Bytes{0x2D}}));
  EXPECT_THAT(EventKinds(), testing::ElementsAre("key.touch_wanted", "key.touch_cancelled"));
}

TEST_F(MemoryKeyTest, InitDropsTheAnswerThatNobodyWaitsForAnyMore) {
  MakeWithGesture("never");
  Waiting waiting = BeginSelection();
  EXPECT_TRUE(waiting.client.Receive(milliseconds(0)).has_value());
  waiting.client.Send(waiting.channel, Command::kInit, Bytes(8));
  const auto reply = waiting.client.Receive(milliseconds(0));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->command, Command::kInit);
  EXPECT_FALSE(waiting.client.Receive(milliseconds(1000)).has_value());
}

TEST_F(MemoryKeyTest, ASecondChannelIsBusyAndEachClientSeesItsOwnReports) {
  MakeWithGesture("never");
  HidClient second = Client();
  const auto channel = second.OpenChannel();
  Waiting waiting = BeginSelection();
  second.Send(channel, Command::kCbor, Bytes{0x04});
  EXPECT_EQ(second.Receive(milliseconds(0)), (Message{channel, Command::kError, Bytes{0x06}}));
  EXPECT_FALSE(second.Receive(milliseconds(500)).has_value()) << "the other's keepalives";
}

TEST_F(MemoryKeyTest, AHalfMessageTimesOut) {
  MakeWithGesture("touch");
  HidClient client = Client();
  const auto channel = client.OpenChannel();
  client.Port().Write(ctaphid::Split(channel, Command::kPing, Bytes(100)).front());
  EXPECT_EQ(client.Receive(milliseconds(-1)), (Message{channel, Command::kError, Bytes{0x05}}));
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'000)) + milliseconds(500));
}

TEST_F(MemoryKeyTest, AReadForWhichNothingCanComeReturns) {
  MakeWithGesture("touch");
  HidClient client = Client();
  EXPECT_FALSE(client.Receive(milliseconds(-1)).has_value());
  EXPECT_FALSE(client.Receive(milliseconds(70)).has_value());
  EXPECT_EQ(clock_.Now(), Instant(seconds(1'700'000'000)) + milliseconds(70));
}

TEST_F(MemoryKeyTest, ATouchBeforeAnyPromptIsKeptForOne) {
  MakeWithGesture("never");
  ASSERT_TRUE(key_->Control().Touch(seconds(1)).has_value());
  Waiting touched = BeginSelection();
  EXPECT_EQ(touched.client.ReceiveAnswer(milliseconds(-1))->payload, Bytes{0x00});
  Waiting untouched = BeginSelection();
  EXPECT_EQ(untouched.client.ReceiveAnswer(milliseconds(-1))->payload, Bytes{0x2F});
}

TEST_F(MemoryKeyTest, AStandingPromptIsSettledByControl) {
  MakeWithGesture("manual");
  Waiting waiting = BeginSelection();
  EXPECT_TRUE(waiting.client.Receive(milliseconds(0)).has_value());
  ASSERT_TRUE(key_->Control().Decline(seconds(1)).has_value());
  EXPECT_EQ(waiting.client.ReceiveAnswer(milliseconds(0))->payload, Bytes{0x27});
}

TEST_F(MemoryKeyTest, AdvancingPastThePromptEndsIt) {
  MakeWithGesture("manual");
  Waiting waiting = BeginSelection();
  EXPECT_TRUE(waiting.client.Receive(milliseconds(0)).has_value());
  ASSERT_TRUE(key_->Control().Advance(seconds(31)).has_value());
  EXPECT_EQ(waiting.client.ReceiveAnswer(milliseconds(0))->payload, Bytes{0x2F});
  EXPECT_FALSE(key_->Control().Advance(-seconds(1)).has_value());
}

TEST_F(MemoryKeyTest, UnpluggingEndsEveryPortAndPluggingNeedsNewOnes) {
  MakeWithGesture("never");
  Waiting waiting = BeginSelection();
  EXPECT_TRUE(waiting.client.Receive(milliseconds(0)).has_value());
  ASSERT_TRUE(key_->Control().Unplug().has_value());
  EXPECT_FALSE(waiting.client.Receive(milliseconds(-1)).has_value());
  EXPECT_FALSE(waiting.client.Send(waiting.channel, Command::kPing, Bytes{1}));
  EXPECT_EQ(key_->Open(), nullptr);
  EXPECT_FALSE(key_->Control().State()->plugged);
  EXPECT_FALSE(key_->Control().Unplug().has_value());

  ASSERT_TRUE(key_->Control().Plug().has_value());
  EXPECT_FALSE(key_->Control().Plug().has_value());
  EXPECT_FALSE(waiting.client.Send(waiting.channel, Command::kPing, Bytes{1})) << "still dead";
  HidClient again = Client();
  EXPECT_NE(again.OpenChannel(), 0U);
  EXPECT_THAT(EventKinds(), testing::ElementsAre("key.touch_wanted", "key.touch_cancelled",
                                                 "key.unplugged", "key.plugged"));
}

TEST_F(MemoryKeyTest, APowerCycleLiftsThePinBlockButKeepsTheRetries) {
  VirtualKeyOptions options;
  options.pin = "123456";
  options.gesture = {Gesture::kTouch, Duration{0}};
  Make(std::move(options));
  {
    Fido2TestDevice device(key_->Open());
    for (const int expected :
         {FIDO_ERR_PIN_INVALID, FIDO_ERR_PIN_INVALID, FIDO_ERR_PIN_AUTH_BLOCKED}) {
      const Credential cred(fido_cred_new());
      EXPECT_EQ(MakeCredential(device, cred.get(), "000000"), expected);
    }
    const Credential cred(fido_cred_new());
    EXPECT_EQ(MakeCredential(device, cred.get(), "123456"), FIDO_ERR_PIN_AUTH_BLOCKED);
  }
  ASSERT_TRUE(key_->Control().PowerCycle().has_value());
  EXPECT_EQ(key_->Control().State()->pin_retries, 5);
  Fido2TestDevice device(key_->Open());
  const Credential cred(fido_cred_new());
  EXPECT_EQ(MakeCredential(device, cred.get(), "123456"), FIDO_OK);
}

TEST_F(MemoryKeyTest, OneSeedGivesOneKeyAndOneEventStream) {
  const auto run = [] {
    FrozenClock clock(Instant(seconds(1)));
    Rng rng(42);
    EventStream events;
    VirtualKeyOptions options;
    options.gesture = *GestureScript::Parse("touch after 1s");
    options.event_source = "key.blue";
    const auto key = *MemoryKey::Create(options, clock, rng, events);
    HidClient client(key->Open());
    const auto channel = client.OpenChannel();
    client.Send(channel, Command::kCbor, kSelection);
    std::string trace = ToHex(key->AttestationRoot());
    while (const auto report = client.Port().Read(milliseconds(-1))) trace += ToHex(*report);
    for (const Event& event : events.Events()) {
      trace += event.source + event.kind + ToRfc3339(event.at);
    }
    return trace;
  };
  const std::string once = run();
  EXPECT_EQ(run(), once);
  EXPECT_THAT(once, testing::HasSubstr("key.bluekey.touched"));
}

TEST(MemoryKeyRealTimeTest, ATouchFromAnotherThreadSettlesThePrompt) {
  RealClock clock;
  Rng rng(1);
  EventStream events;
  const auto key = *MemoryKey::Create({}, clock, rng, events);
  HidClient client(key->Open());
  const auto channel = client.OpenChannel();
  client.Send(channel, Command::kCbor, kSelection);
  const auto keepalive = client.Receive(seconds(5));
  ASSERT_TRUE(keepalive.has_value());
  EXPECT_EQ(*keepalive, (Message{channel, Command::kKeepalive, Bytes{2}}));
  std::jthread user([&] { EXPECT_TRUE(key->Control().Touch(seconds(5)).has_value()); });
  EXPECT_EQ(client.ReceiveAnswer(seconds(5))->payload, Bytes{0x00});
}

TEST(MemoryKeyRealTimeTest, ATouchThatTheKeyDoesNotAskForExpiresOrIsWithdrawn) {
  RealClock clock;
  Rng rng(1);
  EventStream events;
  const auto key = *MemoryKey::Create({}, clock, rng, events);
  const auto expired = key->Control().Touch(milliseconds(20));
  ASSERT_FALSE(expired.has_value());
  EXPECT_THAT(expired.error().message, testing::HasSubstr("did not ask for a touch within 20 ms"));
  std::stop_source stop;
  std::jthread withdrawing([&] { stop.request_stop(); });
  const auto withdrawn = key->Control().Touch(seconds(30), stop.get_token());
  ASSERT_FALSE(withdrawn.has_value());
  EXPECT_THAT(withdrawn.error().message, testing::HasSubstr("withdrawn"));
}

}  // namespace
}  // namespace keyrig::virtual_key
