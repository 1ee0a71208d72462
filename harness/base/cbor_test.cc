#include "harness/base/cbor.h"

#include <gtest/gtest.h>

#include <limits>
#include <ostream>

#include "harness/base/test_hex.h"

namespace keyrig::cbor {

void PrintTo(Error error, std::ostream* out) { *out << Name(error); }

namespace {

struct Example {
  const char* hex;
  const char* diagnostic;
};

// RFC 8949 appendix A, as far as CTAP2's canonical form takes it.
constexpr Example kExamples[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"1bffffffffffffffff", "18446744073709551615"},
    {"3bffffffffffffffff", "-18446744073709551616"},
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "\"\""},
    {"6161", "\"a\""},
    {"6449455446", "\"IETF\""},
    {"62225c", "\"\\\"\\\\\""},
    {"62c3bc", "\"\u00fc\""},
    {"63e6b0b4", "\"\u6c34\""},
    {"64f0908591", "\"\U00010151\""},
    {"80", "[]"},
    {"83010203", "[1, 2, 3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"a0", "{}"},
    {"a201020304", "{1: 2, 3: 4}"},
    {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161a161626163", "[\"a\", {\"b\": \"c\"}]"},
    {"a56161614161626142616361436164614461656145",
     "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}"},
};

TEST(CborTest, ReadsAndWritesTheExamplesOfTheRfc) {
  for (const auto& [hex, diagnostic] : kExamples) {
    const auto value = Decode(Hex(hex));
    ASSERT_TRUE(value) << hex << ": " << Name(value.error());
    EXPECT_EQ(Diagnose(*value), diagnostic);
    EXPECT_EQ(ToHex(Encode(*value)), hex);
  }
}

TEST(CborTest, EveryShorterInputIsTruncated) {
  for (const auto& example : kExamples) {
    const Bytes bytes = Hex(example.hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto value = Decode(ByteView(bytes).first(size));
      ASSERT_FALSE(value) << example.hex << ", " << size << " bytes";
      EXPECT_EQ(value.error(), Error::kTruncated);
    }
  }
}

struct Refused {
  const char* name;
  const char* hex;
  Error error;
};

class RefusedCborTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedCborTest, IsNamed) {
  const auto value = Decode(Hex(GetParam().hex));
  ASSERT_FALSE(value) << Diagnose(*value);
  EXPECT_EQ(value.error(), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedCborTest,
    testing::Values(
        // Of RFC 8949 appendix A: what canonical CTAP2 CBOR has not.
        Refused{"HalfFloat", "f90000", Error::kNotCanonical},
        Refused{"SingleFloat", "fa47c35000", Error::kNotCanonical},
        Refused{"DoubleFloat", "fb3ff199999999999a", Error::kNotCanonical},
        Refused{"Undefined", "f7", Error::kNotCanonical},
        Refused{"Simple16", "f0", Error::kReserved}, Refused{"Simple255", "f8ff", Error::kReserved},
        Refused{"TagBignum", "c249010000000000000000", Error::kNotCanonical},
        Refused{"TagDate", "c074323031332d30332d32315432303a30343a30305a", Error::kNotCanonical},
        Refused{"IndefiniteBytes", "5f42010243030405ff", Error::kNotCanonical},
        Refused{"IndefiniteText", "7f657374726561646d696e67ff", Error::kNotCanonical},
        Refused{"IndefiniteArray", "9fff", Error::kNotCanonical},
        Refused{"IndefiniteMap", "bf61610161629f0203ffff", Error::kNotCanonical},
        Refused{"LoneBreak", "ff", Error::kNotCanonical},
        // Longer than need be.
        Refused{"Overlong0", "1800", Error::kNotCanonical},
        Refused{"Overlong23", "1817", Error::kNotCanonical},
        Refused{"Overlong255", "1900ff", Error::kNotCanonical},
        Refused{"Overlong65535", "1a0000ffff", Error::kNotCanonical},
        Refused{"Overlong32Bits", "1b00000000ffffffff", Error::kNotCanonical},
        Refused{"OverlongNegative", "3817", Error::kNotCanonical},
        Refused{"OverlongBytes", "580101", Error::kNotCanonical},
        Refused{"OverlongText", "780161", Error::kNotCanonical},
        Refused{"OverlongArray", "980100", Error::kNotCanonical},
        Refused{"OverlongMap", "b8010000", Error::kNotCanonical},
        // Order of keys.
        Refused{"Unsorted", "a203040102", Error::kNotCanonical},
        Refused{"Duplicate", "a201020103", Error::kNotCanonical},
        Refused{"LongerKeyFirst", "a262616100617a00", Error::kNotCanonical},
        Refused{"TextBeforeInteger", "a26161000100", Error::kNotCanonical},
        // Nesting.
        Refused{"FiveArrays", "8181818180", Error::kTooDeep},
        Refused{"FiveMaps", "a100a100a100a100a0", Error::kTooDeep},
        Refused{"Reserved28", "1c", Error::kReserved},
        Refused{"Reserved30", "5e", Error::kReserved},
        Refused{"NotUtf8", "62c328", Error::kInvalidUtf8},
        Refused{"Surrogate", "63eda080", Error::kInvalidUtf8},
        Refused{"TwoItems", "0000", Error::kTrailingBytes},
        Refused{"HugeBytes", "5bffffffffffffffff00", Error::kTruncated},
        Refused{"HugeArray", "9bffffffffffffffff00", Error::kTruncated},
        Refused{"Empty", "", Error::kTruncated}),
    [](const auto& row) { return row.param.name; });

TEST(CborTest, FourLevelsAreTheMost) {
  EXPECT_TRUE(Decode(Hex("81818180")));
  EXPECT_TRUE(Decode(Hex("a100a100a100a0")));
}

TEST(CborTest, WritesMembersInCanonicalOrder) {
  const Map shuffled = {{false, 0}, {"aa", 1},      {Array{100}, 2}, {"z", 3},
                        {100, 4},   {Array{-1}, 5}, {-1, 6},         {10, 7}};
  const Bytes encoded = Encode(shuffled);
  EXPECT_EQ(Diagnose(Decode(encoded).value()),
            "{10: 7, 100: 4, -1: 6, \"z\": 3, \"aa\": 1, [-1]: 5, [100]: 2, false: 0}");
}

TEST(CborTest, ReadsAPrefix) {
  const auto prefix = DecodePrefix(Hex("8201026474"));
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->size, 3U);
  EXPECT_EQ(Diagnose(prefix->value), "[1, 2]");
}

TEST(CborTest, IntegersAreGivenWhereTheyFit) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(Value(kMax).AsInt(), kMax);
  EXPECT_EQ(Value(kMin).AsInt(), kMin);
  EXPECT_EQ(Value(static_cast<std::uint64_t>(kMax) + 1).AsInt(), std::nullopt);
  EXPECT_EQ(Value::MinusOneMinus(static_cast<std::uint64_t>(kMax) + 1).AsInt(), std::nullopt);
  EXPECT_EQ(Value(-1).AsUnsigned(), std::nullopt);
  EXPECT_EQ(Value(7).AsUnsigned(), 7U);
  EXPECT_TRUE(Value(-7).IsInteger());
  EXPECT_FALSE(Value("7").IsInteger());
}

TEST(CborTest, MembersAreFoundByKey) {
  const Value map(Map{{1, "one"}, {-1, "minus"}, {"name", 3}});
  EXPECT_EQ(*map.Find(1)->AsText(), "one");
  EXPECT_EQ(*map.Find(-1)->AsText(), "minus");
  EXPECT_EQ(map.Find("name")->AsInt(), 3);
  EXPECT_EQ(map.Find(2), nullptr);
  EXPECT_EQ(map.Find("1"), nullptr);
  EXPECT_EQ(Value(1).Find(1), nullptr);
}

TEST(CborTest, EachTypeIsOnlyItself) {
  const Value text("text");
  EXPECT_NE(text.AsText(), nullptr);
  EXPECT_EQ(text.AsBytes(), nullptr);
  EXPECT_EQ(text.AsBool(), nullptr);
  EXPECT_EQ(text.AsArray(), nullptr);
  EXPECT_EQ(text.AsMap(), nullptr);
  EXPECT_FALSE(text.IsNull());
  EXPECT_TRUE(Value().IsNull());
  EXPECT_EQ(*Value(true).AsBool(), true);
}

}  // namespace
}  // namespace keyrig::cbor
