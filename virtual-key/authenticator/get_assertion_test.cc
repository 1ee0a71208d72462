#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint8_t kGetNextAssertion = 0x08;

class GetAssertionTest : public AuthenticatorTest {
 protected:
  Bytes Discoverable(std::string_view user, std::optional<int> cred_protect = std::nullopt) {
    Request request = RegisterDiscoverable("example.com", user);
    if (cred_protect) request = request.With(0x06, cbor::Map{{"credProtect", *cred_protect}});
    if (pin_set_) request = Authorize(request, GetToken("1234", 0x01, "example.com"));
    const Reply reply = Send(request);
    user_.asked.clear();
    return IdOf(reply);
  }
  Bytes Wrapped(std::optional<int> cred_protect = std::nullopt) {
    Request request = Register();
    if (cred_protect) request = request.With(0x06, cbor::Map{{"credProtect", *cred_protect}});
    const Reply reply = Send(request);
    user_.asked.clear();
    return IdOf(reply);
  }
  void HasPin() {
    ASSERT_EQ(SetPin("1234"), Status::kOk);
    pin_set_ = true;
  }
  Reply SignInWithPin(const Request& request) {
    return Send(Authorize(request, GetToken("1234", 0x02, "example.com")));
  }
  Reply Next(const Transaction& transaction = {}) {
    return SendRaw(Bytes{kGetNextAssertion}, transaction);
  }
  static std::string UserOf(const Reply& reply) { return cbor::Diagnose(reply.At(0x04)); }
  static Bytes UserIdOf(const Reply& reply) { return *reply.At(0x04).Find("id")->AsBytes(); }

 private:
  bool pin_set_ = false;
};

TEST_F(GetAssertionTest, NeedsItsTwoMembers) {
  const Bytes id = Wrapped();
  EXPECT_EQ(Send(SignIn({id}).Without(0x01)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(SignIn({id}).Without(0x02)).status, Status::kMissingParameter);
  EXPECT_EQ(Send(SignIn({id}).With(0x02, Bytes(33))).status, Status::kInvalidLength);
  for (int member = 0x01; member <= 0x07; ++member) {
    const cbor::Value wrong = member == 0x07 ? cbor::Value("1") : cbor::Value(1);
    EXPECT_EQ(Send(SignIn({id}).With(member, wrong)).status, Status::kCborUnexpectedType) << member;
  }
}

TEST_F(GetAssertionTest, AWrappedCredentialAnswersWithoutUser) {
  const Bytes id = Wrapped();
  const Reply reply = Send(SignIn({id}));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(reply.body.AsMap()->size(), 3U);
  EXPECT_EQ(*reply.At(0x01).Find("id")->AsBytes(), id);
  EXPECT_EQ(reply.At(0x02).AsBytes()->size(), 37U);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags, kUp);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kSignIn});
}

TEST_F(GetAssertionTest, SignsWithEveryAlgorithm) {
  for (const int algorithm : {-7, -8, -257}) {
    for (const bool discoverable : {false, true}) {
      const Request request = discoverable ? RegisterDiscoverable("example.com", "a") : Register();
      const Reply made = Send(
          request.With(0x04, cbor::Array{cbor::Map{{"alg", algorithm}, {"type", "public-key"}}}));
      ReplaceKey();  // parses the key out of the ID again, from the store's wrapping key
      const Reply reply = Send(SignIn({IdOf(made)}));
      const Bytes signed_data = Concat({*reply.At(0x02).AsBytes(), client_data_hash_});
      EXPECT_TRUE(
          VerifiesWith(ParseAuthData(made.At(0x02)).public_key, signed_data, reply.At(0x03)))
          << algorithm << (discoverable ? " discoverable" : " wrapped");
    }
  }
}

TEST_F(GetAssertionTest, WithoutCredentialItSaysSoBeforeATouch) {
  EXPECT_EQ(Send(SignIn()).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({Bytes(96)})).status, Status::kNoCredentials);
  EXPECT_TRUE(user_.asked.empty());
}

TEST_F(GetAssertionTest, JudgesOptions) {
  const Bytes id = Wrapped();
  const auto with = [&](cbor::Map options) {
    return Send(SignIn({id}).With(0x05, std::move(options))).status;
  };
  EXPECT_EQ(with({{"rk", true}}), Status::kUnsupportedOption);
  EXPECT_EQ(with({{"rk", false}}), Status::kUnsupportedOption);
  EXPECT_EQ(with({{"uv", true}}), Status::kInvalidOption);
  EXPECT_EQ(with({{"up", 1}}), Status::kCborUnexpectedType);
  EXPECT_EQ(with({{"future", true}}), Status::kOk);
}

TEST_F(GetAssertionTest, ASilentAssertionAsksNobody) {
  const Bytes id = Wrapped();
  const Reply reply = Send(SignIn({id}).With(0x05, cbor::Map{{"up", false}}));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags, 0);
  EXPECT_TRUE(user_.asked.empty());
}

TEST_F(GetAssertionTest, WaitsForTheUser) {
  const Bytes id = Wrapped();
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kKeepaliveCancel);
}

TEST_F(GetAssertionTest, TheCounterGrowsWithEveryAssertionAndIsRemembered) {
  const Bytes id = Wrapped();
  const auto counter = [&](const Request& request) {
    return ParseAuthData(Send(request).At(0x02)).counter;
  };
  const auto first = counter(SignIn({id}));
  EXPECT_EQ(counter(SignIn({id}).With(0x05, cbor::Map{{"up", false}})), first + 1);
  ReplaceKey();
  EXPECT_EQ(counter(SignIn({id})), first + 2);
  EXPECT_EQ(store_.Load().signature_counter, first + 2);
}

TEST_F(GetAssertionTest, ListsAreValidatedAndForeignTypesSkipped) {
  const Bytes id = Wrapped();
  const cbor::Array foreign = {cbor::Map{{"id", id}, {"type", "other"}}};
  EXPECT_EQ(Send(SignIn({id}).With(0x03, foreign)).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({id}).With(0x03, cbor::Array{cbor::Map{{"id", id}}})).status,
            Status::kInvalidCbor);
  EXPECT_EQ(Send(SignIn(std::vector<Bytes>(11, id))).status, Status::kLimitExceeded);
}

TEST_F(GetAssertionTest, ListedMatchesGiveOneAnswerAndNoCount) {
  const Bytes other = Wrapped();
  const Bytes first = Discoverable("adele");
  const Bytes second = Discoverable("bob");
  const Reply reply = Send(SignIn({Bytes(96), first, second, other}));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(*reply.At(0x01).Find("id")->AsBytes(), first);
  EXPECT_TRUE(reply.At(0x05).IsNull());
  EXPECT_EQ(Next().status, Status::kNotAllowed);
}

TEST_F(GetAssertionTest, AnEmptyListIsNoList) {
  Discoverable("adele");
  EXPECT_EQ(Send(SignIn().With(0x03, cbor::Array{})).status, Status::kOk);
}

TEST_F(GetAssertionTest, CredentialsOfOtherRelyingPartiesDoNotMatch) {
  const Bytes id = Wrapped();
  const Bytes discoverable = Discoverable("adele");
  const Request elsewhere = SignIn({id, discoverable}).With(0x01, "example.org");
  EXPECT_EQ(Send(elsewhere).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn().With(0x01, "example.org")).status, Status::kNoCredentials);
  ASSERT_EQ(Send(SignIn({id})).status, Status::kOk);
  EXPECT_EQ(Send(elsewhere).status, Status::kNoCredentials) << "also once the key is parsed";
}

TEST_F(GetAssertionTest, WhoTheUserIsIsToldOnlyAfterUserVerification) {
  HasPin();
  const Bytes id = IdOf(Send(Authorize(Register().With(0x07, cbor::Map{{"rk", true}}),
                                       GetToken("1234", 0x01, "example.com"))));
  EXPECT_EQ(UserOf(Send(SignIn())), "{\"id\": h'6164656c65'}");
  EXPECT_EQ(UserOf(SignInWithPin(SignIn())),
            "{\"id\": h'6164656c65', \"name\": \"adele@example.com\", "
            "\"displayName\": \"Adele Vance\"}");
  EXPECT_EQ(UserOf(Send(SignIn({id}))), "{\"id\": h'6164656c65'}");
}

TEST_F(GetAssertionTest, SeveralAccountsComeNewestFirst) {
  for (const char* user : {"adele", "bob", "carol"}) Discoverable(user);
  const Reply first = Send(SignIn());
  EXPECT_EQ(first.At(0x05), cbor::Value(3));
  EXPECT_EQ(UserIdOf(first), ToBytes("carol"));
  const Reply second = Next();
  EXPECT_TRUE(second.At(0x05).IsNull()) << "the count is in the first reply alone";
  EXPECT_EQ(UserIdOf(second), ToBytes("bob"));
  EXPECT_EQ(UserIdOf(Next()), ToBytes("adele"));
  EXPECT_EQ(Next().status, Status::kNotAllowed);
  EXPECT_EQ(user_.asked.size(), 1U);
}

TEST_F(GetAssertionTest, OneAccountHasNoCount) {
  Discoverable("adele");
  EXPECT_TRUE(Send(SignIn()).At(0x05).IsNull());
  EXPECT_EQ(Next().status, Status::kNotAllowed);
}

TEST_F(GetAssertionTest, NextAssertionsSignTheSameHashWithTheSameFlags) {
  HasPin();
  const Bytes adele = Discoverable("adele");
  Discoverable("bob");
  const Reply first = SignInWithPin(SignIn());
  const Reply second = Next();
  ASSERT_EQ(second.status, Status::kOk);
  EXPECT_EQ(*second.At(0x01).Find("id")->AsBytes(), adele);
  EXPECT_EQ(ParseAuthData(second.At(0x02)).flags, kUp | kUv);
  EXPECT_EQ(ParseAuthData(second.At(0x02)).counter, ParseAuthData(first.At(0x02)).counter + 1);
  EXPECT_NE(second.At(0x04).Find("name"), nullptr);
  const auto& stored = store_.Credentials()[0];
  EXPECT_TRUE(stored.key.Public().Verify(stored.algorithm,
                                         Concat({*second.At(0x02).AsBytes(), client_data_hash_}),
                                         *second.At(0x03).AsBytes()));
}

TEST_F(GetAssertionTest, NextAssertionsEndAfter30SecondsOfSilence) {
  for (const char* user : {"adele", "bob", "carol"}) Discoverable(user);
  Send(SignIn());
  clock_.Advance(seconds(30));
  EXPECT_EQ(Next().status, Status::kOk);
  clock_.Advance(seconds(30));
  EXPECT_EQ(Next().status, Status::kOk) << "each step starts the time anew";
  Send(SignIn());
  clock_.Advance(seconds(30) + milliseconds(1));
  EXPECT_EQ(Next().status, Status::kNotAllowed);
}

TEST_F(GetAssertionTest, NextAssertionsBelongToTheirChannel) {
  for (const char* user : {"adele", "bob", "carol"}) Discoverable(user);
  Send(SignIn(), {.channel = 7, .stop = {}});
  EXPECT_EQ(Next({.channel = 8, .stop = {}}).status, Status::kNotAllowed);
}

TEST_F(GetAssertionTest, AnyOtherCommandEndsTheSequence) {
  for (const Bytes& between :
       {Bytes{0x04}, Bytes{0x0B}, Bytes{0xFF}, ClientPin(0x01).Message(), Register().Message()}) {
    for (const char* user : {"adele", "bob"}) Discoverable(user);
    Send(SignIn());
    SendRaw(between);
    EXPECT_EQ(Next().status, Status::kNotAllowed) << ToHex(between);
  }
}

TEST_F(GetAssertionTest, NextAssertionsEndWithThePower) {
  for (const char* user : {"adele", "bob"}) Discoverable(user);
  Send(SignIn());
  Key().PowerCycle();
  EXPECT_EQ(Next().status, Status::kNotAllowed);
}

TEST_F(GetAssertionTest, CredProtectLevelTwoNeedsAListOrVerification) {
  HasPin();
  const Bytes id = Discoverable("adele", 2);
  EXPECT_EQ(Send(SignIn()).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOk);
  EXPECT_EQ(SignInWithPin(SignIn()).status, Status::kOk);
}

TEST_F(GetAssertionTest, CredProtectLevelThreeNeedsVerification) {
  HasPin();
  const Bytes id = Discoverable("adele", 3);
  const Bytes wrapped = Wrapped(3);
  EXPECT_EQ(Send(SignIn()).status, Status::kNoCredentials);
  EXPECT_EQ(Send(SignIn({id, wrapped})).status, Status::kNoCredentials);
  EXPECT_TRUE(user_.asked.empty());
  EXPECT_EQ(SignInWithPin(SignIn()).status, Status::kOk);
  EXPECT_EQ(SignInWithPin(SignIn({wrapped})).status, Status::kOk);
}

TEST_F(GetAssertionTest, AnEmptyParamProbesForThePin) {
  EXPECT_EQ(Send(SignIn().With(0x06, Bytes())).status, Status::kPinNotSet);
  HasPin();
  EXPECT_EQ(Send(SignIn().With(0x06, Bytes())).status, Status::kPinInvalid);
  EXPECT_EQ(user_.asked, (std::vector{GesturePurpose::kProbe, GesturePurpose::kProbe}));
}

TEST_F(GetAssertionTest, WithoutPinAParamIsIgnored) {
  const Bytes id = Wrapped();
  const Reply reply = Send(SignIn({id}).With(0x06, Bytes(32)).With(0x07, 2));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags, kUp);
}

TEST_F(GetAssertionTest, IsAnEvent) {
  const Bytes id = Wrapped();
  Send(SignIn({id}));
  const auto events = events_.Events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].kind, "key.credential_used");
  EXPECT_EQ(events[1].Field("credential_id"), ToHex(id));
}

}  // namespace
}  // namespace keyrig::authenticator
