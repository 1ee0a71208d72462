#include "mock-entra/http/message.h"

#include <gtest/gtest.h>

namespace keyrig::http {
namespace {

TEST(HeadersTest, NamesCompareWithoutCaseAndDuplicatesAreKept) {
  Headers headers;
  headers.Add("Set-Cookie", "a=1");
  headers.Add("set-cookie", "b=2");
  EXPECT_EQ(headers.Find("SET-COOKIE"), "a=1");
  EXPECT_EQ(headers.All().size(), 2U);
  headers.Set("Set-Cookie", "c=3");
  EXPECT_EQ(headers.All().size(), 1U);
  EXPECT_EQ(headers.Find("Set-Cookie"), "c=3");
  EXPECT_EQ(headers.Find("Cookie"), std::nullopt);
}

TEST(ParametersTest, DecodesNamesAndValuesInOrder) {
  const Parameters form = Parameters::Parse("a=1&b=x%20y+z&a=2&%63=%3D&empty=&bare");
  ASSERT_EQ(form.All().size(), 6U);
  EXPECT_EQ(form.Get("a"), "1");
  EXPECT_EQ(form.All()[2].second, "2");
  EXPECT_EQ(form.Get("b"), "x y z");
  EXPECT_EQ(form.Get("c"), "=");
  EXPECT_EQ(form.Find("empty"), "");
  EXPECT_EQ(form.Find("bare"), "");
  EXPECT_EQ(form.Find("absent"), std::nullopt);
}

TEST(ParametersTest, TakesAnAssertionThatIsNotEncoded) {
  const Parameters form =
      Parameters::Parse(R"(type=23&assertion={"id":"a&b","x":{"y":"}%41+"}}&ctx=c%20d)");
  EXPECT_EQ(form.Get("assertion"), R"({"id":"a&b","x":{"y":"}%41+"}})");
  EXPECT_EQ(form.Get("ctx"), "c d");
}

TEST(ParametersTest, AnUnbalancedBraceIsAnOrdinaryValue) {
  const Parameters form = Parameters::Parse(R"(a={"x":1&b=2)");
  EXPECT_EQ(form.Get("a"), R"({"x":1)");
  EXPECT_EQ(form.Get("b"), "2");
}

TEST(ParametersTest, StrayPercentSignsStay) {
  EXPECT_EQ(Parameters::Parse("a=100%&b=%zz&c=%4").Get("a"), "100%");
  EXPECT_EQ(Parameters::Parse("a=100%&b=%zz&c=%4").Get("b"), "%zz");
  EXPECT_EQ(Parameters::Parse("a=100%&b=%zz&c=%4").Get("c"), "%4");
}

TEST(RequestTest, FindsOneCookieAmongOthers) {
  Request request;
  request.headers.Add("Cookie", "ESTSAUTHLIGHT=no; ESTSAUTH=a=b; x=y");
  EXPECT_EQ(request.Cookie("ESTSAUTH"), "a=b");
  EXPECT_EQ(request.Cookie("x"), "y");
  EXPECT_EQ(request.Cookie("estsauth"), std::nullopt);
}

TEST(UrlEncodeTest, LeavesUnreservedCharactersAlone) {
  EXPECT_EQ(UrlEncode("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(UrlEncode("a b/c+ü"), "a%20b%2Fc%2B%C3%BC");
  EXPECT_EQ(UrlDecode(UrlEncode("a b/c+ü"), true), "a b/c+ü");
  EXPECT_EQ(UrlDecode("a+b", false), "a+b");
}

TEST(HtmlEscapeTest, EscapesWhatEndsTextAndAttributes) {
  EXPECT_EQ(HtmlEscape(R"(<a href="x">&'</a>)"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
}

TEST(ResponseTest, RedirectsWithoutABody) {
  const Response response = Redirect("https://myapps.microsoft.com/");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.headers.Find("Location"), "https://myapps.microsoft.com/");
}

}  // namespace
}  // namespace keyrig::http
