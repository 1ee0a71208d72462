#include "virtual-key/authenticator/wrapped_credentials.h"

#include <gtest/gtest.h>

#include "virtual-key/authenticator/compact_key.h"

namespace keyrig::authenticator {
namespace {

class WrappedCredentialsTest : public testing::TestWithParam<CoseAlgorithm> {
 protected:
  StoredCredential Make(const char* rp = "example.com") {
    StoredCredential credential;
    credential.rp.text = rp;
    credential.algorithm = GetParam();
    credential.key = crypto::PrivateKey::Generate(GetParam(), stream_);
    credential.cred_protect = 3;
    credential.has_hmac_secret = true;
    wrapped_.Wrap(credential, stream_);
    return credential;
  }

  Rng rng_{1};
  RandomStream stream_ = rng_.Stream("test");
  WrappedCredentials wrapped_{ByteArray<32>{1}};
};

INSTANTIATE_TEST_SUITE_P(Algorithm, WrappedCredentialsTest,
                         testing::Values(CoseAlgorithm::kEs256, CoseAlgorithm::kEdDsa,
                                         CoseAlgorithm::kRs256),
                         [](const auto& test) { return std::string(Name(test.param)); });

TEST_P(WrappedCredentialsTest, TheIdGivesTheCredentialBack) {
  const StoredCredential made = Make();
  WrappedCredentials after_power_cycle{ByteArray<32>{1}};
  const StoredCredential* opened = after_power_cycle.Unwrap(made.id.bytes, made.rp);
  ASSERT_NE(opened, nullptr);
  EXPECT_EQ(opened->algorithm, made.algorithm);
  EXPECT_EQ(opened->cred_protect, 3);
  EXPECT_TRUE(opened->has_hmac_secret);
  EXPECT_EQ(opened->cred_random_with_uv, made.cred_random_with_uv);
  EXPECT_EQ(opened->cred_random_without_uv, made.cred_random_without_uv);
  EXPECT_NE(made.cred_random_with_uv, made.cred_random_without_uv);
  EXPECT_EQ(opened->key.Public(), made.key.Public());
  EXPECT_TRUE(opened->user_handle.bytes.empty());
}

TEST_P(WrappedCredentialsTest, NoBitOfTheIdMayChange) {
  const StoredCredential made = Make();
  for (std::size_t i = 0; i < made.id.bytes.size(); ++i) {
    Bytes changed = made.id.bytes;
    changed[i] ^= 0x10;
    EXPECT_EQ(wrapped_.Unwrap(changed, made.rp), nullptr) << "byte " << i;
  }
}

TEST_P(WrappedCredentialsTest, NoOtherLengthIsAccepted) {
  const StoredCredential made = Make();
  for (std::size_t size = 0; size < made.id.bytes.size(); ++size) {
    EXPECT_EQ(wrapped_.Unwrap(ByteView(made.id.bytes).first(size), made.rp), nullptr) << size;
  }
}

TEST_P(WrappedCredentialsTest, ItBelongsToItsRelyingPartyAndKey) {
  const StoredCredential made = Make();
  EXPECT_EQ(wrapped_.Unwrap(made.id.bytes, {"example.org"}), nullptr);
  ASSERT_NE(wrapped_.Unwrap(made.id.bytes, made.rp), nullptr);
  EXPECT_EQ(wrapped_.Unwrap(made.id.bytes, {"example.org"}), nullptr) << "also when remembered";
  WrappedCredentials other{ByteArray<32>{2}};
  EXPECT_EQ(other.Unwrap(made.id.bytes, made.rp), nullptr);
}

TEST_P(WrappedCredentialsTest, TheSameKeyHasAnotherIdEachTime) {
  StoredCredential made = Make();
  const CredentialId first = made.id;
  wrapped_.Wrap(made, stream_);
  EXPECT_NE(first, made.id);
}

TEST_P(WrappedCredentialsTest, FarMoreThanItRemembersStillOpen) {
  const StoredCredential made = Make();
  for (int i = 0; i < 20; ++i) {
    StoredCredential again = made;
    wrapped_.Wrap(again, stream_);
    ASSERT_NE(wrapped_.Unwrap(again.id.bytes, again.rp), nullptr);
  }
  EXPECT_NE(wrapped_.Unwrap(made.id.bytes, made.rp), nullptr);
}

TEST(CompactKeyTest, RefusesAnotherSize) {
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kEs256, Bytes(31)));
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kEs384, Bytes()));
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kRs256, Bytes(256))) << "zero is no prime";
}

}  // namespace
}  // namespace keyrig::authenticator
