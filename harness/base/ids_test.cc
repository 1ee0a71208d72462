#include "harness/base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig {
namespace {

using testing::HasSubstr;

TEST(AaguidTest, TextGoesBothWays) {
  const auto aaguid = Aaguid::Parse("2FC0579F-8113-47ea-b116-bb5a8db9202a");
  ASSERT_TRUE(aaguid);
  EXPECT_EQ(ToHex(aaguid->bytes), "2fc0579f811347eab116bb5a8db9202a");
  EXPECT_EQ(aaguid->Text(), "2fc0579f-8113-47ea-b116-bb5a8db9202a");
  EXPECT_EQ(Aaguid{}.Text(), "00000000-0000-0000-0000-000000000000");
}

TEST(AaguidTest, RefusesAnyOtherForm) {
  for (const char* text :
       {"", "2fc0579f811347eab116bb5a8db9202a", "2fc0579f-8113-47ea-b116-bb5a8db9202",
        "{2fc0579f-8113-47ea-b116-bb5a8db9202a}", "2fc0579f-811347-ea-b116-bb5a8db9202a",
        "2fc0579g-8113-47ea-b116-bb5a8db9202a", "2fc0579f-8113-47ea-b116-bb5a8db920-a"}) {
    const auto aaguid = Aaguid::Parse(text);
    ASSERT_FALSE(aaguid) << text;
    EXPECT_THAT(aaguid.error().message, HasSubstr(text));
  }
}

}  // namespace
}  // namespace keyrig
