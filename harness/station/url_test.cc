#include "harness/station/url.h"

#include <gmock/gmock.h>

namespace keyrig::station {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(UrlTest, TakesAnAbsoluteUrlApart) {
  const Url url =
      Url::Parse("https://Login.Microsoft.com/common/fido/get?uiflavor=Web#top").value();
  EXPECT_EQ(url.Host(), "login.microsoft.com");
  EXPECT_EQ(url.Path(), "/common/fido/get");
  EXPECT_EQ(url.Origin(), "https://login.microsoft.com");
  EXPECT_EQ(url.QueryParameter("uiflavor"), "Web");
  EXPECT_EQ(url.QueryParameter("absent"), std::nullopt);
  EXPECT_EQ(url.WithoutFragment().find('#'), std::string::npos);
}

TEST(UrlTest, KeepsAPortInTheOrigin) {
  EXPECT_EQ(Url::Parse("http://localhost:8400/x").value().Origin(), "http://localhost:8400");
}

TEST(UrlTest, RefusesWhatIsNoAbsoluteUrl) {
  for (const std::string text : {"", "/common/login", "https://"}) {
    const auto url = Url::Parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().message, testing::HasSubstr("\"" + text + "\""));
  }
}

TEST(UrlTest, ResolvesWhatALinkMeans) {
  const Url page = Url::Parse("https://mysignins.microsoft.com/a/b?x=1").value();
  EXPECT_EQ(page.Resolve("/api/new").value().Text(), "https://mysignins.microsoft.com/api/new");
  EXPECT_EQ(page.Resolve("c").value().Text(), "https://mysignins.microsoft.com/a/c");
  EXPECT_EQ(page.Resolve("https://login.microsoft.com/").value().Host(), "login.microsoft.com");
}

TEST(UrlTest, ReadsParametersOfTheFragment) {
  const Url url = Url::Parse("https://mysignins.microsoft.com/#code=a%2Bb&state=s").value();
  EXPECT_EQ(url.FragmentParameter("code"), "a+b");
  EXPECT_EQ(url.FragmentParameter("state"), "s");
}

TEST(UrlTest, FormsSurviveTheirEncoding) {
  const Fields fields = {{"a b", "1+1=2 & more"}, {"empty", ""}, {"json", R"({"k":"ü"})"}};
  EXPECT_EQ(FormDecode(FormEncode(fields)), fields);
  EXPECT_EQ(FormEncode({{"a b", "=&"}}), "a%20b=%3D%26");
  EXPECT_THAT(FormDecode("a=1+2&b&=c"),
              ElementsAre(Pair("a", "1 2"), Pair("b", ""), Pair("", "c")));
}

TEST(UrlTest, AddsToAQuery) {
  EXPECT_EQ(WithQuery("https://a/b", {{"c", "d"}}), "https://a/b?c=d");
  EXPECT_EQ(WithQuery("https://a/b?x=1", {{"c", "d"}}), "https://a/b?x=1&c=d");
  EXPECT_EQ(WithQuery("https://a/b", {}), "https://a/b");
}

}  // namespace
}  // namespace keyrig::station
