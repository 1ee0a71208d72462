// libfido2 against a virtual key in a virtual reader, through the real pcscd.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/crypto.h"
#include "harness/device/card_reader.h"
#include "harness/device/fido2_key.h"
#include "virtual-key/nfc_key.h"
#include "virtual-key/transport/vpcd_card.h"

namespace keyrig::device {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::Ge;
using testing::HasSubstr;

class NfcKeyTest : public testing::Test {
 protected:
  static constexpr const char* kPin = "123456";
  inline static const RpId kRp{"login.microsoft.com"};

  void SetUp() override {
    if (const auto readers = ListCardReaders(); !readers) GTEST_SKIP() << readers.error().message;
    ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kTouch, Duration(0)}));
  }

  /// Holds a key to the reader whose user does what `gesture` says.
  void Hold(GestureScript gesture) {
    held_.reset();
    VirtualKeyOptions options;
    options.gesture = gesture;
    auto held = NfcKey::Create(std::move(options), transport::kVpcdPort, clock_, rng_, key_events_);
    ASSERT_TRUE(held) << held.error().message;
    held_ = *std::move(held);
  }

  Fido2Key Open() {
    auto key = Fido2Key::OpenReader(held_->Reader(), rng_, client_events_, "station");
    EXPECT_TRUE(key) << key.error().message;
    return *std::move(key);
  }

  static MakeCredentialRequest Registration() {
    MakeCredentialRequest request;
    request.client_data_hash = crypto::Sha256(ViewOf("client data of a registration"));
    request.rp = kRp;
    request.rp_name = "Microsoft";
    request.user_handle.bytes = ToBytes("handle of adele");
    request.user_name = "adele@contoso.onmicrosoft.com";
    request.user_display_name = "Adele";
    request.algorithms = {CoseAlgorithm::kEs256};
    return request;
  }

  static GetAssertionRequest SignIn() {
    GetAssertionRequest request;
    request.client_data_hash = crypto::Sha256(ViewOf("client data of a sign-in"));
    request.rp = kRp;
    request.user_verification = false;
    return request;
  }

  static std::vector<std::string> Kinds(const EventStream& events) {
    std::vector<std::string> kinds;
    for (const Event& event : events.Events()) kinds.push_back(event.kind);
    return kinds;
  }

  std::ptrdiff_t Taps() const { return std::ranges::count(Kinds(key_events_), "key.tapped"); }

  /// How often the last command was answered by "wait".
  int LastKeepalives() const {
    const std::vector<Event> events = client_events_.Events();
    for (const EventField& field : events.back().beside) {
      if (field.name == "keepalives") return std::stoi(field.value);
    }
    return -1;
  }

  RealClock clock_;
  Rng rng_;
  EventStream key_events_;
  EventStream client_events_;
  std::unique_ptr<NfcKey> held_;
};

TEST_F(NfcKeyTest, IsInAReader) {
  const auto readers = ListCardReaders();
  ASSERT_TRUE(readers);
  const auto reader = std::ranges::find(*readers, held_->Reader(), &CardReader::name);
  ASSERT_NE(reader, readers->end());
  EXPECT_TRUE(reader->has_card);
}

TEST_F(NfcKeyTest, SaysWhatItIs) {
  const auto info = Open().GetInfo();
  ASSERT_TRUE(info) << info.error().name;
  EXPECT_THAT(info->versions, Contains("FIDO_2_1"));
  EXPECT_EQ(info->client_pin, false);
}

TEST_F(NfcKeyTest, RegistersAndSignsInWithAPin) {
  Fido2Key key = Open();
  ASSERT_TRUE(key.SetPin(kPin));
  MakeCredentialRequest registration = Registration();
  registration.pin = kPin;
  const auto made = key.MakeCredential(registration);
  ASSERT_TRUE(made) << made.error().name;

  GetAssertionRequest sign_in = SignIn();
  sign_in.pin = kPin;
  const auto asserted = key.GetAssertion(sign_in);
  ASSERT_TRUE(asserted) << asserted.error().name;
  ASSERT_EQ(asserted->size(), 1U);
  EXPECT_EQ(asserted->front().id, made->id);

  sign_in.pin = "654321";
  const auto wrong = key.GetAssertion(sign_in);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().name, "PIN_INVALID");
  EXPECT_EQ(key.PinRetries(), 7);
  EXPECT_EQ(key.DiscoverableCredentialCount(kPin), 1);
}

TEST_F(NfcKeyTest, CarriesMessagesOfManyApdus) {
  MakeCredentialRequest registration = Registration();
  for (std::uint8_t i = 0; i < 10; ++i) registration.exclude.push_back({Bytes(110, i)});
  const auto made = Open().MakeCredential(registration);
  ASSERT_TRUE(made) << made.error().name;
  EXPECT_GT(made->AttestationObject().size(), 512U);
}

TEST_F(NfcKeyTest, HasItsClientWaitForTheUser) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kTouch, milliseconds(450)}));
  ASSERT_TRUE(Open().MakeCredential(Registration()));
  // One when the wait begins, then one each 100 ms.
  EXPECT_THAT(LastKeepalives(), Ge(3));
  EXPECT_LE(LastKeepalives(), 20);
}

TEST_F(NfcKeyTest, AUserCanDecline) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kDecline, Duration(0)}));
  const auto refused = Open().MakeCredential(Registration());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "OPERATION_DENIED");
}

TEST_F(NfcKeyTest, AClientCanCancel) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kNever, Duration(0)}));
  std::stop_source stop;
  Fido2Key key = Open();
  ASSERT_TRUE(key.GetInfo());
  key.EndOn(stop.get_token());
  auto registration =
      std::async(std::launch::async, [&] { return key.MakeCredential(Registration()); });
  while (!held_->Control().State()->awaiting_touch) std::this_thread::sleep_for(milliseconds(10));
  stop.request_stop();
  const auto refused = registration.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "KEEPALIVE_CANCEL");
}

TEST_F(NfcKeyTest, TheTapIsTheFirstTouch) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kManual, Duration(0)}));
  Fido2Key key = Open();
  ASSERT_TRUE(key.MakeCredential(Registration()));
  EXPECT_EQ(Taps(), 1);
  {
    const std::jthread user([&] { EXPECT_TRUE(held_->Control().Touch(std::chrono::seconds(20))); });
    EXPECT_TRUE(key.GetAssertion(SignIn()));
  }
  EXPECT_EQ(Taps(), 1);
  EXPECT_THAT(Kinds(key_events_), Contains("key.touched"));
}

TEST_F(NfcKeyTest, AnotherTapIsAnotherTouch) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kManual, Duration(0)}));
  ASSERT_TRUE(Open().MakeCredential(Registration()));
  ASSERT_TRUE(held_->Control().PowerCycle());
  ASSERT_TRUE(Open().GetAssertion(SignIn()));
  EXPECT_EQ(Taps(), 2);
}

TEST_F(NfcKeyTest, TheTapLastsForTwoMinutes) {
  ASSERT_NO_FATAL_FAILURE(Hold({Gesture::kManual, Duration(0)}));
  ASSERT_TRUE(held_->Control().Advance(std::chrono::minutes(2)));
  const std::jthread user([&] { EXPECT_TRUE(held_->Control().Touch(std::chrono::seconds(20))); });
  EXPECT_TRUE(Open().MakeCredential(Registration()));
  EXPECT_EQ(Taps(), 0);
}

TEST_F(NfcKeyTest, OutOfTheFieldItDoesNotAnswer) {
  const std::string reader = held_->Reader();
  ASSERT_TRUE(Open().MakeCredential(Registration()));
  ASSERT_TRUE(held_->Control().Unplug());
  EXPECT_EQ(held_->Reader(), "");
  const auto nobody = Fido2Key::OpenReader(reader, rng_, client_events_, "station");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("no card in the reader \"" + reader + "\""));
  ASSERT_TRUE(held_->Control().Plug());
  EXPECT_EQ(held_->Reader(), reader);
  EXPECT_TRUE(Open().GetAssertion(SignIn())) << "it has kept its credential";
}

TEST_F(NfcKeyTest, AReaderTakesOneCard) {
  VirtualKeyOptions options;
  const auto second =
      NfcKey::Create(std::move(options), transport::kVpcdPort, clock_, rng_, key_events_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another card may be in it"));
}

TEST_F(NfcKeyTest, TwoReadersHoldTwoKeys) {
  VirtualKeyOptions options;
  auto second =
      NfcKey::Create(std::move(options), transport::kVpcdPort + 1, clock_, rng_, key_events_);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE((*second)->Reader(), held_->Reader());
  auto other = Fido2Key::OpenReader((*second)->Reader(), rng_, client_events_, "station");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_TRUE(other->GetInfo());
  EXPECT_TRUE(Open().GetInfo());
}

TEST_F(NfcKeyTest, NamesTheReadersWhereThereIsNoSuch) {
  const auto nobody = Fido2Key::OpenReader("ACS ACR122U 00 00", rng_, client_events_, "station");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("no card reader \"ACS ACR122U 00 00\""));
  EXPECT_THAT(nobody.error().message, HasSubstr(held_->Reader()));
}

}  // namespace
}  // namespace keyrig::device
