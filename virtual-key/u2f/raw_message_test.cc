#include "virtual-key/u2f/raw_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "harness/base/cbor.h"
#include "harness/base/certificate.h"
#include "virtual-key/apdu/command.h"

namespace keyrig::u2f {
namespace {

using authenticator::Authenticator;
using authenticator::GestureOutcome;
using authenticator::GesturePrompt;
using authenticator::Version;

/// A user who does what `outcome` says, and is counted.
class CountedUser final : public authenticator::UserGesture {
 public:
  GestureOutcome Await(const GesturePrompt& prompt, std::stop_token) override {
    ++asked;
    longest = std::max(longest, prompt.timeout);
    return outcome;
  }
  authenticator::FingerPresented AwaitFinger(const GesturePrompt&, std::stop_token) override {
    ++fingers_asked;
    return {.outcome = GestureOutcome::kTouched, .finger = "thumb"};
  }

  GestureOutcome outcome = GestureOutcome::kTouched;
  int asked = 0, fingers_asked = 0;
  Duration longest{0};
};

struct U2fReply {
  Bytes data;
  std::uint16_t status = 0;
};

/// What REGISTER gives back, taken apart.
struct U2fMade {
  Bytes public_key, key_handle, signature;
  std::optional<crypto::Certificate> certificate;
};

class RawMessageTest : public testing::Test {
 protected:
  RawMessageTest() { config_.versions = {Version::kU2fV2, Version::kFido20, Version::kFido21}; }

  Authenticator& Key() {
    if (!key_) {
      key_ = std::make_unique<Authenticator>(
          config_, authenticator::Environment{clock_, rng_, user_, store_, events_});
    }
    return *key_;
  }

  U2fReply Send(std::uint8_t ins, std::uint8_t p1, const Bytes& data) {
    apdu::Command command;
    command.ins = ins;
    command.p1 = p1;
    command.data = data;
    return SendRaw(command.Extended());
  }
  U2fReply SendRaw(ByteView apdu) {
    const Bytes reply = Process(Key(), apdu);
    if (reply.size() < 2) {
      ADD_FAILURE() << "an answer ends with a status word";
      return {};
    }
    const ByteView whole = reply;
    return {ToBytes(whole.first(whole.size() - 2)), ReadBigEndian16(whole.last<2>())};
  }

  U2fReply Register() { return Send(0x01, 0x00, Concat({challenge_, application_})); }
  U2fReply Authenticate(std::uint8_t p1, ByteView key_handle) {
    const ByteArray<1> size = {static_cast<std::uint8_t>(key_handle.size())};
    return Send(0x02, p1, Concat({challenge_, application_, size, key_handle}));
  }
  U2fMade Made() {
    const U2fReply reply = Register();
    EXPECT_EQ(reply.status, 0x9000);
    const ByteView data = reply.data;
    if (data.size() < 67) return {};
    EXPECT_EQ(data[0], 0x05);
    U2fMade made;
    made.public_key = ToBytes(data.subspan(1, 65));
    made.key_handle = ToBytes(data.subspan(67, data[66]));
    const ByteView rest = data.subspan(67U + data[66]);
    // The certificate says its own size: 30 82 hh ll.
    const std::size_t size = 4U + ReadBigEndian16(rest.subspan<2, 2>());
    made.certificate = crypto::Certificate::FromDer(rest.first(size)).value();
    made.signature = ToBytes(rest.subspan(size));
    return made;
  }
  static crypto::PublicKey KeyOf(const U2fMade& made) {
    const ByteView point = made.public_key;
    return crypto::PublicKey::From(crypto::EcPoint{crypto::Curve::kP256,
                                                   ToBytes(point.subspan(1, 32)),
                                                   ToBytes(point.subspan(33, 32))})
        .value();
  }

  /// A command of CTAP2: its status, and its map.
  std::pair<std::uint8_t, cbor::Value> SendCtap2(std::uint8_t command, const cbor::Map& map) {
    const Bytes reply = Key().Process(Concat({ByteArray<1>{command}, cbor::Encode(map)}));
    if (reply.size() == 1) return {reply[0], {}};
    return {reply[0], cbor::Decode(ByteView(reply).subspan(1)).value()};
  }
  cbor::Map Ctap2Registration() const {
    return {{1, challenge_},
            {2, cbor::Map{{"id", "example.com"}}},
            {3, cbor::Map{{"id", Bytes{1}}}},
            {4, cbor::Array{cbor::Map{{"alg", -7}, {"type", "public-key"}}}}};
  }
  cbor::Map Ctap2SignIn(const Bytes& id) const {
    return {{1, "example.com"},
            {2, challenge_},
            {3, cbor::Array{cbor::Map{{"id", id}, {"type", "public-key"}}}}};
  }
  static Bytes IdIn(const cbor::Value& made) {
    const ByteView data = *made.Find(2)->AsBytes();
    return ToBytes(data.subspan(55, ReadBigEndian16(data.subspan<53, 2>())));
  }
  bool ListsU2f() {
    const Bytes info = Key().Process(Bytes{0x04});
    const auto map = cbor::Decode(ByteView(info).subspan(1)).value();
    const cbor::Array& versions = *map.Find(1)->AsArray();
    return std::ranges::find(versions, cbor::Value("U2F_V2")) != versions.end();
  }

  FrozenClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
  Rng rng_{5};
  CountedUser user_;
  authenticator::MemoryStore store_;
  NullSink events_;
  authenticator::AuthenticatorConfig config_;
  Bytes challenge_ = Bytes(32, 0xC4);
  Bytes application_ = ToBytes(crypto::Sha256(ViewOf("example.com")));

 private:
  std::unique_ptr<Authenticator> key_;
};

TEST_F(RawMessageTest, VersionIsU2fV2) {
  EXPECT_EQ(AsText(Send(0x03, 0, {}).data), "U2F_V2");
  EXPECT_EQ(SendRaw(Bytes{0x00, 0x03, 0x00, 0x00}).status, 0x9000) << "short form";
  EXPECT_EQ(Send(0x03, 0, Bytes{1}).status, 0x6700);
}

TEST_F(RawMessageTest, RegistrationIsSignedByTheCertificate) {
  const U2fMade made = Made();
  const Bytes signed_data =
      Concat({ByteArray<1>{0}, application_, challenge_, made.key_handle, made.public_key});
  EXPECT_TRUE(made.certificate->Key().Verify(CoseAlgorithm::kEs256, signed_data, made.signature));
  const auto root = crypto::Certificate::FromDer(Key().AttestationRoot()).value();
  EXPECT_TRUE(crypto::VerifyChain({*made.certificate}, {root}, clock_.Now()));
}

TEST_F(RawMessageTest, RegistrationNeedsExactly64Bytes) {
  EXPECT_EQ(Send(0x01, 0, Bytes(63)).status, 0x6700);
  EXPECT_EQ(Send(0x01, 0, Bytes(65)).status, 0x6700);
  EXPECT_EQ(Send(0x01, 0, Bytes(64)).status, 0x9000);
  EXPECT_EQ(Send(0x01, 0x03, Bytes(64)).status, 0x9000) << "P1 is not looked at";
}

TEST_F(RawMessageTest, RegistrationWaitsForATouchButNotLong) {
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Register().status, 0x6985);
  EXPECT_LE(user_.longest, std::chrono::milliseconds(500));
  user_.outcome = GestureOutcome::kTouched;
  EXPECT_EQ(Register().status, 0x9000);
}

TEST_F(RawMessageTest, AuthenticationIsSignedByTheKeyHandlesKey) {
  const U2fMade made = Made();
  const U2fReply reply = Authenticate(0x03, made.key_handle);
  ASSERT_EQ(reply.status, 0x9000);
  const ByteView data = reply.data;
  EXPECT_EQ(data[0], 0x01);
  EXPECT_EQ(ReadBigEndian32(data.subspan<1, 4>()), 1U);
  const Bytes signed_data = Concat({application_, data.first(5), challenge_});
  EXPECT_TRUE(KeyOf(made).Verify(CoseAlgorithm::kEs256, signed_data, data.subspan(5)));
}

TEST_F(RawMessageTest, EnforcingPresenceWaitsForATouch) {
  const U2fMade made = Made();
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Authenticate(0x03, made.key_handle).status, 0x6985);
  EXPECT_EQ(store_.Load().signature_counter, 0U) << "nothing was signed";
}

TEST_F(RawMessageTest, CheckOnlyNeitherSignsNorAsks) {
  const U2fMade made = Made();
  const int asked = user_.asked;
  EXPECT_EQ(Authenticate(0x07, made.key_handle).status, 0x6985) << "mine";
  EXPECT_EQ(Authenticate(0x07, Bytes(96, 1)).status, 0x6A80) << "not mine";
  EXPECT_EQ(user_.asked, asked);
  EXPECT_EQ(store_.Load().signature_counter, 0U);
}

TEST_F(RawMessageTest, NotEnforcingPresenceSignsWithoutATouch) {
  const U2fMade made = Made();
  user_.outcome = GestureOutcome::kTimedOut;
  const U2fReply reply = Authenticate(0x08, made.key_handle);
  ASSERT_EQ(reply.status, 0x9000);
  EXPECT_EQ(reply.data[0], 0x00);
  const Bytes signed_data = Concat({application_, ByteView(reply.data).first(5), challenge_});
  EXPECT_TRUE(
      KeyOf(made).Verify(CoseAlgorithm::kEs256, signed_data, ByteView(reply.data).subspan(5)));
}

TEST_F(RawMessageTest, OtherWishesAreRefused) {
  const U2fMade made = Made();
  for (const int p1 : {0x00, 0x01, 0x04, 0x09, 0xFF}) {
    EXPECT_EQ(Authenticate(static_cast<std::uint8_t>(p1), made.key_handle).status, 0x6A86) << p1;
  }
}

TEST_F(RawMessageTest, AKeyHandleIsForItsApplicationAlone) {
  const U2fMade made = Made();
  const int asked = user_.asked;
  application_[0] ^= 1;
  EXPECT_EQ(Authenticate(0x03, made.key_handle).status, 0x6A80);
  EXPECT_EQ(user_.asked, asked) << "told before any blinking";
  application_[0] ^= 1;
  EXPECT_EQ(Authenticate(0x03, made.key_handle).status, 0x9000);
}

TEST_F(RawMessageTest, TheSizeOfTheKeyHandleIsChecked) {
  const U2fMade made = Made();
  Bytes data = Concat({challenge_, application_, ByteArray<1>{95}, made.key_handle});
  EXPECT_EQ(Send(0x02, 0x03, data).status, 0x6700);
  EXPECT_EQ(Send(0x02, 0x03, Bytes(64)).status, 0x6700) << "no size at all";
  EXPECT_EQ(Authenticate(0x03, {}).status, 0x6A80) << "an empty handle is nobody's";
}

TEST_F(RawMessageTest, TheCounterIsSharedWithCtap2) {
  const U2fMade made = Made();
  EXPECT_EQ(Authenticate(0x03, made.key_handle).data[4], 1);
  EXPECT_EQ(SendCtap2(0x02, Ctap2SignIn(made.key_handle)).first, 0x00);
  EXPECT_EQ(Authenticate(0x03, made.key_handle).data[4], 3);
}

TEST_F(RawMessageTest, AU2fCredentialSignsInWithCtap2) {
  const U2fMade made = Made();
  const auto [status, reply] = SendCtap2(0x02, Ctap2SignIn(made.key_handle));
  ASSERT_EQ(status, 0x00);
  EXPECT_EQ(reply.Find(4), nullptr) << "no user";
  EXPECT_TRUE(KeyOf(made).Verify(CoseAlgorithm::kEs256,
                                 Concat({*reply.Find(2)->AsBytes(), challenge_}),
                                 *reply.Find(3)->AsBytes()));
  cbor::Map again = Ctap2Registration();
  again.emplace_back(5, cbor::Array{cbor::Map{{"id", made.key_handle}, {"type", "public-key"}}});
  EXPECT_EQ(SendCtap2(0x01, again).first, 0x19) << "excluded";
}

TEST_F(RawMessageTest, ACtap2CredentialSignsInWithU2f) {
  const auto [status, made] = SendCtap2(0x01, Ctap2Registration());
  ASSERT_EQ(status, 0x00);
  EXPECT_EQ(Authenticate(0x03, IdIn(made)).status, 0x9000);
}

TEST_F(RawMessageTest, WhatNeedsAVerifiedUserIsNotThereForU2f) {
  cbor::Map registration = Ctap2Registration();
  registration.emplace_back(6, cbor::Map{{"credProtect", 3}});
  const auto [status, made] = SendCtap2(0x01, registration);
  ASSERT_EQ(status, 0x00);
  EXPECT_EQ(Authenticate(0x03, IdIn(made)).status, 0x6A80);
  EXPECT_EQ(Authenticate(0x07, IdIn(made)).status, 0x6A80);
}

TEST_F(RawMessageTest, ResetEndsEveryKeyHandle) {
  const U2fMade made = Made();
  EXPECT_EQ(Key().Process(Bytes{0x07}), Bytes{0x00});
  EXPECT_EQ(Authenticate(0x03, made.key_handle).status, 0x6A80);
}

TEST_F(RawMessageTest, AlwaysUvBarsU2fThatCannotVerify) {
  config_.always_uv = true;
  EXPECT_EQ(Register().status, 0x6986);
  EXPECT_EQ(Authenticate(0x03, Bytes(96)).status, 0x6986);
  EXPECT_EQ(Authenticate(0x07, Bytes(96)).status, 0x6986);
  EXPECT_EQ(Send(0x03, 0, {}).status, 0x9000) << "VERSION is answered";
  EXPECT_FALSE(ListsU2f());
  EXPECT_EQ(user_.asked, 0);
}

TEST_F(RawMessageTest, AlwaysUvIsSatisfiedByAFinger) {
  config_.always_uv = true;
  config_.fingerprint = authenticator::FingerprintSensor{};
  authenticator::DeviceState device;
  device.initialized = true;
  device.fingers = {{.id = Bytes{1}, .name = "", .finger = "thumb"}};
  ASSERT_TRUE(store_.Save(device));
  EXPECT_EQ(Register().status, 0x9000);
  EXPECT_EQ(user_.fingers_asked, 1);
  EXPECT_TRUE(ListsU2f());
}

TEST_F(RawMessageTest, WhatIsNoCommandIsRefused) {
  EXPECT_EQ(Send(0x10, 0, {}).status, 0x6D00);
  EXPECT_EQ(SendRaw(Bytes{0x80, 0x03, 0x00, 0x00}).status, 0x6E00);
  EXPECT_EQ(SendRaw(Bytes{0x00, 0x03}).status, 0x6700);
  EXPECT_EQ(SendRaw({}).status, 0x6700);
}

}  // namespace
}  // namespace keyrig::u2f
