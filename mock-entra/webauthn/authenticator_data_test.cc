#include "mock-entra/webauthn/authenticator_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock-entra/webauthn/test_authenticator.h"

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

class AuthenticatorDataTest : public testing::Test {
 protected:
  TestAuthenticator authenticator;

  Bytes Plain(std::uint8_t flags) {
    return Concat({Bytes(32, 0x11), ByteArray<1>{flags}, BigEndian32(0x01020304)});
  }
  Bytes Attested() {
    return Concat(
        {Bytes(16, 0xAA), BigEndian16(3), Bytes(3, 0xCC),
         cbor::Encode(CoseKeyOf(authenticator.credential_key.Public(), CoseAlgorithm::kEs256))});
  }
  void ExpectRefused(const Bytes& bytes, const std::string& message) {
    const auto data = ParseAuthenticatorData(bytes);
    ASSERT_FALSE(data);
    EXPECT_THAT(data.error().message, HasSubstr(message));
  }
};

TEST_F(AuthenticatorDataTest, ReadsThePlainFields) {
  const auto data = ParseAuthenticatorData(Plain(0x05));
  ASSERT_TRUE(data);
  EXPECT_TRUE(Equal(data->rp_id_hash, Bytes(32, 0x11)));
  EXPECT_TRUE(data->user_present);
  EXPECT_TRUE(data->user_verified);
  EXPECT_FALSE(data->backup_eligible);
  EXPECT_FALSE(data->backup_state);
  EXPECT_EQ(data->sign_count, 0x01020304U);
  EXPECT_FALSE(data->attested_credential_data);
  EXPECT_FALSE(data->extensions);
}

TEST_F(AuthenticatorDataTest, EachFlagIsItsOwnBit) {
  const auto read = [&](std::uint8_t flags) {
    return ParseAuthenticatorData(Plain(flags)).value();
  };
  EXPECT_TRUE(read(0x01).user_present);
  EXPECT_TRUE(read(0x04).user_verified);
  EXPECT_TRUE(read(0x08).backup_eligible);
  EXPECT_TRUE(read(0x10).backup_state);
  const auto reserved = read(0x22);
  EXPECT_FALSE(reserved.user_present || reserved.user_verified || reserved.backup_eligible ||
               reserved.backup_state);
}

TEST_F(AuthenticatorDataTest, ReadsAttestedCredentialDataAndExtensions) {
  const auto extensions = cbor::Encode(cbor::Map{{"credProtect", 3}});
  const auto data = ParseAuthenticatorData(Concat({Plain(0xC1), Attested(), extensions}));
  ASSERT_TRUE(data) << data.error().message;
  ASSERT_TRUE(data->attested_credential_data);
  EXPECT_TRUE(Equal(data->attested_credential_data->aaguid.bytes, Bytes(16, 0xAA)));
  EXPECT_EQ(data->attested_credential_data->credential_id.bytes, Bytes(3, 0xCC));
  EXPECT_EQ(data->attested_credential_data->credential_public_key.algorithm, -7);
  EXPECT_EQ(data->attested_credential_data->credential_public_key.key,
            authenticator.credential_key.Public());
  ASSERT_TRUE(data->extensions);
  EXPECT_EQ(data->extensions->Find("credProtect")->AsInt(), 3);
}

TEST_F(AuthenticatorDataTest, EveryShorterInputIsRefused) {
  const Bytes whole =
      Concat({Plain(0xC1), Attested(), cbor::Encode(cbor::Map{{"credProtect", 3}})});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseAuthenticatorData(ByteView(whole).first(size))) << size << " bytes";
  }
}

TEST_F(AuthenticatorDataTest, FlagsMustMatchWhatFollows) {
  ExpectRefused(Concat({Plain(0x01), Attested()}), "after its last field");
  ExpectRefused(Plain(0x41), "aaguid");
  ExpectRefused(Plain(0x81), "extensions is truncated");
  ExpectRefused(Concat({Plain(0x41), Attested(), ByteArray<1>{0xA0}}), "after its last field");
  ExpectRefused(Concat({Plain(0x81), ByteArray<1>{0x80}}), "not a map");
}

TEST_F(AuthenticatorDataTest, TheKeyIsCanonicalCbor) {
  // {3: -7, 1: 2}: out of order.
  const Bytes key = {0xA2, 0x03, 0x26, 0x01, 0x02};
  ExpectRefused(Concat({Plain(0x41), Bytes(16), BigEndian16(0), key}),
                "credentialPublicKey is not canonical");
}

}  // namespace
}  // namespace keyrig::webauthn
