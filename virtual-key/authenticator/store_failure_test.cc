// A memory that takes no more writes: nothing is acknowledged that was not kept.
#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class StoreFailureTest : public AuthenticatorTest {
 protected:
  std::uint32_t Counter(const Reply& reply) { return ParseAuthData(reply.At(0x02)).counter; }
};

TEST_F(StoreFailureTest, ACredentialThatCouldNotBeKeptIsNotAcknowledged) {
  ASSERT_EQ(Send(Register()).status, Status::kOk);
  store_.is_full = true;
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOther);
  EXPECT_TRUE(store_.Credentials().empty());
  EXPECT_EQ(events_.Events().back().kind, "key.store_failed");
  store_.is_full = false;
  EXPECT_EQ(Send(RegisterDiscoverable("example.com", "adele")).status, Status::kOk);
}

TEST_F(StoreFailureTest, ACounterThatCouldNotBeKeptSignsNothing) {
  const Bytes id = IdOf(Send(Register()));
  const std::uint32_t before = Counter(Send(SignIn({id})));
  store_.is_full = true;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOther);
  store_.is_full = false;
  EXPECT_GT(Counter(Send(SignIn({id}))), before);
}

TEST_F(StoreFailureTest, APinIsNotComparedWhereTheRetryCouldNotBeSpent) {
  ASSERT_EQ(SetPin("123456"), Status::kOk);
  store_.is_full = true;
  EXPECT_EQ(GetToken("123456", 0x01, "example.com").status, Status::kOther);
  EXPECT_EQ(GetToken("000000", 0x01, "example.com").status, Status::kOther);
  EXPECT_EQ(PinRetries(), 8);
  store_.is_full = false;
  EXPECT_EQ(GetToken("000000", 0x01, "example.com").status, Status::kPinInvalid);
  EXPECT_EQ(PinRetries(), 7);
}

TEST_F(StoreFailureTest, AResetThatFailsForgetsNothing) {
  const Bytes id = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  store_.is_full = true;
  EXPECT_EQ(SendRaw(Bytes{0x07}).status, Status::kOther);
  store_.is_full = false;
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOk);
}

TEST_F(StoreFailureTest, ANewKeyWaitsUntilItsSecretsAreKept) {
  store_.is_full = true;
  EXPECT_EQ(Send(Register()).status, Status::kOther);
  store_.is_full = false;
  const Bytes id = IdOf(Send(Register()));
  ReplaceKey();
  EXPECT_EQ(Send(SignIn({id})).status, Status::kOk);
}

}  // namespace
}  // namespace keyrig::authenticator
