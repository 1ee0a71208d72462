#include "virtual-key/authenticator/attestation.h"

#include "harness/base/certificate.h"
#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class AttestationTest : public AuthenticatorTest {
 protected:
  Bytes SignedDataOf(const Reply& reply) const {
    return Concat({*reply.At(0x02).AsBytes(), client_data_hash_});
  }
  static crypto::Certificate LeafOf(const Reply& reply) {
    const cbor::Value* chain = reply.At(0x03).Find("x5c");
    EXPECT_EQ(chain->AsArray()->size(), 1U) << "the leaf, not the root";
    return crypto::Certificate::FromDer(*chain->AsArray()->front().AsBytes()).value();
  }
};

TEST_F(AttestationTest, PackedIsSignedByALeafOfTheKeysRoot) {
  const Reply reply = Send(Register());
  EXPECT_EQ(*reply.At(0x01).AsText(), "packed");
  EXPECT_EQ(*reply.At(0x03).Find("alg"), cbor::Value(-7));
  const auto leaf = LeafOf(reply);
  EXPECT_TRUE(leaf.Key().Verify(CoseAlgorithm::kEs256, SignedDataOf(reply),
                                *reply.At(0x03).Find("sig")->AsBytes()));
  const auto root = crypto::Certificate::FromDer(Key().AttestationRoot()).value();
  EXPECT_TRUE(crypto::VerifyChain({leaf}, {root}, clock_.Now()));
}

TEST_F(AttestationTest, TheLeafKeepsToTheProfile) {
  config_.aaguid = Aaguid::Parse("2fc0579f-8113-47ea-b116-bb5a8db9202a").value();
  config_.attestation_organization = "Contoso Keys";
  const auto leaf = LeafOf(Send(Register()));
  EXPECT_EQ(leaf.Version(), 3);
  EXPECT_EQ(leaf.IsCa(), std::optional(false));
  const auto subject = leaf.Subject();
  EXPECT_EQ(subject.country.size(), 2U);
  EXPECT_EQ(subject.organization, "Contoso Keys");
  EXPECT_EQ(subject.organizational_unit, "Authenticator Attestation");
  EXPECT_FALSE(subject.common_name.empty());
  const auto aaguid = leaf.Extension("1.3.6.1.4.1.45724.1.1.4");
  ASSERT_TRUE(aaguid);
  EXPECT_EQ(ToHex(aaguid->value), "04102fc0579f811347eab116bb5a8db9202a");
  EXPECT_FALSE(aaguid->critical);
}

TEST_F(AttestationTest, TheChainIsMadeOnce) {
  EXPECT_EQ(LeafOf(Send(Register())), LeafOf(Send(Register())));
}

TEST_F(AttestationTest, TheRootIsTheSameForAsLongAsTheMemoryLasts) {
  FrozenClock clock(clock_.Now());
  Rng rng;
  ScriptedGesture gesture(clock);
  MemoryStore store;
  NullSink events;
  const auto root_at_start = [&] {
    return Authenticator(config_, {clock, rng, gesture, store, events, nullptr}).AttestationRoot();
  };
  const Bytes root = root_at_start();
  EXPECT_FALSE(root.empty());
  EXPECT_EQ(root_at_start(), root);
  store = MemoryStore();
  EXPECT_NE(root_at_start(), root);
}

TEST_F(AttestationTest, AResetKeepsTheRoot) {
  const Bytes root = Key().AttestationRoot();
  EXPECT_EQ(Send(Request{0x07, {}}).status, Status::kOk);
  EXPECT_EQ(Key().AttestationRoot(), root);
  EXPECT_TRUE(crypto::VerifyChain({LeafOf(Send(Register()))},
                                  {crypto::Certificate::FromDer(root).value()}, clock_.Now()));
}

TEST_F(AttestationTest, SelfAttestationIsSignedByTheCredential) {
  config_.attestation = Attestation::kSelf;
  for (const int algorithm : {-7, -8, -257}) {
    const Reply reply = Send(
        Register().With(0x04, cbor::Array{cbor::Map{{"alg", algorithm}, {"type", "public-key"}}}));
    EXPECT_EQ(*reply.At(0x01).AsText(), "packed");
    EXPECT_EQ(reply.At(0x03).AsMap()->size(), 2U);
    EXPECT_EQ(*reply.At(0x03).Find("alg"), cbor::Value(algorithm));
    EXPECT_TRUE(VerifiesWith(ParseAuthData(reply.At(0x02)).public_key, SignedDataOf(reply),
                             *reply.At(0x03).Find("sig")));
  }
  EXPECT_TRUE(Key().AttestationRoot().empty());
}

TEST_F(AttestationTest, NoneIsAnEmptyStatement) {
  config_.attestation = Attestation::kNone;
  const Reply reply = Send(Register());
  EXPECT_EQ(*reply.At(0x01).AsText(), "none");
  EXPECT_EQ(cbor::Diagnose(reply.At(0x03)), "{}");
}

}  // namespace
}  // namespace keyrig::authenticator
