#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class CredBlobTest : public AuthenticatorTest {
 protected:
  CredBlobTest() { config_.max_cred_blob = 32; }

  Reply Make(cbor::Value input, bool discoverable = true) {
    const Request request =
        discoverable ? RegisterDiscoverable("example.com", "adele") : Register();
    return Send(request.With(0x06, cbor::Map{{"credBlob", std::move(input)}}));
  }
  Reply Get(const Bytes& id, cbor::Value input) {
    return Send(SignIn({id}).With(0x04, cbor::Map{{"credBlob", std::move(input)}}));
  }
  static std::string Outputs(const Reply& reply) {
    return cbor::Diagnose(ParseAuthData(reply.At(0x02)).extensions);
  }
};

TEST_F(CredBlobTest, GivesBackWhatItKept) {
  const Reply made = Make(Bytes{1, 2, 3});
  EXPECT_EQ(Outputs(made), "{\"credBlob\": true}");
  EXPECT_EQ(Outputs(Get(IdOf(made), true)), "{\"credBlob\": h'010203'}");
  ReplaceKey();
  EXPECT_EQ(Outputs(Get(IdOf(made), true)), "{\"credBlob\": h'010203'}");
}

TEST_F(CredBlobTest, KeepsAsMuchAsItSaysAndNotAByteMore) {
  EXPECT_EQ(Outputs(Make(Bytes(32, 7))), "{\"credBlob\": true}");
  const Reply too_long = Make(Bytes(33, 7));
  EXPECT_EQ(Outputs(too_long), "{\"credBlob\": false}");
  EXPECT_EQ(Outputs(Get(IdOf(too_long), true)), "{\"credBlob\": h''}");
}

TEST_F(CredBlobTest, NothingIsKeptForACredentialThatTheKeyDoesNotKeep) {
  const Reply made = Make(Bytes{1}, false);
  EXPECT_EQ(Outputs(made), "{\"credBlob\": false}");
  EXPECT_EQ(Outputs(Get(IdOf(made), true)), "{\"credBlob\": h''}");
}

TEST_F(CredBlobTest, TellsNothingThatIsNotAskedFor) {
  const Bytes id = IdOf(Make(Bytes{1}));
  EXPECT_EQ(Outputs(Get(id, false)), "null");
  EXPECT_EQ(Outputs(Send(SignIn({id}))), "null");
}

TEST_F(CredBlobTest, AnotherTypeIsRefused) {
  EXPECT_EQ(Make(true).status, Status::kCborUnexpectedType);
  EXPECT_EQ(Get(IdOf(Make(Bytes{1})), Bytes{1}).status, Status::kCborUnexpectedType);
}

TEST_F(CredBlobTest, AKeyWithoutItIgnoresIt) {
  config_.max_cred_blob.reset();
  EXPECT_EQ(Outputs(Make(Bytes{1})), "null");
}

}  // namespace
}  // namespace keyrig::authenticator
