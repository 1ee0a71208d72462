#include "harness/base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig {
namespace {

using testing::HasSubstr;

TEST(HexTest, GoesBothWays) {
  EXPECT_EQ(ToHex(Bytes{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
  EXPECT_EQ(FromHex("000fA5Ff").value(), (Bytes{0x00, 0x0f, 0xa5, 0xff}));
  EXPECT_EQ(FromHex("").value(), Bytes{});
}

TEST(HexTest, NamesThePositionOfAForeignCharacter) {
  EXPECT_THAT(FromHex("0g").error().message, HasSubstr("position 1"));
  EXPECT_THAT(FromHex("00 0").error().message, HasSubstr("position 2"));
  EXPECT_THAT(FromHex("000").error().message, HasSubstr("even"));
}

struct Base64Row {
  const char* text;
  const char* padded;
  const char* url;
};

// RFC 4648 §10, and bytes that need the two characters in which the alphabets differ.
constexpr Base64Row kBase64Rows[] = {{"", "", ""},
                                     {"f", "Zg==", "Zg"},
                                     {"fo", "Zm8=", "Zm8"},
                                     {"foo", "Zm9v", "Zm9v"},
                                     {"foob", "Zm9vYg==", "Zm9vYg"},
                                     {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                     {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                                     {"\xfb\xef\xff", "++//", "--__"}};

TEST(Base64Test, GoesBothWays) {
  for (const auto& [text, padded, url] : kBase64Rows) {
    EXPECT_EQ(ToBase64(ViewOf(text)), padded);
    EXPECT_EQ(ToBase64Url(ViewOf(text)), url);
    EXPECT_EQ(FromBase64(padded).value(), ToBytes(std::string_view(text)));
    EXPECT_EQ(FromBase64Url(url).value(), ToBytes(std::string_view(text)));
  }
}

TEST(Base64Test, UrlFormIsStrict) {
  for (const char* text : {"Zg==", "Z", "Zm9vY", "Zm+v", "Zm/v", "Zm9 v", "Zg\n", "Zh", "Zm9"}) {
    EXPECT_FALSE(FromBase64Url(text)) << text;
  }
}

TEST(Base64Test, PaddedFormIsStrict) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm-v", "Zm_v", "Zg==Zg==", "Zh==", "Zm9="}) {
    EXPECT_FALSE(FromBase64(text)) << text;
  }
}

TEST(BigEndianTest, GoesBothWays) {
  EXPECT_EQ(BigEndian16(0x0102), (Bytes{1, 2}));
  EXPECT_EQ(BigEndian32(0xF1020304), (Bytes{0xF1, 2, 3, 4}));
  EXPECT_EQ(ReadBigEndian16(ByteArray<2>{0xFF, 0xFE}), 0xFFFE);
  EXPECT_EQ(ReadBigEndian32(ByteArray<4>{0xF1, 2, 3, 4}), 0xF1020304);
}

TEST(BytesTest, ConcatenateAndCompare) {
  EXPECT_EQ(Concat({Bytes{1}, {}, Bytes{2, 3}}), (Bytes{1, 2, 3}));
  EXPECT_TRUE(Equal(Bytes{1, 2}, ByteArray<2>{1, 2}));
  EXPECT_FALSE(Equal(Bytes{1, 2}, Bytes{1, 2, 0}));
  EXPECT_EQ(AsText(ToBytes("text")), "text");
}

TEST(Utf8Test, AcceptsEveryLength) {
  for (const char* text : {"", "a", "\x7f", "\u0080", "\u07ff", "\u0800", "\uffff", "\U00010000",
                           "\U0010ffff", "Pr\u00fcfung \u6c34"}) {
    EXPECT_TRUE(IsUtf8(ViewOf(text))) << ToHex(ViewOf(text));
  }
  EXPECT_EQ(CodePoints("a\u00fc\u6c34\U00010151"), 4U);
}

TEST(Utf8Test, RefusesWhatRfc3629Refuses) {
  for (const char* hex :
       {"80", "bf", "c0af", "c1bf", "c2", "c220", "e0a0", "e09fbf", "eda080", "edbfbf", "f08fbfbf",
        "f4908080", "f5808080", "fe", "ff", "e6b0", "61c3", "f0908520"}) {
    EXPECT_FALSE(IsUtf8(FromHex(hex).value())) << hex;
  }
}

}  // namespace
}  // namespace keyrig
