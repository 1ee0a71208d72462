#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class LargeBlobKeyTest : public AuthenticatorTest {
 protected:
  LargeBlobKeyTest() {
    config_.max_large_blob_array = 2048;
    config_.has_large_blob_key = true;
  }
  Reply Make(const Request& request, cbor::Value input = true) {
    return Send(request.With(0x06, cbor::Map{{"largeBlobKey", std::move(input)}}));
  }
  Reply Get(const Request& request, cbor::Value input = true) {
    return Send(request.With(0x04, cbor::Map{{"largeBlobKey", std::move(input)}}));
  }
};

TEST_F(LargeBlobKeyTest, TheKeyComesBackBesideTheSignature) {
  const Reply made = Make(RegisterDiscoverable("example.com", "adele"));
  ASSERT_NE(made.At(0x05).AsBytes(), nullptr);
  EXPECT_EQ(made.At(0x05).AsBytes()->size(), 32U);
  EXPECT_TRUE(ParseAuthData(made.At(0x02)).extensions.IsNull()) << "it is no signed output";
  const Reply got = Get(SignIn({IdOf(made)}));
  EXPECT_EQ(got.At(0x07), made.At(0x05));
  EXPECT_TRUE(ParseAuthData(got.At(0x02)).extensions.IsNull());
  EXPECT_TRUE(Send(SignIn({IdOf(made)})).At(0x07).IsNull()) << "untold when not asked for";
}

TEST_F(LargeBlobKeyTest, EachCredentialHasItsOwn) {
  const Reply adele = Make(RegisterDiscoverable("example.com", "adele"));
  const Reply bob = Make(RegisterDiscoverable("example.com", "bob"));
  EXPECT_NE(adele.At(0x05), bob.At(0x05));
  const Reply newest = Get(SignIn());
  EXPECT_EQ(newest.At(0x07), bob.At(0x05));
  EXPECT_EQ(SendRaw(Bytes{0x08}).At(0x07), adele.At(0x05)) << "getNextAssertion goes on with it";
}

TEST_F(LargeBlobKeyTest, IsForDiscoverableCredentialsOnly) {
  EXPECT_EQ(Make(Register()).status, Status::kInvalidOption);
  EXPECT_EQ(Make(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
}

TEST_F(LargeBlobKeyTest, OneMadeWithoutHasNone) {
  const Bytes id = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  const Reply got = Get(SignIn({id}));
  EXPECT_EQ(got.status, Status::kOk);
  EXPECT_TRUE(got.At(0x07).IsNull());
}

TEST_F(LargeBlobKeyTest, OnlyTrueMakesSense) {
  const Request request = RegisterDiscoverable("example.com", "adele");
  EXPECT_EQ(Make(request, false).status, Status::kInvalidOption);
  EXPECT_EQ(Make(request, 1).status, Status::kCborUnexpectedType);
  const Bytes id = IdOf(Make(request));
  EXPECT_EQ(Get(SignIn({id}), false).status, Status::kInvalidOption);
  EXPECT_EQ(Get(SignIn({id}), 1).status, Status::kCborUnexpectedType);
}

TEST_F(LargeBlobKeyTest, AKeyWithoutItIgnoresIt) {
  config_.has_large_blob_key = false;
  const Reply made = Make(Register(), false);
  EXPECT_EQ(made.status, Status::kOk);
  EXPECT_TRUE(made.At(0x05).IsNull());
}

}  // namespace
}  // namespace keyrig::authenticator
