#include "harness/device/fido2_key.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "harness/base/cbor.h"
#include "harness/device/memory_key_fixture.h"

namespace keyrig::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

template <typename T>
std::string NameOf(const Result<T, KeyError>& result) {
  return result ? "OK" : result.error().name;
}

/// The ES256 key of a credential that was just made (WebAuthn L3 §6.5.1).
crypto::PublicKey KeyOf(const MadeCredential& made) {
  const std::size_t before = 37 + 16 + 2 + made.id.bytes.size();
  const auto cose = cbor::DecodePrefix(ByteView(made.authenticator_data).subspan(before));
  return crypto::PublicKey::From(crypto::EcPoint{crypto::Curve::kP256,
                                                 *cose->value.Find(-2)->AsBytes(),
                                                 *cose->value.Find(-3)->AsBytes()})
      .value();
}

class Fido2KeyTest : public MemoryKeyFixture {};

TEST_F(Fido2KeyTest, SaysWhatTheKeyCan) {
  const Capabilities capabilities = Open().GetInfo().value();
  EXPECT_TRUE(capabilities.Has("FIDO_2_1"));
  EXPECT_TRUE(capabilities.Has("rk"));
  EXPECT_TRUE(capabilities.Has("clientPin"));
  EXPECT_TRUE(capabilities.Has("hmac-secret"));
  EXPECT_TRUE(capabilities.Has("ES256"));
  EXPECT_TRUE(capabilities.Has("credMgmt"));
  EXPECT_FALSE(capabilities.Has("uv"));
  EXPECT_FALSE(capabilities.Has("ES512"));
  EXPECT_EQ(capabilities.max_message_size, 1768u);
  EXPECT_EQ(capabilities.client_pin, false);
}

TEST_F(Fido2KeyTest, MakesACredentialThatSignsIn) {
  Fido2Key key = Open();
  const MadeCredential made = Register(key);
  const auto assertions = key.GetAssertion(SignIn({made.id}));
  ASSERT_TRUE(assertions) << assertions.error().name;
  ASSERT_THAT(*assertions, SizeIs(1));
  const MadeAssertion& assertion = assertions->front();
  EXPECT_EQ(assertion.id, made.id);
  const auto hash = SignIn().client_data_hash;
  EXPECT_TRUE(KeyOf(made).Verify(
      CoseAlgorithm::kEs256, Concat({assertion.authenticator_data, hash}), assertion.signature));
}

TEST_F(Fido2KeyTest, EncodesTheAttestationObjectWithTextKeys) {
  Fido2Key key = Open();
  const MadeCredential made = Register(key);
  const auto object = cbor::Decode(made.AttestationObject());
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->Find("fmt")->AsText(), "packed");
  EXPECT_EQ(*object->Find("authData")->AsBytes(), made.authenticator_data);
  EXPECT_NE(object->Find("attStmt")->Find("sig"), nullptr);
}

TEST_F(Fido2KeyTest, AsksForHmacSecretAndCredProtect) {
  Fido2Key key = Open();
  Register(key);
  auto request = Registration("alex");
  request.hmac_secret = true;
  request.cred_protect = 2;
  const auto made = key.MakeCredential(request);
  ASSERT_TRUE(made) << made.error().name;
  EXPECT_THAT(std::string(Transactions().back().Field("authenticator_data")),
              HasSubstr(R"(extensions {"credProtect": 2, "hmac-secret": true})"));
}

TEST_F(Fido2KeyTest, TakesTheFirstAlgorithmThatTheKeyKnows) {
  Fido2Key key = Open();
  Register(key);
  auto request = Registration("alex");
  request.algorithms = {CoseAlgorithm::kEs512, CoseAlgorithm::kEdDsa};
  EXPECT_EQ(NameOf(key.MakeCredential(request)), "OK");
  request.algorithms = {CoseAlgorithm::kEs512};
  EXPECT_EQ(NameOf(key.MakeCredential(request)), "UNSUPPORTED_ALGORITHM");
}

TEST_F(Fido2KeyTest, RefusesAWrongPinAndCountsIt) {
  Fido2Key key = Open();
  const MadeCredential made = Register(key);
  auto request = SignIn({made.id});
  request.pin = "000000";
  EXPECT_EQ(NameOf(key.GetAssertion(request)), "PIN_INVALID");
  EXPECT_EQ(key.PinRetries().value(), 7);
  EXPECT_EQ(NameOf(key.GetAssertion(SignIn({made.id}))), "OK");
  EXPECT_EQ(key.PinRetries().value(), 8);
}

TEST_F(Fido2KeyTest, BlocksAfterThreeWrongPinsUntilPowerCycled) {
  Fido2Key key = Open();
  Register(key);
  auto request = SignIn();
  request.pin = "000000";
  EXPECT_EQ(NameOf(key.GetAssertion(request)), "PIN_INVALID");
  EXPECT_EQ(NameOf(key.GetAssertion(request)), "PIN_INVALID");
  EXPECT_EQ(NameOf(key.GetAssertion(request)), "PIN_AUTH_BLOCKED");
  EXPECT_EQ(NameOf(key.GetAssertion(SignIn())), "PIN_AUTH_BLOCKED");
  ASSERT_TRUE(memory_->Control().PowerCycle());
  Fido2Key again = Open();
  EXPECT_EQ(NameOf(again.GetAssertion(SignIn())), "OK");
}

TEST_F(Fido2KeyTest, RefusesAShortPin) {
  EXPECT_EQ(NameOf(Open().SetPin("123")), "PIN_POLICY_VIOLATION");
}

TEST_F(Fido2KeyTest, RefusesASecondCredentialWhereOneIsExcluded) {
  Fido2Key key = Open();
  const MadeCredential made = Register(key);
  auto request = Registration();
  request.exclude = {made.id};
  EXPECT_EQ(NameOf(key.MakeCredential(request)), "CREDENTIAL_EXCLUDED");
}

TEST_F(Fido2KeyTest, RefusesWhenTheTouchIsDeclinedOrNeverComes) {
  Fido2Key key = Open();
  Register(key);
  Person(Gesture::kDecline);
  EXPECT_EQ(NameOf(key.GetAssertion(SignIn())), "OPERATION_DENIED");
  Person(Gesture::kNever);
  EXPECT_EQ(NameOf(key.GetAssertion(SignIn())), "OPERATION_DENIED");
}

TEST_F(Fido2KeyTest, HasNoCredentialForAnotherRelyingParty) {
  Fido2Key key = Open();
  Register(key);
  auto request = SignIn();
  request.rp.text = "example.com";
  EXPECT_EQ(NameOf(key.GetAssertion(request)), "NO_CREDENTIALS");
}

TEST_F(Fido2KeyTest, GivesOneAssertionForEachDiscoverableCredentialNewestFirst) {
  Fido2Key key = Open();
  Register(key, "adele");
  Register(key, "alex");
  const auto assertions = key.GetAssertion(SignIn());
  ASSERT_TRUE(assertions) << assertions.error().name;
  std::vector<std::string> users;
  for (const MadeAssertion& assertion : *assertions) users.push_back(assertion.user_name);
  EXPECT_THAT(users, ElementsAre("alex@contoso.onmicrosoft.com", "adele@contoso.onmicrosoft.com"));
}

TEST_F(Fido2KeyTest, ListsAndDeletesDiscoverableCredentials) {
  Fido2Key key = Open();
  const MadeCredential adele = Register(key, "adele");
  const MadeCredential alex = Register(key, "alex");
  const auto count = key.DiscoverableCredentialCount(kPin);
  ASSERT_TRUE(count) << count.error().name;
  EXPECT_EQ(*count, 2);
  EXPECT_THAT(key.DiscoverableCredentials(kRp, kPin).value(),
              testing::UnorderedElementsAre(adele.id, alex.id));
  EXPECT_EQ(NameOf(key.DeleteCredential(adele.id, kPin)), "OK");
  EXPECT_THAT(key.DiscoverableCredentials(kRp, kPin).value(), ElementsAre(alex.id));
  const auto elsewhere = key.DiscoverableCredentials({"example.com"}, kPin);
  ASSERT_TRUE(elsewhere) << elsewhere.error().name;
  EXPECT_THAT(*elsewhere, testing::IsEmpty());
  EXPECT_EQ(NameOf(key.DeleteCredential(adele.id, kPin)), "NO_CREDENTIALS");
}

TEST_F(Fido2KeyTest, SaysThatTheKeyIsGone) {
  Fido2Key key = Open();
  ASSERT_TRUE(memory_->Control().Unplug());
  EXPECT_FALSE(key.GetInfo());
  const auto reopened = Fido2Key::OpenPort(memory_->Open(), rng_, events_, "station");
  ASSERT_FALSE(reopened);
  EXPECT_THAT(reopened.error().message, HasSubstr("not plugged in"));
}

TEST_F(Fido2KeyTest, ReportsEachCommandWithSecretsApart) {
  Fido2Key key = Open();
  Register(key);
  std::vector<std::string> commands;
  for (const Event& event : Transactions()) commands.emplace_back(event.Field("command"));
  EXPECT_THAT(commands,
              ElementsAre("authenticatorGetInfo", "authenticatorGetInfo",
                          "authenticatorClientPIN getKeyAgreement", "authenticatorClientPIN setPIN",
                          "authenticatorClientPIN getKeyAgreement",
                          "authenticatorClientPIN getPinUvAuthTokenUsingPinWithPermissions",
                          "authenticatorMakeCredential"));
  const Event made = Transactions().back();
  EXPECT_EQ(made.Field("status"), "OK");
  EXPECT_THAT(std::string(made.Field("request")), HasSubstr("8 /pinUvAuthParam/: /secret/"));
  EXPECT_THAT(std::string(made.Field("response")), HasSubstr(R"(1 /fmt/: "packed")"));
  EXPECT_THAT(std::string(made.Field("authenticator_data")), HasSubstr("flags UP|UV|AT"));
  const auto secret = std::ranges::find(made.fields, "request.pinUvAuthParam", &EventField::name);
  ASSERT_NE(secret, made.fields.end());
  EXPECT_TRUE(secret->secret);
  EXPECT_THAT(std::string(made.Field("request")), Not(HasSubstr(secret->value)));
}

TEST_F(Fido2KeyTest, RepeatsToTheByteUnderOneSeed) {
  const auto run = [](std::uint64_t seed) {
    FrozenClock clock(Instant(std::chrono::hours(24) * 20000));
    Rng rng(seed);
    EventStream events;
    VirtualKeyOptions options;
    options.gesture.gesture = Gesture::kTouch;
    auto memory = MemoryKey::Create(options, clock, rng, events).value();
    Fido2Key key = Fido2Key::OpenPort(memory->Open(), rng, events, "station").value();
    EXPECT_EQ(NameOf(key.SetPin(kPin)), "OK");
    EXPECT_EQ(NameOf(key.MakeCredential(Registration())), "OK");
    EXPECT_EQ(NameOf(key.GetAssertion(SignIn())), "OK");
    std::vector<std::vector<EventField>> fields;
    for (const Event& event : events.Events()) fields.push_back(event.fields);
    return fields;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(Fido2KeyCancelTest, EndsAWaitingCallFromAnotherThread) {
  RealClock clock;
  Rng rng;
  EventStream events;
  auto memory = MemoryKey::Create(VirtualKeyOptions(), clock, rng, events).value();
  Fido2Key key = Fido2Key::OpenPort(memory->Open(), rng, events, "station").value();
  ASSERT_EQ(NameOf(key.SetPin("123456")), "OK");
  MakeCredentialRequest request;
  request.rp.text = "example.com";
  request.user_handle.bytes = {1};
  request.algorithms = {CoseAlgorithm::kEs256};
  request.pin = "123456";
  const std::jthread impatient([&] {
    while (!memory->Control().State()->awaiting_touch) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    key.Cancel();
  });
  EXPECT_EQ(NameOf(key.MakeCredential(request)), "KEEPALIVE_CANCEL");
}

}  // namespace
}  // namespace keyrig::device
