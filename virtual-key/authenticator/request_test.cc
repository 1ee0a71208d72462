#include "virtual-key/authenticator/request.h"

#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

struct Malformed {
  const char* name;
  const char* hex;  // after the command byte
  Status expected;
};

class MalformedRequestTest : public AuthenticatorTest,
                             public testing::WithParamInterface<Malformed> {};

INSTANTIATE_TEST_SUITE_P(
    Cbor, MalformedRequestTest,
    testing::Values(Malformed{"Nothing", "", Status::kInvalidCbor},
                    Malformed{"Truncated", "a1", Status::kInvalidCbor},
                    Malformed{"TrailingByte", "a000", Status::kInvalidCbor},
                    Malformed{"TwoMaps", "a0a0", Status::kInvalidCbor},
                    Malformed{"NotAMap", "01", Status::kCborUnexpectedType},
                    Malformed{"AnArray", "80", Status::kCborUnexpectedType},
                    Malformed{"OverlongInteger", "a1180101", Status::kInvalidCbor},
                    Malformed{"OverlongLength", "a101580100", Status::kInvalidCbor},
                    Malformed{"IndefiniteMap", "bf0101ff", Status::kInvalidCbor},
                    Malformed{"IndefiniteString", "a1015f4100ff", Status::kInvalidCbor},
                    Malformed{"Tag", "a101c001", Status::kInvalidCbor},
                    Malformed{"Float", "a101f93c00", Status::kInvalidCbor},
                    Malformed{"Undefined", "a101f7", Status::kInvalidCbor},
                    Malformed{"ReservedInformation", "a1011c", Status::kInvalidCbor},
                    Malformed{"UnassignedSimpleValue", "a101f0", Status::kInvalidCbor},
                    Malformed{"KeysOutOfOrder", "a202010101", Status::kInvalidCbor},
                    Malformed{"NegativeKeyFirst", "a220010101", Status::kInvalidCbor},
                    Malformed{"DuplicateKey", "a201010101", Status::kInvalidCbor},
                    Malformed{"FiveLevels", "a101a101a101a10180", Status::kInvalidCbor},
                    Malformed{"BrokenUtf8", "a10161ff", Status::kInvalidCbor},
                    Malformed{"Empty", "a0", Status::kMissingParameter}),
    [](const auto& test) { return test.param.name; });

TEST_P(MalformedRequestTest, HasItsStatusWithEveryCommandThatTakesAMap) {
  const Bytes parameters = FromHex(GetParam().hex).value();
  for (const int command : {0x01, 0x02, 0x06, 0x0A}) {
    const Bytes message = Concat({ByteArray<1>{static_cast<std::uint8_t>(command)}, parameters});
    EXPECT_EQ(SendRaw(message).status, GetParam().expected) << "command " << command;
  }
  EXPECT_TRUE(user_.asked.empty());
}

TEST(RequestTest, DecodesAnArrayOfDescriptors) {
  const cbor::Value list = cbor::Array{cbor::Map{{"id", Bytes{1}}, {"type", "public-key"}},
                                       cbor::Map{{"id", Bytes{2}}, {"type", "other"}}};
  const auto descriptors = DecodeDescriptors(*FieldFrom<ArrayView>(list), 2);
  ASSERT_TRUE(descriptors);
  ASSERT_EQ(descriptors->size(), 2U);
  EXPECT_TRUE((*descriptors)[0].is_public_key);
  EXPECT_FALSE((*descriptors)[1].is_public_key);
}

}  // namespace
}  // namespace keyrig::authenticator
