// The formats beyond packed and none, judged by the specification's verification procedures as
// written here anew, and by OpenSSL.
#include <openssl/x509v3.h>

#include "harness/base/certificate.h"
#include "virtual-key/authenticator/attestation.h"
#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

constexpr std::uint8_t kBackupEligible = 0x08, kBackupState = 0x10;

class AttestationFormatsTest : public AuthenticatorTest {
 protected:
  AttestationFormatsTest() {
    config_.algorithms.assign(kCoseAlgorithms.begin(), kCoseAlgorithms.end());
    config_.aaguid = Aaguid::Parse("2fc0579f-8113-47ea-b116-bb5a8db9202a").value();
  }

  Request RegisterWith(int algorithm) const {
    return Register().With(0x04,
                           cbor::Array{cbor::Map{{"alg", algorithm}, {"type", "public-key"}}});
  }
  Reply MadeBy(Attestation attestation, int algorithm = -7) {
    config_.attestation = attestation;
    ReplaceKey();
    return Send(RegisterWith(algorithm));
  }
  Request Preferring(std::initializer_list<cbor::Value> formats) const {
    return Register().With(0x0B, cbor::Array(formats));
  }
  std::string FormatOfReply(const Reply& reply) { return *reply.At(0x01).AsText(); }

  Bytes SignedDataOf(const Reply& reply) const {
    return Concat({*reply.At(0x02).AsBytes(), client_data_hash_});
  }
  static const Bytes& MemberOf(const Reply& reply, std::string_view member) {
    return *reply.At(0x03).Find(member)->AsBytes();
  }
  /// The only certificate, which has to lead to the key's root.
  crypto::Certificate CertificateOf(const Reply& reply) {
    const cbor::Array& chain = *reply.At(0x03).Find("x5c")->AsArray();
    EXPECT_EQ(chain.size(), 1U);
    auto certificate = crypto::Certificate::FromDer(*chain.front().AsBytes()).value();
    const auto root = crypto::Certificate::FromDer(Key().AttestationRoot()).value();
    EXPECT_TRUE(crypto::VerifyChain({certificate}, {root}, clock_.Now()));
    EXPECT_EQ(certificate.Version(), 3);
    EXPECT_EQ(certificate.IsCa(), std::optional(false));
    return certificate;
  }
};

// WebAuthn L3 §8.6.
TEST_F(AttestationFormatsTest, FidoU2fSignsWhatU2fWould) {
  const Reply reply = MadeBy(Attestation::kFidoU2f);
  EXPECT_EQ(FormatOfReply(reply), "fido-u2f");
  EXPECT_EQ(reply.At(0x03).AsMap()->size(), 2U);
  const ParsedAuthData data = ParseAuthData(reply.At(0x02));
  EXPECT_EQ(data.aaguid, Bytes(16)) << "U2F has no AAGUID";
  const Bytes signed_data = Concat(
      {ByteArray<1>{0}, data.rp_id_hash, client_data_hash_, data.credential_id, ByteArray<1>{4},
       *data.public_key.Find(-2)->AsBytes(), *data.public_key.Find(-3)->AsBytes()});
  EXPECT_TRUE(CertificateOf(reply).Key().Verify(CoseAlgorithm::kEs256, signed_data,
                                                MemberOf(reply, "sig")));
}

TEST_F(AttestationFormatsTest, FidoU2fLeavesOtherCurvesToPacked) {
  EXPECT_EQ(FormatOfReply(MadeBy(Attestation::kFidoU2f, -8)), "packed");
  EXPECT_EQ(FormatOfReply(MadeBy(Attestation::kFidoU2f, -7)), "fido-u2f");
}

/// A TPM structure read from front to back.
class TpmReader {
 public:
  explicit TpmReader(Bytes bytes) : bytes_(std::move(bytes)) {}
  Bytes Take(std::size_t size) {
    if (at_ + size > bytes_.size()) {
      ADD_FAILURE() << "the structure is too short";
      return Bytes(size);
    }
    at_ += size;
    return {bytes_.begin() + static_cast<std::ptrdiff_t>(at_ - size),
            bytes_.begin() + static_cast<std::ptrdiff_t>(at_)};
  }
  std::string TakeHex(std::size_t size) { return ToHex(Take(size)); }
  Bytes TakeSized() {
    const Bytes size = Take(2);
    return Take(static_cast<std::size_t>(size[0] << 8 | size[1]));
  }
  bool IsAtEnd() const { return at_ == bytes_.size(); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

class TpmAttestationTest : public AttestationFormatsTest {
 protected:
  // WebAuthn L3 §8.3, verification procedure.
  void ExpectCertifies(const Reply& reply) {
    EXPECT_EQ(FormatOfReply(reply), "tpm");
    EXPECT_EQ(*reply.At(0x03).Find("ver"), cbor::Value("2.0"));
    EXPECT_EQ(*reply.At(0x03).Find("alg"), cbor::Value(-7));
    TpmReader info(MemberOf(reply, "certInfo"));
    EXPECT_EQ(info.TakeHex(4), "ff544347") << "magic";
    EXPECT_EQ(info.TakeHex(2), "8017") << "TPM_ST_ATTEST_CERTIFY";
    info.TakeSized();  // qualifiedSigner
    const auto extra_data = crypto::Sha256(SignedDataOf(reply));
    EXPECT_EQ(info.TakeSized(), ToBytes(ByteView(extra_data)));
    info.Take(17 + 8);  // clockInfo, firmwareVersion
    const auto digest = crypto::Sha256(MemberOf(reply, "pubArea"));
    EXPECT_EQ(info.TakeSized(), Concat({ByteArray<2>{0x00, 0x0B}, digest})) << "attested.name";
    info.TakeSized();  // qualifiedName
    EXPECT_TRUE(info.IsAtEnd());
    EXPECT_TRUE(CertificateOf(reply).Key().Verify(
        CoseAlgorithm::kEs256, MemberOf(reply, "certInfo"), MemberOf(reply, "sig")));
  }
};

TEST_F(TpmAttestationTest, CertifiesAnEllipticCurveKey) {
  const std::pair<int, std::string> curves[] = {{-7, "0003"}, {-35, "0004"}, {-36, "0005"}};
  for (const auto& [algorithm, curve] : curves) {
    const Reply reply = MadeBy(Attestation::kTpm, algorithm);
    ExpectCertifies(reply);
    const cbor::Value key = ParseAuthData(reply.At(0x02)).public_key;
    TpmReader area(MemberOf(reply, "pubArea"));
    EXPECT_EQ(area.TakeHex(4), "0023000b") << "ECC, named by SHA-256";
    EXPECT_EQ(area.TakeHex(4), "00040000") << "signs";
    area.TakeSized();
    EXPECT_EQ(area.TakeHex(4), "00100010") << "no symmetric cipher, no fixed scheme";
    EXPECT_EQ(area.TakeHex(2), curve);
    EXPECT_EQ(area.TakeHex(2), "0010") << "no key derivation";
    EXPECT_EQ(area.TakeSized(), *key.Find(-2)->AsBytes());
    EXPECT_EQ(area.TakeSized(), *key.Find(-3)->AsBytes());
    EXPECT_TRUE(area.IsAtEnd());
  }
}

TEST_F(TpmAttestationTest, CertifiesAnRsaKey) {
  const Reply reply = MadeBy(Attestation::kTpm, -257);
  ExpectCertifies(reply);
  TpmReader area(MemberOf(reply, "pubArea"));
  EXPECT_EQ(area.TakeHex(8), "0001000b00040000");
  area.TakeSized();
  EXPECT_EQ(area.TakeHex(4), "00100010");
  EXPECT_EQ(area.TakeHex(6), "080000000000") << "2048 bits, the usual exponent";
  EXPECT_EQ(area.TakeSized(), *ParseAuthData(reply.At(0x02)).public_key.Find(-1)->AsBytes());
  EXPECT_TRUE(area.IsAtEnd());
}

TEST_F(TpmAttestationTest, LeavesEdwardsCurvesToPacked) {
  EXPECT_EQ(FormatOfReply(MadeBy(Attestation::kTpm, -8)), "packed");
}

// WebAuthn L3 §8.3.1.
TEST_F(TpmAttestationTest, ItsCertificateKeepsToTheProfile) {
  const auto certificate = CertificateOf(MadeBy(Attestation::kTpm));
  EXPECT_EQ(X509_NAME_entry_count(X509_get_subject_name(certificate.Handle())), 0);
  int critical = 0;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.Handle(), NID_subject_alt_name, &critical, nullptr));
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(critical, 1);
  ASSERT_EQ(sk_GENERAL_NAME_num(names), 1);
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, 0);
  ASSERT_EQ(name->type, GEN_DIRNAME);
  for (const char* oid : {"2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"}) {
    ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
    EXPECT_GE(X509_NAME_get_index_by_OBJ(name->d.directoryName, object, -1), 0) << oid;
    ASN1_OBJECT_free(object);
  }
  GENERAL_NAMES_free(names);
  const auto usage = certificate.Extension("2.5.29.37");
  ASSERT_TRUE(usage);
  EXPECT_EQ(ToHex(usage->value), "300706056781050803") << "tcg-kp-AIKCertificate";
  const auto aaguid = certificate.Extension("1.3.6.1.4.1.45724.1.1.4");
  ASSERT_TRUE(aaguid);
  EXPECT_EQ(ToHex(aaguid->value), "04102fc0579f811347eab116bb5a8db9202a");
}

// WebAuthn L3 §8.4.
TEST_F(AttestationFormatsTest, AndroidKeyIsSignedByTheCertifiedCredential) {
  for (const int algorithm : {-7, -257}) {
    const Reply reply = MadeBy(Attestation::kAndroidKey, algorithm);
    EXPECT_EQ(FormatOfReply(reply), "android-key");
    EXPECT_EQ(*reply.At(0x03).Find("alg"), cbor::Value(algorithm));
    const auto certificate = CertificateOf(reply);
    EXPECT_TRUE(VerifiesWith(ParseAuthData(reply.At(0x02)).public_key, SignedDataOf(reply),
                             *reply.At(0x03).Find("sig")));
    EXPECT_TRUE(certificate.Key().Verify(static_cast<CoseAlgorithm>(algorithm), SignedDataOf(reply),
                                         MemberOf(reply, "sig")))
        << "the certificate is the credential's";
    const auto description = certificate.Extension("1.3.6.1.4.1.11129.2.1.17");
    ASSERT_TRUE(description);
    EXPECT_EQ(ToHex(description->value), "30440202012c0a01010202012c0a01010420" +
                                             ToHex(client_data_hash_) +
                                             "04003000300ea1053103020102bf853e03020100");
  }
}

// WebAuthn L3 §8.8.
TEST_F(AttestationFormatsTest, AppleCertifiesTheCredentialForThisRegistration) {
  const Reply reply = MadeBy(Attestation::kApple);
  EXPECT_EQ(FormatOfReply(reply), "apple");
  EXPECT_EQ(reply.At(0x03).AsMap()->size(), 1U);
  const auto certificate = CertificateOf(reply);
  const auto nonce = certificate.Extension("1.2.840.113635.100.8.2");
  ASSERT_TRUE(nonce);
  EXPECT_EQ(ToHex(nonce->value), "3024a1220420" + ToHex(crypto::Sha256(SignedDataOf(reply))));
  const cbor::Value key = ParseAuthData(reply.At(0x02)).public_key;
  const auto point = certificate.Key().Ec();
  ASSERT_TRUE(point);
  EXPECT_EQ(point->x, *key.Find(-2)->AsBytes());
  EXPECT_EQ(point->y, *key.Find(-3)->AsBytes());
}

TEST_F(AttestationFormatsTest, EveryAlgorithmIsAttestedByEveryFormat) {
  for (const CoseAlgorithm algorithm : kCoseAlgorithms) {
    if (!crypto::IsAvailable(algorithm)) continue;
    const int number = static_cast<int>(algorithm);
    const Reply reply = MadeBy(Attestation::kPacked, number);
    ASSERT_EQ(reply.status, Status::kOk) << Name(algorithm);
    const ParsedAuthData data = ParseAuthData(reply.At(0x02));
    EXPECT_EQ(*data.public_key.Find(3), cbor::Value(number));
    const Reply signed_in = Send(SignIn({data.credential_id}));
    EXPECT_TRUE(VerifiesWith(data.public_key, SignedDataOf(signed_in), signed_in.At(0x03)))
        << Name(algorithm);
    EXPECT_EQ(MadeBy(Attestation::kApple, number).status, Status::kOk) << Name(algorithm);
  }
}

TEST_F(AttestationFormatsTest, AnAlgorithmThatOpenSslLacksIsNotOffered) {
  const Reply reply = Send(RegisterWith(-48));
  EXPECT_EQ(reply.status, crypto::IsAvailable(CoseAlgorithm::kMlDsa44)
                              ? Status::kOk
                              : Status::kUnsupportedAlgorithm);
}

// CTAP 2.3 §6.1.2: attestationFormatsPreference.
class AttestationPreferenceTest : public AttestationFormatsTest {
 protected:
  AttestationPreferenceTest() {
    config_.attestation = Attestation::kPacked;
    config_.other_attestations = {Attestation::kFidoU2f, Attestation::kTpm};
  }
};

TEST_F(AttestationPreferenceTest, TheFirstThatTheKeyHasIsChosen) {
  EXPECT_EQ(FormatOfReply(Send(Preferring({"apple", "tpm", "packed"}))), "tpm");
  EXPECT_EQ(FormatOfReply(Send(Preferring({"packed", "tpm"}))), "packed");
}

TEST_F(AttestationPreferenceTest, WithoutAnyItIsTheKeysOwn) {
  EXPECT_EQ(FormatOfReply(Send(Register())), "packed");
  EXPECT_EQ(FormatOfReply(Send(Preferring({}))), "packed");
  EXPECT_EQ(FormatOfReply(Send(Preferring({"apple", "unheard-of"}))), "packed");
}

TEST_F(AttestationPreferenceTest, NoneAloneIsNoAttestation) {
  const Reply reply = Send(Preferring({"none"}));
  EXPECT_EQ(FormatOfReply(reply), "none");
  EXPECT_EQ(cbor::Diagnose(reply.At(0x03)), "{}");
  EXPECT_EQ(FormatOfReply(Send(Preferring({"none", "tpm"}))), "tpm");
}

TEST_F(AttestationPreferenceTest, ElementsThatAreNoNamesArePassedOver) {
  EXPECT_EQ(FormatOfReply(Send(Preferring({7, true, "tpm"}))), "tpm");
}

TEST_F(AttestationPreferenceTest, AFormatThatCannotAttestTheAlgorithmIsPassedOver) {
  const Request request = RegisterWith(-8).With(0x0B, cbor::Array{"fido-u2f", "tpm", "packed"});
  EXPECT_EQ(FormatOfReply(Send(request)), "packed");
}

// CTAP 2.3 §7.1.
class EnterpriseAttestationTest : public AttestationFormatsTest {
 protected:
  EnterpriseAttestationTest() {
    config_.enterprise_attestation =
        EnterpriseAttestation{.rp_ids = {"example.com"}, .serial_number = "KR-0042"};
  }
  void Enable() { ASSERT_EQ(Send(Configure(0x01)).status, Status::kOk); }
  static bool IsEnterprise(const Reply& reply) { return reply.At(0x04) == cbor::Value(true); }
  Request At(std::string_view rp, int mode) const {
    return Register().With(0x02, cbor::Map{{"id", std::string(rp)}}).With(0x0A, mode);
  }
};

TEST_F(EnterpriseAttestationTest, IsRefusedUntilItIsEnabled) {
  EXPECT_EQ(Send(At("example.com", 1)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(At("example.com", 9)).status, Status::kInvalidParameter) << "told before the mode";
  Enable();
  EXPECT_EQ(Send(At("example.com", 1)).status, Status::kOk);
  EXPECT_EQ(Send(At("example.com", 9)).status, Status::kInvalidOption);
  EXPECT_EQ(Send(At("example.com", 0)).status, Status::kInvalidOption);
}

TEST_F(EnterpriseAttestationTest, FacilitatedByTheVendorItIsForListedRelyingParties) {
  Enable();
  EXPECT_TRUE(IsEnterprise(Send(At("example.com", 1))));
  const Reply plain = Send(At("example.org", 1));
  EXPECT_EQ(plain.status, Status::kOk) << "not granted is not refused";
  EXPECT_TRUE(plain.At(0x04).IsNull());
  EXPECT_FALSE(CertificateOf(plain).Extension("1.3.6.1.4.1.45724.1.1.2"));
}

TEST_F(EnterpriseAttestationTest, ManagedByThePlatformItIsForAny) {
  Enable();
  EXPECT_TRUE(IsEnterprise(Send(At("example.org", 2))));
}

TEST_F(EnterpriseAttestationTest, ItsCertificateNamesTheSerialNumber) {
  Enable();
  const Reply reply = Send(At("example.com", 2));
  EXPECT_EQ(FormatOfReply(reply), "packed");
  const auto certificate = CertificateOf(reply);
  EXPECT_EQ(certificate.Subject().common_name, "keyrig key KR-0042");
  EXPECT_EQ(certificate.Subject().organizational_unit, "Authenticator Attestation");
  const auto serial = certificate.Extension("1.3.6.1.4.1.45724.1.1.2");
  ASSERT_TRUE(serial);
  EXPECT_EQ(ToHex(serial->value), "04074b522d30303432");
  EXPECT_TRUE(
      certificate.Key().Verify(CoseAlgorithm::kEs256, SignedDataOf(reply), MemberOf(reply, "sig")));
}

TEST_F(EnterpriseAttestationTest, WithoutAskingThereIsNone) {
  Enable();
  EXPECT_TRUE(Send(Register()).At(0x04).IsNull());
}

TEST_F(AttestationFormatsTest, BackupFlagsAreTheCredentialsOwn) {
  config_.backup_eligible = config_.backed_up = true;
  for (const Request& request : {Register(), RegisterDiscoverable("example.com", "adele")}) {
    const Reply made = Send(request);
    EXPECT_EQ(ParseAuthData(made.At(0x02)).flags & (kBackupEligible | kBackupState),
              kBackupEligible | kBackupState);
    const Bytes id = IdOf(made);
    config_.backup_eligible = config_.backed_up = false;
    ReplaceKey();
    EXPECT_EQ(ParseAuthData(Send(SignIn({id})).At(0x02)).flags & (kBackupEligible | kBackupState),
              kBackupEligible | kBackupState)
        << "they stay as they were made";
    EXPECT_EQ(ParseAuthData(Send(Register()).At(0x02)).flags & (kBackupEligible | kBackupState), 0);
    config_.backup_eligible = config_.backed_up = true;
    ReplaceKey();
  }
}

}  // namespace
}  // namespace keyrig::authenticator
