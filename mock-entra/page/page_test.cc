#include "mock-entra/page/page.h"

#include <gtest/gtest.h>

namespace keyrig::page {
namespace {

constexpr char kPage[] = "<p title=\"$(name)\">$(name)</p>";
constexpr char kScript[] = "let x = $json(config);";
constexpr char kStyle[] = "p {}";
constexpr Asset kAssets[] = {
    {"a/page.html", {kPage, sizeof(kPage) - 1}},
    {"a/page.js", {kScript, sizeof(kScript) - 1}},
    {"a/page.css", {kStyle, sizeof(kStyle) - 1}},
};

TEST(FillTest, EscapesTextForElementsAndAttributes) {
  EXPECT_EQ(Fill("<p>$(a)</p>", {{"a", "<b> & \"c\""}}), "<p>&lt;b&gt; &amp; &quot;c&quot;</p>");
}

TEST(FillTest, KeepsJsonFromEndingTheScript) {
  EXPECT_EQ(Fill("x=$json(a);", {{"a", R"({"t":"</script>]]>&"})"}}),
            R"(x={"t":"\u003c/script\u003e]]\u003e\u0026"};)");
}

TEST(FillTest, PutsFragmentsAsTheyAre) {
  EXPECT_EQ(Fill("<ul>$html(items)</ul>", {{"items", "<li>1</li>"}}), "<ul><li>1</li></ul>");
}

TEST(FillTest, DoesNotLookIntoValues) {
  EXPECT_EQ(Fill("$(a)$(b)", {{"a", "$(b)"}, {"b", "2"}}), "$(b)2");
}

TEST(FillTest, LeavesWhatItDoesNotKnow) {
  EXPECT_EQ(Fill("$5 $(unknown) $(open", {}), "$5 $(unknown) $(open");
}

TEST(FolderTest, RendersItsPages) {
  EXPECT_EQ(Folder(kAssets, "a").Render("page.html", {{"name", "<"}}),
            "<p title=\"&lt;\">&lt;</p>");
}

TEST(FolderTest, ServesStylesAndScriptsButNotPages) {
  const Folder folder(kAssets, "a");
  const http::Response script = folder.File("page.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.body, kScript);
  EXPECT_EQ(script.headers.Find("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(folder.File("page.css").headers.Find("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(folder.File("page.html").status, 404);
  EXPECT_EQ(folder.File("other.js").status, 404);
}

}  // namespace
}  // namespace keyrig::page
