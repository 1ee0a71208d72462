// Credentials that are taken from one key and put on another.
#include <gmock/gmock.h>

#include "virtual-key/fido2_test_device.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {
namespace {

using testing::HasSubstr;

const ByteArray<32> kMovedHash{9, 8, 7};

class MovedCredentialTest : public testing::Test {
 protected:
  std::unique_ptr<MemoryKey> NewKey(VirtualKeyOptions options = {}) {
    options.gesture = *GestureScript::Parse("touch");
    return *MemoryKey::Create(std::move(options), clock_, rng_, events_);
  }

  /// A discoverable credential; its public key.
  Bytes Make(MemoryKey& key) {
    Fido2TestDevice device(key.Open());
    fido_cred_t* cred = fido_cred_new();
    fido_cred_set_type(cred, COSE_ES256);
    fido_cred_set_clientdata_hash(cred, kMovedHash.data(), kMovedHash.size());
    fido_cred_set_rp(cred, "example.com", "Example");
    fido_cred_set_user(cred, kMovedHash.data(), 3, "adele", "Adele", nullptr);
    fido_cred_set_rk(cred, FIDO_OPT_TRUE);
    EXPECT_EQ(fido_dev_make_cred(device.get(), cred, nullptr), FIDO_OK);
    const Bytes key_bytes(fido_cred_pubkey_ptr(cred),
                          fido_cred_pubkey_ptr(cred) + fido_cred_pubkey_len(cred));
    fido_cred_free(&cred);
    return key_bytes;
  }

  struct Signed {
    int status;
    bool verifies;
    std::uint32_t counter;
  };
  /// Signs at example.com, with the credential named or not.
  Signed SignIn(MemoryKey& key, const Bytes& public_key, const Bytes& named = {}) {
    Fido2TestDevice device(key.Open());
    fido_assert_t* assertion = fido_assert_new();
    fido_assert_set_rp(assertion, "example.com");
    fido_assert_set_clientdata_hash(assertion, kMovedHash.data(), kMovedHash.size());
    if (!named.empty()) fido_assert_allow_cred(assertion, named.data(), named.size());
    fido_assert_set_up(assertion, FIDO_OPT_TRUE);
    Signed result{fido_dev_get_assert(device.get(), assertion, nullptr), false, 0};
    if (result.status == FIDO_OK) {
      es256_pk_t* pk = es256_pk_new();
      es256_pk_from_ptr(pk, public_key.data(), public_key.size());
      result.verifies = fido_assert_verify(assertion, 0, COSE_ES256, pk) == FIDO_OK;
      result.counter = fido_assert_sigcount(assertion, 0);
      es256_pk_free(&pk);
    }
    fido_assert_free(&assertion);
    return result;
  }

  RealClock clock_;
  Rng rng_;
  NullSink events_;
};

TEST_F(MovedCredentialTest, ItSignsOnAFreshKeyAndItsCounterGoesOn) {
  const auto from = NewKey();
  const Bytes public_key = Make(*from);
  const std::uint32_t counter = SignIn(*from, public_key).counter;
  const auto credentials = *from->Control().Credentials();
  ASSERT_EQ(credentials.size(), 1U);
  const auto to = NewKey();
  ASSERT_TRUE(to->Control().AddCredential(credentials.front()).has_value());
  const Signed moved = SignIn(*to, public_key);
  EXPECT_EQ(moved.status, FIDO_OK);
  EXPECT_TRUE(moved.verifies);
  EXPECT_GT(moved.counter, counter);
  EXPECT_EQ(to->Control().Credentials()->front().hmac_secrets->with_uv,
            credentials.front().hmac_secrets->with_uv);
}

TEST_F(MovedCredentialTest, OneThatIsNotDiscoverableSignsOnlyWhereItIsNamed) {
  const auto from = NewKey();
  const Bytes public_key = Make(*from);
  PortableCredential credential = from->Control().Credentials()->front();
  credential.discoverable = false;
  credential.algorithm.reset();
  const auto to = NewKey();
  ASSERT_TRUE(to->Control().AddCredential(credential).has_value());
  EXPECT_EQ(SignIn(*to, public_key).status, FIDO_ERR_NO_CREDENTIALS);
  EXPECT_TRUE(SignIn(*to, public_key, credential.id.bytes).verifies);
  EXPECT_EQ(to->Control().State()->discoverable_credentials, 0U);
  EXPECT_EQ(to->Control().Credentials()->size(), 1U);
}

TEST_F(MovedCredentialTest, WhatDoesNotFitIsRefusedInWords) {
  const auto key = NewKey();
  Make(*key);
  const PortableCredential credential = key->Control().Credentials()->front();
  const auto refusal = [&](const PortableCredential& refused) {
    const auto added = key->Control().AddCredential(refused);
    return added ? "added" : added.error().message;
  };
  EXPECT_THAT(refusal(credential), HasSubstr("has this credential already"));
  PortableCredential other = credential;
  other.id.bytes = {1};
  other.private_key = {1};
  EXPECT_THAT(refusal(other), HasSubstr("no PKCS #8"));
  other.private_key = credential.private_key;
  other.algorithm = CoseAlgorithm::kEdDsa;
  EXPECT_THAT(refusal(other), HasSubstr("none for EdDSA"));
  other.algorithm = CoseAlgorithm::kEs256;
  other.user_handle.bytes.clear();
  EXPECT_THAT(refusal(other), HasSubstr("needs a user handle"));
  EXPECT_EQ(key->Control().Credentials()->size(), 1U);
}

TEST_F(MovedCredentialTest, CredentialsAreRemovedOneByOneOrAll) {
  const auto key = NewKey();
  const Bytes public_key = Make(*key);
  const CredentialId id = key->Control().Credentials()->front().id;
  ASSERT_TRUE(key->Control().RemoveCredential(id).has_value());
  EXPECT_FALSE(key->Control().RemoveCredential(id).has_value());
  EXPECT_EQ(SignIn(*key, public_key).status, FIDO_ERR_NO_CREDENTIALS);
  Make(*key);
  ASSERT_TRUE(key->Control().RemoveAllCredentials().has_value());
  EXPECT_TRUE(key->Control().Credentials()->empty());
}

TEST_F(MovedCredentialTest, OnlyAKeyWithASensorIsToldWhetherItsUserIsVerified) {
  const auto refused = NewKey()->Control().SetUserVerified(true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("fingerprint sensor"));
  VirtualKeyOptions options;
  options.config.fingerprint.emplace();
  const auto key = NewKey(std::move(options));
  EXPECT_THAT(key->Control().SetUserVerified(true).error().message, HasSubstr("no finger"));
  EXPECT_TRUE(key->Control().SetUserVerified(false).has_value());
  EXPECT_EQ(key->Control().State()->gesture.gesture, Gesture::kWrongFinger);
}

}  // namespace
}  // namespace keyrig::virtual_key
