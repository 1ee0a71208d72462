#include "harness/device/attestation.h"

#include "harness/device/memory_key_fixture.h"

namespace keyrig::device {
namespace {

class AttestationTest : public MemoryKeyFixture {
 protected:
  void PlugInOneThatHas(authenticator::Attestation attestation) {
    VirtualKeyOptions options;
    options.config.attestation = attestation;
    PlugIn(std::move(options));
  }
  Result<Attestation, Error> Read(const std::string& pin = kPin) {
    const auto person = ScriptedOperator(memory_->Control());
    Fido2Key key = Open();
    return ReadAttestation(key, *person, "the key", pin);
  }
};

TEST_F(AttestationTest, TellsACertificateFromTheKeyItselfAndFromNothing) {
  PlugInOneThatHas(authenticator::Attestation::kPacked);
  EXPECT_EQ(Read().value(), Attestation::kCertificate);
  PlugInOneThatHas(authenticator::Attestation::kSelf);
  EXPECT_EQ(Read().value(), Attestation::kSelf);
  PlugInOneThatHas(authenticator::Attestation::kNone);
  EXPECT_EQ(Read().value(), Attestation::kNone);
}

TEST_F(AttestationTest, LeavesNothingOnTheKey) {
  Fido2Key key = Open();
  const auto before = key.GetInfo()->client_pin;
  ASSERT_TRUE(Read());
  EXPECT_EQ(key.GetInfo()->client_pin, before);
  EXPECT_EQ(memory_->Control().State()->discoverable_credentials, 0U);
}

TEST_F(AttestationTest, EntersThePinOfAKeyThatHasOne) {
  Fido2Key key = Open();
  ASSERT_TRUE(key.SetPin(kPin));
  EXPECT_EQ(Read().value(), Attestation::kCertificate);
  const auto wrong = Read("000000");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("PIN_INVALID"), std::string::npos);
}

}  // namespace
}  // namespace keyrig::device
