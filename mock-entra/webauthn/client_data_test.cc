#include "mock-entra/webauthn/client_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig::webauthn {
namespace {

using testing::HasSubstr;

auto Parse(std::string_view text) { return ParseClientData(ViewOf(text)); }

constexpr std::string_view kWhole =
    R"({"type":"webauthn.get","challenge":"AQID","origin":"https://login.example",)"
    R"("crossOrigin":true,"topOrigin":"https://shop.example","other":{"type":[1,"type"]}})";

TEST(ClientDataTest, ReadsItsMembersAndSkipsOthers) {
  const auto data = Parse(kWhole);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->type, "webauthn.get");
  EXPECT_EQ(data->challenge, "AQID");
  EXPECT_EQ(data->origin, "https://login.example");
  EXPECT_EQ(data->cross_origin, true);
  EXPECT_EQ(data->top_origin, "https://shop.example");
}

TEST(ClientDataTest, OptionalMembersMayBeAbsent) {
  const auto data = Parse(R"({"origin":"o","challenge":"c","type":"t"})");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->cross_origin, std::nullopt);
  EXPECT_EQ(data->top_origin, std::nullopt);
}

TEST(ClientDataTest, SkipsAByteOrderMark) {
  EXPECT_TRUE(Parse("\xEF\xBB\xBF" + std::string(kWhole)));
}

struct Malformed {
  const char* name;
  std::string text;
  const char* message;
};

class MalformedClientDataTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedClientDataTest, IsRefused) {
  const auto data = Parse(GetParam().text);
  ASSERT_FALSE(data);
  EXPECT_THAT(data.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MalformedClientDataTest,
    testing::Values(
        Malformed{"Empty", "", "not JSON"}, Malformed{"Array", "[]", "not a JSON object"},
        Malformed{"TrailingText", std::string(kWhole) + "x", "not JSON"},
        Malformed{"NotUtf8", "{\"type\":\"\xC0\xAF\"}", "not JSON in UTF-8"},
        Malformed{"NoType", R"({"challenge":"c","origin":"o"})", "no type"},
        Malformed{"NoChallenge", R"({"type":"t","origin":"o"})", "no challenge"},
        Malformed{"NoOrigin", R"({"type":"t","challenge":"c"})", "no origin"},
        Malformed{"TypeIsNull", R"({"type":null,"challenge":"c","origin":"o"})", "not a string"},
        Malformed{"CrossOriginIsText",
                  R"({"type":"t","challenge":"c","origin":"o","crossOrigin":"false"})",
                  "not a boolean"},
        Malformed{"TopOriginIsNumber", R"({"type":"t","challenge":"c","origin":"o","topOrigin":1})",
                  "not a string"},
        Malformed{"Twice", R"({"type":"t","challenge":"c","origin":"o","origin":"p"})", "twice"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace keyrig::webauthn
