#include "harness/base/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace keyrig::crypto {
namespace {

using std::chrono::days;
using testing::HasSubstr;

constexpr Instant kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};

const DistinguishedName kRootName{"SE", "Example", "", "Root"};
const DistinguishedName kMiddleName{"SE", "Example", "Middle unit", "Middle"};
const DistinguishedName kLeafName{"", "Pr\u00fcfstelle", "", "Leaf"};

/// A root, an authority below it and a leaf below that, each open to change before it is issued.
class ChainTest : public testing::Test {
 protected:
  Rng rng{9};
  RandomStream stream = rng.Stream("chain");
  PrivateKey root_key = PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  PrivateKey middle_key = PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  PrivateKey leaf_key = PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  CertificateRequest root = Request(kRootName, kRootName, root_key, true);
  CertificateRequest middle = Request(kMiddleName, kRootName, middle_key, true);
  CertificateRequest leaf = Request(kLeafName, kMiddleName, leaf_key, false);
  PrivateKey leaf_issuer_key = middle_key;
  Instant at = kNow;

  static CertificateRequest Request(const DistinguishedName& subject,
                                    const DistinguishedName& issuer, const PrivateKey& key,
                                    bool is_ca) {
    CertificateRequest request{.subject = subject, .issuer = issuer, .key = key.Public()};
    request.not_before = kNow - days(10);
    request.not_after = kNow + days(10);
    request.is_ca = is_ca;
    return request;
  }

  Result<void, Error> Verify() {
    const auto issued_root = IssueCertificate(root, root_key, stream);
    const std::vector<Certificate> chain = {IssueCertificate(leaf, leaf_issuer_key, stream),
                                            IssueCertificate(middle, root_key, stream)};
    return VerifyChain(chain, {issued_root}, at);
  }
};

TEST_F(ChainTest, AWholeChainIsTrusted) { EXPECT_TRUE(Verify()) << Verify().error().message; }

TEST_F(ChainTest, ItIsTrustedWhileEachIsValid) {
  at = kNow + days(11);
  EXPECT_FALSE(Verify());
  at = kNow - days(11);
  EXPECT_FALSE(Verify());
  at = kNow;
  middle.not_after = kNow - days(1);
  EXPECT_THAT(Verify().error().message, HasSubstr("expired"));
}

TEST_F(ChainTest, TheIssuerMustBeAnAuthority) {
  middle.is_ca = false;
  EXPECT_FALSE(Verify());
}

TEST_F(ChainTest, TheIssuerMustHaveSigned) {
  leaf_issuer_key = leaf_key;
  EXPECT_FALSE(Verify());
}

TEST_F(ChainTest, TheIssuersNameMustFit) {
  leaf.issuer.common_name = "Other";
  EXPECT_FALSE(Verify());
}

TEST_F(ChainTest, TheRootMustBeTrusted) {
  const auto issued = IssueCertificate(middle, root_key, stream);
  EXPECT_FALSE(VerifyChain({issued}, {}, kNow));
  EXPECT_FALSE(VerifyChain({}, {issued}, kNow));
}

TEST_F(ChainTest, ALeafThatIsTrustedItselfCounts) {
  const auto issued = IssueCertificate(leaf, middle_key, stream);
  EXPECT_TRUE(VerifyChain({issued}, {issued}, kNow));
  EXPECT_FALSE(VerifyChain({issued}, {IssueCertificate(middle, root_key, stream)}, at + days(11)));
}

TEST_F(ChainTest, ACertificateTellsWhatWasAskedFor) {
  leaf.extensions = {{"1.3.6.1.4.1.45724.1.1.4", Bytes{0x04, 0x02, 1, 2}, true}};
  const auto issued = IssueCertificate(leaf, middle_key, stream);
  EXPECT_EQ(issued.Version(), 3);
  EXPECT_EQ(issued.Subject(), kLeafName);
  EXPECT_EQ(issued.Key(), leaf_key.Public());
  EXPECT_EQ(issued.IsCa(), false);
  EXPECT_EQ(IssueCertificate(middle, root_key, stream).IsCa(), true);
  const auto extension = issued.Extension("1.3.6.1.4.1.45724.1.1.4");
  ASSERT_TRUE(extension);
  EXPECT_EQ(extension->value, (Bytes{0x04, 0x02, 1, 2}));
  EXPECT_TRUE(extension->critical);
  EXPECT_FALSE(issued.Extension("1.3.6.1.4.1.45724.1.1.5"));
  EXPECT_FALSE(issued.Extension("2.5.29.17"));
}

TEST_F(ChainTest, AServersCertificateNamesItsHosts) {
  leaf.dns_names = {"login.microsoft.com", "graph.microsoft.com"};
  leaf.ip_addresses = {"127.0.0.1"};
  leaf.server_auth = true;
  const auto issued = IssueCertificate(leaf, middle_key, stream);
  const auto names = issued.Extension("2.5.29.17");
  ASSERT_TRUE(names);
  const std::string text(AsText(names->value));
  EXPECT_THAT(text, HasSubstr("login.microsoft.com"));
  EXPECT_THAT(text, HasSubstr("graph.microsoft.com"));
  EXPECT_THAT(text, HasSubstr("\x87\x04\x7f" + std::string(2, '\0') + "\x01"));
  // extendedKeyUsage: SEQUENCE of id-kp-serverAuth.
  EXPECT_EQ(ToHex(issued.Extension("2.5.29.37")->value), "300a06082b06010505070301");
}

TEST_F(ChainTest, SurvivesItsEncodings) {
  const auto issued = IssueCertificate(leaf, middle_key, stream);
  const auto other = IssueCertificate(middle, root_key, stream);
  EXPECT_EQ(Certificate::FromDer(issued.Der()).value(), issued);
  const auto both = Certificate::FromPem(issued.Pem() + other.Pem());
  ASSERT_TRUE(both);
  EXPECT_EQ(*both, (std::vector{issued, other}));
  Bytes longer = issued.Der();
  longer.push_back(0);
  EXPECT_FALSE(Certificate::FromDer(longer));
  EXPECT_FALSE(Certificate::FromDer(Bytes{0x30, 0x00}));
  EXPECT_FALSE(Certificate::FromPem("no certificate"));
}

TEST_F(ChainTest, ASeededRunRepeatsToTheByte) {
  const auto issue = [&] {
    Rng again(9);
    auto again_stream = again.Stream("certificate");
    return IssueCertificate(root, root_key, again_stream).Der();
  };
  EXPECT_EQ(issue(), issue());
}

}  // namespace
}  // namespace keyrig::crypto
