#include "virtual-key/authenticator/wrapped_credentials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

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
    credential.third_party_payment = true;
    wrapped_.Wrap(credential, HashOf(rp), stream_);
    return credential;
  }
  static ByteArray<32> HashOf(std::string_view rp) { return crypto::Sha256(ViewOf(rp)); }

  Rng rng_{1};
  RandomStream stream_ = rng_.Stream("test");
  WrappedCredentials wrapped_{ByteArray<32>{1}};
};

std::vector<CoseAlgorithm> AvailableAlgorithms() {
  std::vector<CoseAlgorithm> available;
  std::ranges::copy_if(kCoseAlgorithms, std::back_inserter(available), crypto::IsAvailable);
  return available;
}

INSTANTIATE_TEST_SUITE_P(Algorithm, WrappedCredentialsTest,
                         testing::ValuesIn(AvailableAlgorithms()), [](const auto& test) {
                           std::string name(Name(test.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(WrappedCredentialsTest, TheIdGivesTheCredentialBack) {
  const StoredCredential made = Make();
  WrappedCredentials after_power_cycle{ByteArray<32>{1}};
  const StoredCredential* opened = after_power_cycle.Unwrap(made.id.bytes, HashOf(made.rp.text));
  ASSERT_NE(opened, nullptr);
  EXPECT_EQ(opened->algorithm, made.algorithm);
  EXPECT_EQ(opened->cred_protect, 3);
  EXPECT_TRUE(opened->has_hmac_secret);
  EXPECT_TRUE(opened->third_party_payment);
  EXPECT_FALSE(opened->backup_eligible);
  EXPECT_FALSE(opened->backed_up);
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
    EXPECT_EQ(wrapped_.Unwrap(changed, HashOf(made.rp.text)), nullptr) << "byte " << i;
  }
}

TEST_P(WrappedCredentialsTest, NoOtherLengthIsAccepted) {
  const StoredCredential made = Make();
  for (std::size_t size = 0; size < made.id.bytes.size(); ++size) {
    EXPECT_EQ(wrapped_.Unwrap(ByteView(made.id.bytes).first(size), HashOf(made.rp.text)), nullptr)
        << size;
  }
}

TEST_P(WrappedCredentialsTest, ItBelongsToItsRelyingPartyAndKey) {
  const StoredCredential made = Make();
  EXPECT_EQ(wrapped_.Unwrap(made.id.bytes, HashOf("example.org")), nullptr);
  ASSERT_NE(wrapped_.Unwrap(made.id.bytes, HashOf(made.rp.text)), nullptr);
  EXPECT_EQ(wrapped_.Unwrap(made.id.bytes, HashOf("example.org")), nullptr)
      << "also when remembered";
  WrappedCredentials other{ByteArray<32>{2}};
  EXPECT_EQ(other.Unwrap(made.id.bytes, HashOf(made.rp.text)), nullptr);
}

TEST_P(WrappedCredentialsTest, TheSameKeyHasAnotherIdEachTime) {
  StoredCredential made = Make();
  const CredentialId first = made.id;
  wrapped_.Wrap(made, HashOf(made.rp.text), stream_);
  EXPECT_NE(first, made.id);
}

TEST_P(WrappedCredentialsTest, NoIdIsLongerThanMaxIdSize) {
  const CoseAlgorithm algorithms[] = {GetParam()};
  EXPECT_EQ(Make().id.bytes.size(), WrappedCredentials::MaxIdSize(algorithms));
}

TEST_P(WrappedCredentialsTest, FarMoreThanItRemembersStillOpen) {
  const StoredCredential made = Make();
  for (int i = 0; i < 20; ++i) {
    StoredCredential again = made;
    wrapped_.Wrap(again, HashOf(again.rp.text), stream_);
    ASSERT_NE(wrapped_.Unwrap(again.id.bytes, HashOf(again.rp.text)), nullptr);
  }
  EXPECT_NE(wrapped_.Unwrap(made.id.bytes, HashOf(made.rp.text)), nullptr);
}

TEST(CompactKeyTest, RefusesAnotherSize) {
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kEs256, Bytes(31)));
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kEs384, Bytes()));
  EXPECT_FALSE(FromCompactKey(CoseAlgorithm::kRs256, Bytes(256))) << "zero is no prime";
}

}  // namespace
}  // namespace keyrig::authenticator
