#include "harness/station/html.h"

#include <gmock/gmock.h>

namespace keyrig::station {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(HtmlTest, HasNothingOnAnEmptyPage) {
  const auto document = HtmlDocument::Parse("");
  EXPECT_THAT(document.forms, IsEmpty());
  EXPECT_FALSE(document.submits_itself);
  EXPECT_EQ(document.ById("x"), nullptr);
}

TEST(HtmlTest, ReadsAFormAsItStands) {
  const auto document = HtmlDocument::Parse(R"(
    <form id="i0281" method="POST" action="/login">
      <input type="hidden" name="ctx" value="a &amp; b">
      <input name="loginfmt"><input type="checkbox" name="off" value="1">
      <input type="checkbox" name="on" value="1" checked>
      <button id="yes" name="choice" value="1">Yes</button><input type="submit" id="go" value="Go">
    </form><input name="outside" value="1">)");
  const HtmlForm* found = document.FormNamed("i0281");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->method, "post");
  EXPECT_EQ(found->action, "/login");
  EXPECT_THAT(found->fields,
              ElementsAre(Pair("ctx", "a & b"), Pair("loginfmt", ""), Pair("on", "1")));

  HtmlForm form = *found;
  form.Fill("loginfmt", "adele");
  ASSERT_TRUE(form.Press("yes"));
  ASSERT_TRUE(form.Press("go"));
  EXPECT_THAT(form.fields, ElementsAre(Pair("ctx", "a & b"), Pair("loginfmt", "adele"),
                                       Pair("on", "1"), Pair("choice", "1")));
  const auto missing = form.Press("no");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("\"i0281\" has no button \"no\""));
}

TEST(HtmlTest, FindsLinksByTheirWords) {
  const auto document =
      HtmlDocument::Parse("<a href=/a>Sign out</a> <a href='/b'>Update\n  <b>info</b></a>");
  ASSERT_NE(document.LinkSaying("update info"), nullptr);
  EXPECT_EQ(document.LinkSaying("update info")->href, "/b");
  EXPECT_EQ(document.LinkSaying("absent"), nullptr);
}

TEST(HtmlTest, FindsElementsWithTheirDataAndScripts) {
  const auto document = HtmlDocument::Parse(
      R"(<div id="context" data-content="{&quot;a&quot;:1}"></div>
         <script type="application/json" id="config">{"b": "<i>"}</script>)");
  EXPECT_EQ(document.ById("context")->Attribute("data-content"), R"({"a":1})");
  EXPECT_EQ(document.ById("context")->Attribute("absent"), std::nullopt);
  EXPECT_EQ(document.ById("config")->text, R"({"b": "<i>"})");
}

TEST(HtmlTest, KnowsAPageThatSubmitsItself) {
  EXPECT_TRUE(HtmlDocument::Parse("<form name=hiddenform></form>").submits_itself);
  EXPECT_TRUE(HtmlDocument::Parse("<body onload='document.forms[0].submit()'><form></form></body>")
                  .submits_itself);
  EXPECT_FALSE(HtmlDocument::Parse("<form name=f1></form>").submits_itself);
  EXPECT_FALSE(HtmlDocument::Parse("<script>$Config={};</script><form name=hiddenform></form>")
                   .submits_itself);
}

}  // namespace
}  // namespace keyrig::station
