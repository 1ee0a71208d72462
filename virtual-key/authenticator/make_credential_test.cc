#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

cbor::Value Param(int algorithm, const char* type = "public-key") {
  return cbor::Map{{"alg", algorithm}, {"type", type}};
}

cbor::Value Descriptor(const Bytes& id, const char* type = "public-key") {
  return cbor::Map{{"id", id}, {"type", type}};
}

class MakeCredentialTest : public AuthenticatorTest {
 protected:
  Request RegisterFor(cbor::Array params) const { return Register().With(0x04, std::move(params)); }
  Request Excluding(const Bytes& id) const {
    return Register().With(0x05, cbor::Array{Descriptor(id)});
  }
  Request WithOptions(cbor::Map options) const { return Register().With(0x07, std::move(options)); }
  Request WithExtensions(cbor::Map extensions) const {
    return Register().With(0x06, std::move(extensions));
  }
  static std::int64_t AlgorithmOf(const Reply& reply) {
    return ParseAuthData(reply.At(0x02)).public_key.Find(3)->AsInt().value();
  }
};

TEST_F(MakeCredentialTest, RepliesWithFormatAuthDataAndStatementOnly) {
  config_.aaguid.bytes.fill(0xA5);
  const Reply reply = Send(Register());
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(reply.body.AsMap()->size(), 3U);
  const auto data = ParseAuthData(reply.At(0x02));
  EXPECT_EQ(data.rp_id_hash, ToBytes(crypto::Sha256(ViewOf("example.com"))));
  EXPECT_EQ(data.flags, kUp | kAt);
  EXPECT_EQ(data.aaguid, Bytes(16, 0xA5));
  EXPECT_EQ(data.public_key.AsMap()->size(), 5U);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kRegister});
}

TEST_F(MakeCredentialTest, NeedsItsFourMembers) {
  for (const int member : {0x01, 0x02, 0x03, 0x04}) {
    EXPECT_EQ(Send(Register().Without(member)).status, Status::kMissingParameter) << member;
  }
}

TEST_F(MakeCredentialTest, RefusesMembersOfAnotherType) {
  for (int member = 0x01; member <= 0x0B; ++member) {
    const cbor::Value wrong = member == 0x09 || member == 0x0A ? cbor::Value("1") : cbor::Value(1);
    EXPECT_EQ(Send(Register().With(member, wrong)).status, Status::kCborUnexpectedType) << member;
  }
}

TEST_F(MakeCredentialTest, RefusesWrongTypesInsideRpAndUser) {
  EXPECT_EQ(Send(Register().With(0x02, cbor::Map{})).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Register().With(0x02, cbor::Map{{"id", 1}})).status, Status::kCborUnexpectedType);
  EXPECT_EQ(Send(Register().With(0x02, cbor::Map{{"id", ""}})).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Register().With(0x02, cbor::Map{{"id", "a"}, {"name", 1}})).status,
            Status::kCborUnexpectedType);
  EXPECT_EQ(Send(Register().With(0x03, cbor::Map{})).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Register().With(0x03, cbor::Map{{"id", "text"}})).status,
            Status::kCborUnexpectedType);
}

TEST_F(MakeCredentialTest, MeasuresTheHashAndTheUserHandle) {
  EXPECT_EQ(Send(Register().With(0x01, Bytes(31))).status, Status::kInvalidLength);
  EXPECT_EQ(Send(Register().With(0x03, cbor::Map{{"id", Bytes(65)}})).status,
            Status::kInvalidLength);
  EXPECT_EQ(Send(Register().With(0x03, cbor::Map{{"id", Bytes()}})).status, Status::kInvalidLength);
  EXPECT_EQ(Send(Register().With(0x03, cbor::Map{{"id", Bytes(64)}})).status, Status::kOk);
}

TEST_F(MakeCredentialTest, IgnoresWhatItDoesNotKnow) {
  EXPECT_EQ(Send(Register().With(0x0B, cbor::Array{"none"}).With(0x55, "x")).status, Status::kOk);
  EXPECT_EQ(Send(WithOptions({{"future", true}})).status, Status::kOk);
  const Reply reply = Send(WithExtensions({{"future", cbor::Map{{"a", 1}}}}));
  EXPECT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags & kEd, 0) << "no output, no flag";
}

TEST_F(MakeCredentialTest, TakesTheFirstAlgorithmItHas) {
  EXPECT_EQ(AlgorithmOf(Send(RegisterFor({Param(-47), Param(-7), Param(-8)}))), -7);
  EXPECT_EQ(AlgorithmOf(Send(RegisterFor({Param(-8), Param(-7)}))), -8);
  EXPECT_EQ(AlgorithmOf(Send(RegisterFor({Param(-257), Param(-7)}))), -257);
  EXPECT_EQ(AlgorithmOf(Send(RegisterFor({Param(-7, "other"), Param(-8)}))), -8);
}

TEST_F(MakeCredentialTest, RefusesWhereItHasNoneOfTheAlgorithms) {
  const Reply replies[] = {Send(RegisterFor({})), Send(RegisterFor({Param(-47)})),
                           Send(RegisterFor({Param(-7, "other")})),
                           Send(RegisterFor({Param(-7 - 256)}))};
  for (const Reply& reply : replies) EXPECT_EQ(reply.status, Status::kUnsupportedAlgorithm);
  EXPECT_TRUE(user_.asked.empty());
}

TEST_F(MakeCredentialTest, ValidatesEveryAlgorithmEvenAfterAHit) {
  EXPECT_EQ(Send(RegisterFor({Param(-7), 1})).status, Status::kCborUnexpectedType);
  EXPECT_EQ(Send(RegisterFor({Param(-7), cbor::Map{{"alg", -8}}})).status, Status::kInvalidCbor);
  EXPECT_EQ(Send(RegisterFor({Param(-7), cbor::Map{{"type", "public-key"}}})).status,
            Status::kInvalidCbor);
  EXPECT_EQ(Send(RegisterFor({Param(-7), cbor::Map{{"alg", "-8"}, {"type", "public-key"}}})).status,
            Status::kCborUnexpectedType);
  EXPECT_EQ(Send(RegisterFor({Param(-7), cbor::Map{{"alg", -8}, {"type", 1}}})).status,
            Status::kCborUnexpectedType);
}

TEST_F(MakeCredentialTest, JudgesOptions) {
  EXPECT_EQ(Send(WithOptions({{"up", false}})).status, Status::kInvalidOption);
  EXPECT_EQ(Send(WithOptions({{"uv", true}})).status, Status::kInvalidOption);
  EXPECT_EQ(Send(WithOptions({{"rk", 1}})).status, Status::kCborUnexpectedType);
  EXPECT_EQ(Send(WithOptions({{"up", true}, {"uv", false}})).status, Status::kOk);
}

TEST_F(MakeCredentialTest, AKeyWithoutResidentKeysRefusesRk) {
  config_.has_resident_keys = false;
  EXPECT_EQ(Send(WithOptions({{"rk", true}})).status, Status::kUnsupportedOption);
  EXPECT_EQ(Send(WithOptions({{"rk", false}})).status, Status::kOk);
}

TEST_F(MakeCredentialTest, TheAlgorithmIsJudgedBeforeTheOptions) {
  EXPECT_EQ(Send(RegisterFor({Param(-47)}).With(0x07, cbor::Map{{"up", false}})).status,
            Status::kUnsupportedAlgorithm);
}

TEST_F(MakeCredentialTest, HasNoEnterpriseAttestation) {
  EXPECT_EQ(Send(Register().With(0x0A, 1)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(Register().With(0x0A, 9)).status, Status::kInvalidParameter);
}

TEST_F(MakeCredentialTest, AnEmptyParamProbesForThePin) {
  const Request probe = Register().With(0x08, Bytes());
  EXPECT_EQ(Send(probe).status, Status::kPinNotSet);
  EXPECT_EQ(user_.asked, std::vector{GesturePurpose::kProbe});
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(probe).status, Status::kPinInvalid);
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(probe).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Send(probe).status, Status::kOperationDenied);
}

TEST_F(MakeCredentialTest, AParamNeedsAKnownProtocol) {
  EXPECT_EQ(Send(Register().With(0x08, Bytes(16))).status, Status::kMissingParameter);
  EXPECT_EQ(Send(Register().With(0x08, Bytes(16)).With(0x09, 3)).status, Status::kInvalidParameter);
}

TEST_F(MakeCredentialTest, WithoutPinAParamIsIgnored) {
  const Reply reply = Send(Register().With(0x08, Bytes(16)).With(0x09, 1));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags & kUv, 0);
}

TEST_F(MakeCredentialTest, WithPinOnlyDiscoverableCredentialsNeedIt) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kPuatRequired);
  EXPECT_EQ(Send(Register()).status, Status::kOk);
}

TEST_F(MakeCredentialTest, AParamWinsOverUv) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x01, "example.com");
  const Reply reply = Send(Authorize(WithOptions({{"uv", true}}), token));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags, kUp | kUv | kAt);
}

TEST_F(MakeCredentialTest, WaitsForTheUser) {
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(Register()).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Send(Register()).status, Status::kOperationDenied);
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Send(Register()).status, Status::kKeepaliveCancel);
}

TEST_F(MakeCredentialTest, ADeclinedRegistrationLeavesNothing) {
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOperationDenied);
  EXPECT_TRUE(store_.Credentials().empty());
}

TEST_F(MakeCredentialTest, AnExcludedCredentialIsSaidSoAfterATouchWhateverItGives) {
  const Bytes wrapped = IdOf(Send(Register()));
  const Bytes discoverable = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  user_.asked.clear();
  EXPECT_EQ(Send(Excluding(wrapped)).status, Status::kCredentialExcluded);
  EXPECT_EQ(Send(Excluding(discoverable)).status, Status::kCredentialExcluded);
  EXPECT_EQ(user_.asked.size(), 2U);
  user_.outcome = GestureOutcome::kDeclined;
  EXPECT_EQ(Send(Excluding(wrapped)).status, Status::kCredentialExcluded);
  user_.outcome = GestureOutcome::kTimedOut;
  EXPECT_EQ(Send(Excluding(wrapped)).status, Status::kCredentialExcluded);
  user_.outcome = GestureOutcome::kCancelled;
  EXPECT_EQ(Send(Excluding(wrapped)).status, Status::kKeepaliveCancel);
}

TEST_F(MakeCredentialTest, OnlyItsOwnCredentialsOfThatRelyingPartyExclude) {
  const Bytes id = IdOf(Send(Register()));
  Bytes forged = id;
  forged.back() ^= 1;
  EXPECT_EQ(Send(Excluding(forged)).status, Status::kOk);
  EXPECT_EQ(Send(Excluding(id).With(0x02, cbor::Map{{"id", "example.org"}})).status, Status::kOk);
  EXPECT_EQ(Send(Excluding(Bytes(1000))).status, Status::kOk) << "longer than any of its own";
  EXPECT_EQ(Send(Register().With(0x05, cbor::Array{Descriptor(id, "other")})).status, Status::kOk);
}

TEST_F(MakeCredentialTest, AProtectedCredentialHidesInTheExcludeListWithoutUv) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Bytes id = IdOf(Send(WithExtensions({{"credProtect", 3}})));
  EXPECT_EQ(Send(Excluding(id)).status, Status::kOk);
  const Token token = GetToken("1234", 0x01, "example.com");
  EXPECT_EQ(Send(Authorize(Excluding(id), token)).status, Status::kCredentialExcluded);
}

TEST_F(MakeCredentialTest, TooLongAnExcludeListIsRefusedBeforeTheTouch) {
  const cbor::Array eleven(11, Descriptor(Bytes(8)));
  EXPECT_EQ(Send(Register().With(0x05, eleven)).status, Status::kLimitExceeded);
  EXPECT_TRUE(user_.asked.empty());
  const cbor::Array ten(10, Descriptor(Bytes(8)));
  EXPECT_EQ(Send(Register().With(0x05, ten)).status, Status::kOk);
}

TEST_F(MakeCredentialTest, MalformedDescriptorsAreRefused) {
  const auto with = [&](cbor::Value entry) {
    return Send(Register().With(0x05, cbor::Array{std::move(entry)})).status;
  };
  EXPECT_EQ(with(1), Status::kCborUnexpectedType);
  EXPECT_EQ(with(cbor::Map{{"id", Bytes(1)}}), Status::kInvalidCbor);
  EXPECT_EQ(with(cbor::Map{{"type", "public-key"}}), Status::kInvalidCbor);
  EXPECT_EQ(with(cbor::Map{{"id", 1}, {"type", "public-key"}}), Status::kCborUnexpectedType);
}

TEST_F(MakeCredentialTest, TheSameUserIsReplacedUnderAFreshIdAndKey) {
  const Reply first = Send(RegisterDiscoverable("example.com", "adele"));
  const Reply second = Send(RegisterDiscoverable("example.com", "adele"));
  ASSERT_EQ(store_.Credentials().size(), 1U);
  EXPECT_NE(IdOf(first), IdOf(second));
  EXPECT_NE(ParseAuthData(first.At(0x02)).public_key, ParseAuthData(second.At(0x02)).public_key);
  EXPECT_EQ(Send(SignIn({IdOf(first)})).status, Status::kNoCredentials);
}

TEST_F(MakeCredentialTest, AFullKeyStillReplaces) {
  config_.max_discoverable_credentials = 1;
  ASSERT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "bob")).status, Status::kKeyStoreFull);
  EXPECT_EQ(Send(RegisterDiscoverable("example.org", "adele")).status, Status::kKeyStoreFull);
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
  EXPECT_EQ(Send(Register()).status, Status::kOk) << "a wrapped one needs no room";
}

TEST_F(MakeCredentialTest, ANonDiscoverableCredentialStaysSo) {
  ASSERT_EQ(Send(Register()).status, Status::kOk);
  EXPECT_TRUE(store_.Credentials().empty());
  EXPECT_EQ(Send(SignIn()).status, Status::kNoCredentials);
}

TEST_F(MakeCredentialTest, LongNamesAreCutWhereACharacterEnds) {
  const std::string name = std::string(63, 'a') + "ä";  // 65 bytes, the 64th inside a character
  ASSERT_EQ(Send(RegisterDiscoverable("example.com", "adele")
                     .With(0x03, cbor::Map{{"id", Bytes(1)}, {"name", name}}))
                .status,
            Status::kOk);
  EXPECT_EQ(store_.Credentials()[0].user_name, std::string(63, 'a'));
}

TEST_F(MakeCredentialTest, CredProtectIsEchoedOnlyWhenAskedFor) {
  for (const int level : {1, 2, 3}) {
    const Reply reply = Send(WithExtensions({{"credProtect", level}}));
    EXPECT_EQ(cbor::Diagnose(ParseAuthData(reply.At(0x02)).extensions),
              "{\"credProtect\": " + std::to_string(level) + "}");
  }
  EXPECT_TRUE(ParseAuthData(Send(Register()).At(0x02)).extensions.IsNull());
}

TEST_F(MakeCredentialTest, CredProtectKnowsThreeLevels) {
  EXPECT_EQ(Send(WithExtensions({{"credProtect", 0}})).status, Status::kInvalidOption);
  EXPECT_EQ(Send(WithExtensions({{"credProtect", 4}})).status, Status::kInvalidOption);
  EXPECT_EQ(Send(WithExtensions({{"credProtect", true}})).status, Status::kCborUnexpectedType);
}

TEST_F(MakeCredentialTest, HmacSecretIsTrueOrNothing) {
  const Reply reply = Send(WithExtensions({{"credProtect", 2}, {"hmac-secret", true}}));
  EXPECT_EQ(cbor::Diagnose(ParseAuthData(reply.At(0x02)).extensions),
            "{\"credProtect\": 2, \"hmac-secret\": true}");
  EXPECT_TRUE(
      ParseAuthData(Send(WithExtensions({{"hmac-secret", false}})).At(0x02)).extensions.IsNull());
  EXPECT_EQ(Send(WithExtensions({{"hmac-secret", 1}})).status, Status::kCborUnexpectedType);
}

TEST_F(MakeCredentialTest, IsAnEvent) {
  const Bytes id = IdOf(Send(Register()));
  const auto events = events_.Events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, "key.credential_made");
  EXPECT_EQ(events[0].Field("rp_id"), "example.com");
  EXPECT_EQ(events[0].Field("credential_id"), ToHex(id));
}

TEST_F(MakeCredentialTest, EveryReplyFitsTheMessageSize) {
  const Reply reply = Send(
      RegisterFor({Param(-257)}).With(0x06, cbor::Map{{"credProtect", 3}, {"hmac-secret", true}}));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_LE(1 + cbor::Encode(reply.body).size(), config_.max_message_size);
}

}  // namespace
}  // namespace keyrig::authenticator
