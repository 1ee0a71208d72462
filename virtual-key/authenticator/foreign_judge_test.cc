// libfido2 is the foreign judge: it verifies what the key signed with code that is not ours.
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <memory>

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(&pointer);
  }
};
using Credential = std::unique_ptr<fido_cred_t, Deleter<fido_cred_free>>;
using Assertion = std::unique_ptr<fido_assert_t, Deleter<fido_assert_free>>;

class ForeignJudgeTest : public AuthenticatorTest, public testing::WithParamInterface<int> {
 protected:
  int Algorithm() const { return GetParam(); }

  Reply Registered(bool discoverable) {
    Request request =
        Register().With(0x04, cbor::Array{cbor::Map{{"alg", Algorithm()}, {"type", "public-key"}}});
    request = request.With(0x06, cbor::Map{{"credProtect", 2}, {"hmac-secret", true}});
    if (discoverable) request = request.With(0x07, cbor::Map{{"rk", true}});
    return Send(request);
  }
  Credential Judge(const Reply& reply) const {
    Credential credential(fido_cred_new());
    const Bytes auth_data = cbor::Encode(reply.At(0x02));
    const Bytes statement = cbor::Encode(reply.At(0x03));
    EXPECT_EQ(fido_cred_set_type(credential.get(), Algorithm()), FIDO_OK);
    EXPECT_EQ(fido_cred_set_clientdata_hash(credential.get(), client_data_hash_.data(),
                                            client_data_hash_.size()),
              FIDO_OK);
    EXPECT_EQ(fido_cred_set_rp(credential.get(), "example.com", nullptr), FIDO_OK);
    EXPECT_EQ(
        fido_cred_set_extensions(credential.get(), FIDO_EXT_HMAC_SECRET | FIDO_EXT_CRED_PROTECT),
        FIDO_OK);
    EXPECT_EQ(fido_cred_set_prot(credential.get(), FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID), FIDO_OK);
    EXPECT_EQ(fido_cred_set_fmt(credential.get(), reply.At(0x01).AsText()->c_str()), FIDO_OK);
    EXPECT_EQ(fido_cred_set_authdata(credential.get(), auth_data.data(), auth_data.size()),
              FIDO_OK);
    EXPECT_EQ(fido_cred_set_attstmt(credential.get(), statement.data(), statement.size()), FIDO_OK);
    return credential;
  }
  int JudgeAssertion(const Reply& reply, const fido_cred_t* credential) const {
    const Assertion assertion(fido_assert_new());
    const Bytes auth_data = cbor::Encode(reply.At(0x02));
    const Bytes& signature = *reply.At(0x03).AsBytes();
    fido_assert_set_clientdata_hash(assertion.get(), client_data_hash_.data(),
                                    client_data_hash_.size());
    fido_assert_set_rp(assertion.get(), "example.com");
    fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
    fido_assert_set_count(assertion.get(), 1);
    EXPECT_EQ(fido_assert_set_authdata(assertion.get(), 0, auth_data.data(), auth_data.size()),
              FIDO_OK);
    EXPECT_EQ(fido_assert_set_sig(assertion.get(), 0, signature.data(), signature.size()), FIDO_OK);
    const unsigned char* raw = fido_cred_pubkey_ptr(credential);
    const std::size_t size = fido_cred_pubkey_len(credential);
    if (Algorithm() == COSE_ES256) {
      es256_pk_t* key = es256_pk_new();
      es256_pk_from_ptr(key, raw, size);
      const int verdict = fido_assert_verify(assertion.get(), 0, COSE_ES256, key);
      es256_pk_free(&key);
      return verdict;
    }
    if (Algorithm() == COSE_EDDSA) {
      eddsa_pk_t* key = eddsa_pk_new();
      eddsa_pk_from_ptr(key, raw, size);
      const int verdict = fido_assert_verify(assertion.get(), 0, COSE_EDDSA, key);
      eddsa_pk_free(&key);
      return verdict;
    }
    rs256_pk_t* key = rs256_pk_new();
    rs256_pk_from_ptr(key, raw, size);
    const int verdict = fido_assert_verify(assertion.get(), 0, COSE_RS256, key);
    rs256_pk_free(&key);
    return verdict;
  }
};

INSTANTIATE_TEST_SUITE_P(Algorithm, ForeignJudgeTest,
                         testing::Values(COSE_ES256, COSE_EDDSA, COSE_RS256));

TEST_P(ForeignJudgeTest, AcceptsPackedAttestation) {
  EXPECT_EQ(fido_cred_verify(Judge(Registered(false)).get()), FIDO_OK);
  EXPECT_EQ(fido_cred_verify(Judge(Registered(true)).get()), FIDO_OK);
}

TEST_P(ForeignJudgeTest, AcceptsSelfAttestation) {
  config_.attestation = Attestation::kSelf;
  EXPECT_EQ(fido_cred_verify_self(Judge(Registered(false)).get()), FIDO_OK);
}

TEST_P(ForeignJudgeTest, RefusesAttestationOverAnotherHash) {
  const Reply reply = Registered(false);
  client_data_hash_[0] ^= 1;
  EXPECT_NE(fido_cred_verify(Judge(reply).get()), FIDO_OK);
}

TEST_P(ForeignJudgeTest, AcceptsAssertions) {
  for (const bool discoverable : {false, true}) {
    const Reply made = Registered(discoverable);
    const Credential credential = Judge(made);
    EXPECT_EQ(JudgeAssertion(Send(SignIn({IdOf(made)})), credential.get()), FIDO_OK);
  }
}

TEST_P(ForeignJudgeTest, RefusesAssertionsOverAnotherHash) {
  const Reply made = Registered(false);
  const Credential credential = Judge(made);
  const Reply signed_in = Send(SignIn({IdOf(made)}));
  client_data_hash_[0] ^= 1;
  EXPECT_NE(JudgeAssertion(signed_in, credential.get()), FIDO_OK);
}

}  // namespace
}  // namespace keyrig::authenticator
