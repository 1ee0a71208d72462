#include "mock-entra/webauthn/attestation_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

cbor::Map Whole() {
  return {{"fmt", "none"}, {"attStmt", cbor::Map{}}, {"authData", Bytes{1, 2, 3}}};
}

void ExpectRefused(const cbor::Value& object, const std::string& message) {
  const auto decoded = DecodeAttestationObject(cbor::Encode(object));
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr(message));
}

TEST(AttestationObjectTest, ReadsItsThreeMembers) {
  const auto object = DecodeAttestationObject(cbor::Encode(Whole()));
  ASSERT_TRUE(object);
  EXPECT_EQ(object->format, "none");
  EXPECT_TRUE(object->statement.AsMap()->empty());
  EXPECT_EQ(object->authenticator_data_bytes, (Bytes{1, 2, 3}));
}

TEST(AttestationObjectTest, EachMemberHasItsType) {
  auto object = Whole();
  object[0].second = 1;
  ExpectRefused(object, "fmt");
  object = Whole();
  object[1].second = cbor::Array{};
  ExpectRefused(object, "attStmt");
  object = Whole();
  object[2].second = "text";
  ExpectRefused(object, "authData");
}

TEST(AttestationObjectTest, ThereAreNoOtherMembers) {
  auto object = Whole();
  object.emplace_back("epAtt", true);
  ExpectRefused(object, "other than");
  object = Whole();
  object.pop_back();
  ExpectRefused(object, "authData");
  ExpectRefused(cbor::Array{}, "fmt");
}

TEST(AttestationObjectTest, ItIsOneItemOfCanonicalCbor) {
  Bytes bytes = cbor::Encode(Whole());
  bytes.push_back(0);
  const auto decoded = DecodeAttestationObject(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr("bytes after the item"));
}

}  // namespace
}  // namespace keyrig::webauthn
