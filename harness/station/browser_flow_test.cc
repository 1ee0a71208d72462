#include "harness/station/browser.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <mutex>

#include "mock-entra/http/server.h"

namespace keyrig::station {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A browser and a server whose answers each test gives by path.
class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto ca =
        http::OpenPrivateCa(std::filesystem::path(testing::TempDir()) / "keyrig_browser_ca");
    ASSERT_TRUE(ca) << ca.error().message;
    auto server =
        http::Server::Start("127.0.0.1:0", ca->server, [this](const http::Request& request) {
          const std::scoped_lock lock(mutex_);
          requests_.push_back(request);
          const auto answer = answers_.find(request.path);
          return answer == answers_.end() ? http::Html("<title>nothing here</title>", 404)
                                          : answer->second;
        });
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    browser_ = Browser::Open(server_->Port(), ca->ca_path, events_, "station", clock_).value();
  }

  std::vector<http::Request> Requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  FrozenClock clock_{Instant(std::chrono::seconds(1'796'000'000))};
  EventStream events_;
  std::mutex mutex_;
  std::map<std::string, http::Response> answers_;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Browser> browser_;
};

TEST_F(BrowserTest, ReachesOnePortWhateverTheUrlSays) {
  answers_["/"] = http::Html("<title>My Apps</title>");
  const auto page = browser_->Open("https://myapps.microsoft.com/");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->document.title, "My Apps");
  EXPECT_EQ(Requests().front().host, "myapps.microsoft.com");
}

TEST_F(BrowserTest, FollowsRedirectsOneByOneAndReportsEach) {
  answers_["/"] = http::Redirect("https://login.microsoftonline.com/next?x=1#part");
  answers_["/next"] = http::Html("<title>here</title>");
  const auto page = browser_->Open("https://myapps.microsoft.com/");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->url.Text(), "https://login.microsoftonline.com/next?x=1#part");
  std::vector<std::string> urls;
  for (const Event& event : events_.Events()) urls.emplace_back(event.Field("url"));
  EXPECT_THAT(urls, ElementsAre("https://myapps.microsoft.com/",
                                "https://login.microsoftonline.com/next?x=1"));
}

TEST_F(BrowserTest, StopsWhereItIsSentOutOfTheService) {
  answers_["/"] = http::Redirect("http://localhost/?code=very-secret-code&state=1");
  const auto page = browser_->Open("https://login.microsoftonline.com/");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->status, 0);
  EXPECT_EQ(page->url.QueryParameter("code"), "very-secret-code");
  EXPECT_EQ(Requests().size(), 1u);
}

TEST_F(BrowserTest, GivesUpOnEndlessRedirects) {
  answers_["/"] = http::Redirect("/");
  const auto page = browser_->Open("https://myapps.microsoft.com/");
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("redirects without end"));
}

TEST_F(BrowserTest, PostsAFormThatSubmitsItselfWithItsOrigin) {
  answers_["/"] = http::Html(
      "<form name=hiddenform method=post action='https://myapps.microsoft.com/in'>"
      "<input type=hidden name=id_token value='a+b c'></form>");
  answers_["/in"] = http::Html("<title>in</title>");
  const auto page = browser_->Open("https://login.microsoftonline.com/");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->document.title, "in");
  const http::Request posted = Requests().back();
  EXPECT_EQ(posted.method, "POST");
  EXPECT_EQ(posted.Form().Get("id_token"), "a+b c");
  EXPECT_EQ(posted.headers.Find("Origin"), "https://login.microsoftonline.com");
}

TEST_F(BrowserTest, KeepsCookiesOfEachHostUntilTheyAreForgotten) {
  http::Response response = http::Html("");
  response.headers.Add("Set-Cookie", "ESTSAUTH=secret-of-the-session; path=/; secure");
  answers_["/"] = response;
  const std::string login = "https://login.microsoftonline.com/";
  ASSERT_TRUE(browser_->Open(login));
  ASSERT_TRUE(browser_->Open(login));
  ASSERT_TRUE(browser_->Open("https://myapps.microsoft.com/"));
  browser_->Forget();
  ASSERT_TRUE(browser_->Open(login));
  const auto requests = Requests();
  EXPECT_EQ(requests[1].Cookie("ESTSAUTH"), "secret-of-the-session");
  EXPECT_EQ(requests[2].Cookie("ESTSAUTH"), std::nullopt);
  EXPECT_EQ(requests[3].Cookie("ESTSAUTH"), std::nullopt);
  for (const Event& event : events_.Events()) {
    for (const EventField& field : event.fields) {
      if (field.secret) continue;
      EXPECT_THAT(field.value, Not(HasSubstr("secret-of-the-session"))) << field.name;
    }
  }
}

TEST_F(BrowserTest, LeavesWhatVariesByMachineOutOfTheComparedFields) {
  http::Response response = http::Html("");
  response.headers.Set("Date", "Tue, 24 Nov 2026 07:00:00 GMT");
  answers_["/"] = response;
  ASSERT_TRUE(browser_->Open("https://myapps.microsoft.com/"));
  const Event event = events_.Events().front();
  const std::string port = std::to_string(server_->Port());
  for (const EventField& field : event.fields) {
    EXPECT_THAT(field.value, Not(HasSubstr("Date:"))) << field.name;
    EXPECT_THAT(field.value, Not(HasSubstr(port))) << field.name;
  }
}

TEST_F(BrowserTest, SaysWhatToCheckWhereNothingAnswers) {
  const std::string port = std::to_string(server_->Port());
  server_.reset();
  const auto page = browser_->Open("https://myapps.microsoft.com/");
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("Is the service up on 127.0.0.1:" + port));
}

TEST_F(BrowserTest, RefusesACaThatIsNotThere) {
  const auto browser = Browser::Open(1, "/no/such/ca.pem", events_, "station", clock_);
  ASSERT_FALSE(browser);
  EXPECT_THAT(browser.error().message, HasSubstr("/no/such/ca.pem"));
}

}  // namespace
}  // namespace keyrig::station
