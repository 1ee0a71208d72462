#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "harness/station/service_fixture.h"

namespace keyrig::station {
namespace {

/// What the proxy calls otherwise than the service does, as it stands on pages and in requests.
struct Renaming {
  std::string on_page, moved_on_page;
  std::string in_request, moved_in_request;
};

/// Renames fields and moves URLs in what the service says, and knows how to take them back.
class MovingProxy {
 public:
  explicit MovingProxy(std::vector<Renaming> renamings) : renamings_(std::move(renamings)) {}

  http::Response operator()(http::Request request, const ServiceBench::Handler& service) {
    const std::scoped_lock lock(mutex_);
    for (const Renaming& renaming : renamings_) {
      bool used = false;
      for (std::string* text : {&request.path, &request.raw_path, &request.body}) {
        used |= Replace(*text, renaming.moved_in_request, renaming.in_request);
        used |= Replace(*text, http::UrlEncode(renaming.moved_in_request),
                        http::UrlEncode(renaming.in_request));
      }
      if (used) ++followed_[renaming.moved_in_request];
    }
    http::Response response = service(request);
    for (const Renaming& renaming : renamings_) {
      Replace(response.body, renaming.on_page, renaming.moved_on_page);
    }
    return response;
  }

  /// How many requests used the new name.
  int Followed(const std::string& moved_in_request) {
    const std::scoped_lock lock(mutex_);
    return followed_[moved_in_request];
  }

 private:
  static bool Replace(std::string& text, const std::string& what, const std::string& by) {
    bool found = false;
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size())) {
      text.replace(at, what.size(), by);
      found = true;
    }
    return found;
  }

  std::vector<Renaming> renamings_;
  std::mutex mutex_;
  std::map<std::string, int> followed_;
};

void PrintTo(const Renaming& renaming, std::ostream* stream) {
  *stream << renaming.on_page << " as " << renaming.moved_on_page;
}

class MovedPagesTest : public testing::TestWithParam<Renaming> {};

TEST_P(MovedPagesTest, AreFollowed) {
  MovingProxy proxy({GetParam()});
  ServiceBench bench(7, {},
                     [&](const http::Request& request, const ServiceBench::Handler& service) {
                       return proxy(request, service);
                     });
  EXPECT_EQ(bench.Do(Enabling()), "granted");
  EXPECT_EQ(bench.Do(Registering()), "granted");
  EXPECT_EQ(bench.Do(SigningIn()), "granted");
  EXPECT_GT(proxy.Followed(GetParam().moved_in_request), 0);
}

Renaming Field(const std::string& name, const std::string& moved) {
  return {"name=\"" + name + "\"", "name=\"" + moved + "\"", name + "=", moved + "="};
}
Renaming Place(const std::string& url, const std::string& moved) {
  return {url, moved, url, moved};
}

INSTANTIATE_TEST_SUITE_P(HiddenFields, MovedPagesTest,
                         testing::Values(Field("flowToken", "ticketOfTheFlow"),
                                         Field("lmcCanary", "birdOfTheOtherDomain"),
                                         Field("postBackUrlAad", "returnAddress"),
                                         Field("hpgrequestid", "pageNumber")));

INSTANTIATE_TEST_SUITE_P(
    Urls, MovedPagesTest,
    testing::Values(Place("/common/login", "/elsewhere/enter"), Place("/kmsi", "/stay"),
                    Place("/common/GetCredentialType", "/elsewhere/howTo"),
                    Place("/common/fido/get", "/elsewhere/key/ask"),
                    Place("/fido/create", "/elsewhere/key/make"),
                    Place("/security-info", "/elsewhere-info"),
                    Place("/api/authenticationmethods/verify", "/api/elsewhere/check"),
                    Place("/oauth2/v2.0/token", "/elsewhere/v2.0/token")));

}  // namespace
}  // namespace keyrig::station
