#include "reports/html/template.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace keyrig::reports {
namespace {

using Json = nlohmann::ordered_json;

class TemplateTest : public testing::Test {
 protected:
  std::string Fill(const std::string& text, const Json& values) {
    files_["page"] = text;
    const auto filled = Template([this](std::string_view file) -> std::optional<std::string> {
                          const auto found = files_.find(std::string(file));
                          if (found == files_.end()) return std::nullopt;
                          return found->second;
                        }).Fill("page", values);
    return filled ? *filled : "error: " + filled.error().message;
  }

  std::map<std::string, std::string> files_;
};

TEST_F(TemplateTest, PutsValuesInEscaped) {
  EXPECT_EQ(Fill("a {{x}} b {{{x}}} c {{n}}{{missing}}.", {{"x", "<&>"}, {"n", 5}}),
            "a &lt;&amp;&gt; b <&> c 5.");
}

TEST_F(TemplateTest, RepeatsASectionForEachElement) {
  EXPECT_EQ(Fill("{{#list}}[{{name}} of {{owner}}]{{/list}}",
                 {{"owner", "me"}, {"list", {{{"name", "a"}}, {{"name", "b"}}}}}),
            "[a of me][b of me]");
  EXPECT_EQ(Fill("{{#list}}({{.}}){{/list}}", {{"list", {"x", "y"}}}), "(x)(y)");
}

TEST_F(TemplateTest, ShowsASectionOnlyForWhatIsThere) {
  const std::string text = "{{#x}}yes{{/x}}{{^x}}no{{/x}}";
  EXPECT_EQ(Fill(text, {{"x", true}}), "yes");
  EXPECT_EQ(Fill(text, {{"x", "text"}}), "yes");
  EXPECT_EQ(Fill(text, {{"x", 0}}), "yes");
  EXPECT_EQ(Fill(text, {{"x", false}}), "no");
  EXPECT_EQ(Fill(text, {{"x", ""}}), "no");
  EXPECT_EQ(Fill(text, {{"x", Json::array()}}), "no");
  EXPECT_EQ(Fill(text, {{"x", nullptr}}), "no");
  EXPECT_EQ(Fill(text, Json::object()), "no");
}

TEST_F(TemplateTest, NestsSectionsOfOneName) {
  EXPECT_EQ(Fill("{{#x}}<{{#x}}{{y}}{{/x}}>{{/x}}", {{"x", {{"y", "1"}}}}), "<1>");
}

TEST_F(TemplateTest, TakesOtherFilesIn) {
  files_["part"] = "part of {{name}}";
  EXPECT_EQ(Fill("a {{>part}}", {{"name", "b"}}), "a part of b");
}

TEST_F(TemplateTest, NamesWhatIsWrongWithATemplate) {
  EXPECT_EQ(Fill("{{#x}}", Json::object()), "error: page: the section x is not closed");
  EXPECT_EQ(Fill("{{/x}}", Json::object()), "error: page: x is closed, but was not opened");
  EXPECT_EQ(Fill("{{x", Json::object()), "error: page: a tag is not closed: {{x");
  EXPECT_EQ(Fill("{{>no}}", Json::object()), "error: the template no is missing");
}

}  // namespace
}  // namespace keyrig::reports
