#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "reports/markup.h"
#include "reports/reporter.h"
#include "reports/run_record.h"

namespace keyrig::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr Duration kMillisecond = std::chrono::milliseconds(1);

/// A run that was made by hand: one scenario that passes, one that fails, one that does not apply.
std::vector<Event> SmallRun() {
  std::vector<Event> events;
  const auto add = [&](std::string source, std::string kind, std::vector<EventField> fields,
                       Duration took = Duration{0}) {
    Event event;
    event.source = std::move(source);
    event.ordinal = events.size() + 1;
    event.kind = std::move(kind);
    event.fields = std::move(fields);
    event.at = Instant(std::chrono::seconds(1793610000));  // 2026-11-02T09:00:00Z
    event.took = took;
    events.push_back(std::move(event));
  };
  add("runner", "run.started",
      {{"keyrig", "0.1.0"},
       {"where", "guest uhid"},
       {"key", "uhid:"},
       {"seed", "7"},
       {"kernel", "Linux 6.1.0"},
       {"repeat_program", "build/release/bin/keyrig run"},
       {"repeat_arguments", "--key uhid: --seed 7"}});

  add("runner", "scenario.started",
      {{"name", "main_job"}, {"theme", "main"}, {"intent", "All of it."}, {"lab", "1 2 3"}});
  add("station", "ctap.transaction", {{"command", "authenticatorGetInfo"}, {"status", "OK"}});
  add("runner", "step.started",
      {{"index", "1"},
       {"name", "sign_in"},
       {"arguments", "adele signs in"},
       {"expected", "granted"},
       {"pin", "471100", true}});
  add("station", "http.exchange",
      {{"method", "POST"},
       {"url", "https://login.microsoft.com/common/fido/get?a=<b>"},
       {"request_headers", "Content-Type: application/x-www-form-urlencoded"},
       {"request_body", "ctx=1%2B1&canary=x"},
       {"status", "200"},
       {"response_headers", "Content-Type: text/html"},
       {"response_body", "<script>alert(1)</script>"},
       {"access_token", "eyJ-very-secret", true}},
      12 * kMillisecond);
  add("station", "ctap.transaction",
      {{"command", "authenticatorGetAssertion"},
       {"request", "{1: \"login.microsoft.com\"}"},
       {"status", "PIN_INVALID"}});
  add("key", "key.pin_wrong", {{"retries", "7"}});
  add("runner", "step.finished",
      {{"index", "1"}, {"name", "sign_in"}, {"outcome", "granted"}, {"result", "passed"}},
      20 * kMillisecond);
  add("runner", "scenario.finished", {{"name", "main_job"}, {"outcome", "passed"}, {"message", ""}},
      25 * kMillisecond);

  add("runner", "scenario.started",
      {{"name", "red_one"}, {"theme", "policy"}, {"intent", "Fails."}, {"lab", "2"}});
  add("runner", "step.started",
      {{"index", "1"},
       {"name", "register_key"},
       {"arguments", "adele registers <key>"},
       {"expected", "security_info 7"}});
  add("runner", "step.finished",
      {{"index", "1"}, {"name", "register_key"}, {"outcome", "granted"}, {"result", "failed"}},
      kMillisecond);
  add("runner", "scenario.finished",
      {{"name", "red_one"},
       {"outcome", "failed"},
       {"message", "step 1 register_key: expected security_info 7 & got \"granted\""}},
      2 * kMillisecond);

  add("runner", "scenario.started",
      {{"name", "elsewhere"}, {"theme", "policy"}, {"intent", "Not here."}, {"lab", ""}});
  add("runner", "scenario.finished",
      {{"name", "elsewhere"}, {"outcome", "not applicable"}, {"message", "no such key"}});
  add("runner", "run.finished", {}, 3000 * kMillisecond);
  return events;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_);
  }
  ~ReportTest() override { fs::remove_all(folder_); }

  static void Feed(Reporter& reporter, const std::vector<Event>& events = SmallRun()) {
    for (const Event& event : events) reporter.Receive(event);
    const auto finished = reporter.Finish();
    ASSERT_TRUE(finished) << finished.error().message;
  }

  std::string HtmlOf(const std::vector<Event>& events = SmallRun()) {
    Feed(*HtmlReport(folder_ / "index.html"), events);
    return ReadFile(folder_ / "index.html");
  }

  fs::path folder_;
};

/// An element of the little XML that the JUnit report is: enough of a parser to judge it.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;
  std::vector<Element> children;

  std::vector<const Element*> All(const std::string& wanted) const {
    std::vector<const Element*> found;
    for (const Element& child : children) {
      if (child.name == wanted) found.push_back(&child);
      for (const Element* below : child.All(wanted)) found.push_back(below);
    }
    return found;
  }
};

std::string Unescape(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
  for (const auto& [entity, plain] : entities) {
    text = std::regex_replace(text, std::regex(entity), plain);
  }
  return text;
}

/// Parses the element that begins at `at`; fails the test where the XML is not well formed.
Element ParseXml(const std::string& xml, std::size_t& at) {
  Element element;
  std::smatch match;
  const std::regex open(R"(^<([\w-]+)((?: [\w:]+="[^"<]*")*)(/?)>)");
  const std::string rest = xml.substr(at);
  if (!std::regex_search(rest, match, open)) {
    ADD_FAILURE() << "no element at: " << rest.substr(0, 60);
    at = xml.size();
    return element;
  }
  at += static_cast<std::size_t>(match.length());
  element.name = match[1];
  const std::string attributes = match[2];
  const std::regex attribute(R"re(([\w:]+)="([^"]*)")re");
  for (std::sregex_iterator each(attributes.begin(), attributes.end(), attribute), end; each != end;
       ++each) {
    element.attributes[(*each)[1]] = Unescape((*each)[2]);
  }
  if (match[3].length() > 0) return element;
  const std::string closing = "</" + element.name + ">";
  while (at < xml.size()) {
    const std::size_t next = xml.find('<', at);
    if (next == std::string::npos) break;
    element.text += Unescape(xml.substr(at, next - at));
    at = next;
    if (xml.compare(at, closing.size(), closing) == 0) {
      at += closing.size();
      return element;
    }
    element.children.push_back(ParseXml(xml, at));
  }
  ADD_FAILURE() << closing << " is missing";
  return element;
}

TEST_F(ReportTest, JunitCanBeParsedBack) {
  Feed(*JunitReport(folder_ / "junit.xml"));
  const std::string xml = ReadFile(folder_ / "junit.xml");
  ASSERT_THAT(xml, testing::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
  std::size_t at = xml.find('\n') + 1;
  const Element root = ParseXml(xml, at);
  EXPECT_EQ(root.name, "testsuites");
  EXPECT_EQ(root.attributes.at("tests"), "3");
  EXPECT_EQ(root.attributes.at("failures"), "1");
  EXPECT_EQ(root.attributes.at("skipped"), "1");
  EXPECT_EQ(root.attributes.at("time"), "3.000");

  const auto suites = root.All("testsuite");
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_EQ(suites[0]->attributes.at("name"), "main");
  EXPECT_EQ(suites[0]->attributes.at("timestamp"), "2026-11-02T09:00:00.000Z");
  EXPECT_EQ(suites[1]->attributes.at("tests"), "2");
  EXPECT_EQ(suites[1]->attributes.at("skipped"), "1");

  const auto cases = root.All("testcase");
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_EQ(cases[0]->attributes.at("classname"), "main");
  EXPECT_EQ(cases[0]->attributes.at("name"), "main_job");
  EXPECT_EQ(cases[0]->attributes.at("time"), "0.025");
  EXPECT_TRUE(cases[0]->All("failure").empty());

  const auto failures = cases[1]->All("failure");
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0]->attributes.at("message"),
            "step 1 register_key: expected security_info 7 & got \"granted\"");
  EXPECT_THAT(failures[0]->text,
              HasSubstr("build/release/bin/keyrig run red_one --key uhid: --seed 7"));
  EXPECT_EQ(cases[1]->All("system-out").at(0)->text,
            "FAIL 1 adele registers <key>: granted (1 ms), expected security_info 7\n");
  EXPECT_EQ(cases[2]->All("skipped").at(0)->attributes.at("message"),
            "not applicable: no such key");
  EXPECT_THAT(xml, Not(HasSubstr("471100")));
}

TEST_F(ReportTest, HtmlPutsTheVerdictOnTheLabFirst) {
  const std::string html = HtmlOf();
  const std::size_t lab = html.find("class=\"lab\"");
  const std::size_t summary = html.find("class=\"summary\"");
  ASSERT_NE(lab, std::string::npos);
  EXPECT_LT(lab, summary);
  EXPECT_THAT(html, HasSubstr("<h1>1 of 2 scenarios failed</h1>"));
  EXPECT_THAT(html, HasSubstr("A user could not register a security key"));
  EXPECT_THAT(html, HasSubstr("The user can sign in with the key"));
}

TEST_F(ReportTest, HtmlNamesTheDeviceAndHowToRepeatAFailure) {
  const std::string html = HtmlOf();
  EXPECT_THAT(html, HasSubstr("<dt>Key</dt><dd>guest uhid (uhid:)</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>Seed</dt><dd>7</dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>Kernel</dt><dd>Linux 6.1.0</dd>"));
  EXPECT_THAT(html, HasSubstr("<code>build/release/bin/keyrig run red_one --key uhid: --seed 7"
                              "</code>"));
  EXPECT_THAT(html, HasSubstr("expected security_info 7 &amp; got &quot;granted&quot;"));
}

TEST_F(ReportTest, HtmlEscapesWhatItWasTold) {
  const std::string html = HtmlOf();
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("adele registers &lt;key&gt;"));
  EXPECT_THAT(html, HasSubstr("https://login.microsoft.com/common/fido/get?a=&lt;b&gt;"));
}

TEST_F(ReportTest, HtmlMasksSecrets) {
  const std::string html = HtmlOf();
  for (const std::string secret : {"471100", "eyJ-very-secret"}) {
    const std::size_t at = html.find(secret);
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(html.find(secret, at + 1), std::string::npos) << secret << " stands there twice";
    const std::size_t mask = html.rfind("<details class=\"secret\">", at);
    ASSERT_NE(mask, std::string::npos);
    EXPECT_EQ(html.substr(mask, at - mask).find("</details>"), std::string::npos)
        << secret << " is not behind a mask";
  }
}

TEST_F(ReportTest, HtmlDecodesFormsAndNeedsNothingElse) {
  const std::string html = HtmlOf();
  EXPECT_THAT(html, HasSubstr("ctx = 1+1\ncanary = x\n"));
  EXPECT_FALSE(std::regex_search(html, std::regex(R"((src|href)="(https?:)?//)")));
  EXPECT_THAT(html, Not(HasSubstr("{{")));
}

TEST_F(ReportTest, HtmlShowsWhatAKeyRefused) {
  EXPECT_THAT(HtmlOf(), testing::ContainsRegex(
                            "class=\"event ctap bad\"[^\n]*\n[^\n]*GetAssertion[^\n]*PIN_INVALID"));
}

std::vector<nlohmann::json> LinesOf(const fs::path& file) {
  std::istringstream text(ReadFile(file));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST_F(ReportTest, JsonLinesAreTheStreamItself) {
  auto report = JsonLinesReport(folder_ / "events.jsonl");
  ASSERT_TRUE(report) << report.error().message;
  Feed(**report);
  const std::vector<nlohmann::json> events = LinesOf(folder_ / "events.jsonl");
  ASSERT_EQ(events.size(), SmallRun().size());
  EXPECT_EQ(events[0]["kind"], "run.started");
  EXPECT_EQ(events[3]["fields"][4]["value"], "471100");
  EXPECT_EQ(events[3]["fields"][4]["secret"], true);
}

TEST_F(ReportTest, WhatIsNeverAlikeStandsInAFileOfItsOwn) {
  const auto written = [&](Duration later) {
    std::vector<Event> run = SmallRun();
    for (Event& event : run) {
      event.at += later;
      event.took += later;
      event.beside = {{"keepalives", std::to_string(later.count())}};
    }
    Feed(**JsonLinesReport(folder_ / "events.jsonl"), run);
    Feed(**TimesReport(folder_ / "times.jsonl"), run);
    return ReadFile(folder_ / "events.jsonl");
  };
  const std::string once = written(Duration{0});
  EXPECT_EQ(once, written(std::chrono::seconds(1)));
  const std::vector<nlohmann::json> times = LinesOf(folder_ / "times.jsonl");
  ASSERT_EQ(times.size(), SmallRun().size());
  EXPECT_EQ(times[4]["source"], "station");
  EXPECT_EQ(times[4]["ordinal"], 5);
  EXPECT_EQ(times[4]["at"], "2026-11-02T09:00:01.000Z");
  EXPECT_EQ(times[4]["took_us"], 1012000);
  EXPECT_EQ(times[4]["beside"][0]["name"], "keepalives");
}

TEST_F(ReportTest, JsonLinesNameAFileThatCannotBeWritten) {
  const auto report = JsonLinesReport(folder_ / "no/such/folder/events.jsonl");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("no/such/folder/events.jsonl cannot be written"));
}

TEST_F(ReportTest, ConsoleShowsALineForEachStep) {
  std::ostringstream out;
  Feed(*ConsoleReport(out, {}));
  EXPECT_EQ(
      out.str(),
      "keyrig 0.1.0   key uhid: (guest uhid)   seed 7\n"
      "\n"
      "main_job  All of it.\n"
      "  1  adele signs in .................................................. granted  20 ms\n"
      "\n"
      "red_one  Fails.\n"
      "  1  adele registers <key> ........................................... granted  1 ms\n"
      "  failed: step 1 register_key: expected security_info 7 & got \"granted\"\n"
      "  repeat with: build/release/bin/keyrig run red_one --key uhid: --seed 7\n"
      "\n"
      "elsewhere  Not here.\n"
      "  not applicable: no such key\n"
      "\n"
      "1 passed, 1 failed, 1 not applicable in 3.0 s\n");
}

TEST_F(ReportTest, ConsoleLeavesRoomForAPrompt) {
  std::ostringstream out;
  ConsoleStyle style;
  style.shared = true;
  Feed(*ConsoleReport(out, style));
  EXPECT_THAT(out.str(), testing::ContainsRegex("\n  1  adele signs in\n     \\.+ granted  20 ms"));
}

TEST_F(ReportTest, AScenarioThatBrokeOffHasFailed) {
  std::vector<Event> events = SmallRun();
  events.resize(5);  // the crash is in the first step
  RunRecorder recorder;
  for (const Event& event : events) recorder.Receive(event);
  const RunRecord& run = recorder.Record();
  ASSERT_EQ(run.scenarios.size(), 1u);
  EXPECT_EQ(run.scenarios[0].verdict, "failed");
  EXPECT_THAT(run.scenarios[0].message, HasSubstr("broke off"));
  EXPECT_THAT(HtmlOf(events), HasSubstr("broke off"));
}

/// The lab verdict of one failed scenario whose steps ended so.
LabVerdict LabAfter(const std::string& lab_step,
                    const std::vector<std::pair<std::string, bool>>& steps) {
  RunRecord run;
  ScenarioRecord& scenario = run.scenarios.emplace_back();
  scenario.lab = {"1", "2", "3"};
  for (const auto& [name, passed] : steps) {
    StepRecord& step = scenario.steps.emplace_back();
    step.name = name;
    step.passed = passed;
    step.outcome = "granted";
  }
  return run.Lab(lab_step);
}

TEST(LabTest, AFailureCountsAgainstTheStepThatFailed) {
  const std::vector<std::pair<std::string, bool>> steps = {{"enable_security_keys", true},
                                                           {"register_key", false}};
  EXPECT_EQ(LabAfter("1", steps), LabVerdict::kProved);
  EXPECT_EQ(LabAfter("2", steps), LabVerdict::kFailed);
  EXPECT_EQ(LabAfter("3", steps), LabVerdict::kNotShown);
}

TEST(LabTest, NothingIsShownWithoutAScenario) {
  EXPECT_EQ(RunRecord().Lab("1"), LabVerdict::kNotShown);
}

TEST(MarkupTest, EscapesWhatMarkupWouldRead) {
  EXPECT_EQ(EscapeMarkup("a<b>&\"c\"\n"), "a&lt;b&gt;&amp;&quot;c&quot;\n");
  EXPECT_EQ(EscapeMarkup("Zoë ✓"), "Zoë ✓");
  EXPECT_EQ(EscapeMarkup(std::string_view("\0\x1b", 2)), "␀␛");
  EXPECT_EQ(EscapeMarkup("\xff\xc3x"), "��x");
}

TEST(DurationTextTest, UsesTheUnitThatReadsBest) {
  EXPECT_EQ(DurationText(Duration{400}), "0.4 ms");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(12)), "12 ms");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(1449)), "1.4 s");
  EXPECT_EQ(DurationText(std::chrono::seconds(125)), "2 min 5 s");
}

}  // namespace
}  // namespace keyrig::reports
