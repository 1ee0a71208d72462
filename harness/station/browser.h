#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/event.h"
#include "harness/base/result.h"
#include "harness/station/html.h"
#include "harness/station/secrets.h"
#include "harness/station/url.h"

namespace keyrig::station {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Fields headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  Fields headers;  // as received
  std::string body;
  /// The first header of that name, without case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

/// A page that the browser shows: where it is, what came, and what stands on it.
struct Page {
  Url url;
  int status = 0;  // 0 where the browser was sent out of the service, say to http://localhost
  std::string body;
  HtmlDocument document;
};

/// A small browser over libcurl: cookies in memory, redirects followed one by one, forms that
/// submit themselves submitted. Each exchange becomes an http.exchange event. Every connection goes
/// to one port of 127.0.0.1, whatever the URL says.
class Browser {
 public:
  static Result<std::unique_ptr<Browser>, Error> Open(std::uint16_t port,
                                                      const std::filesystem::path& ca_path,
                                                      EventSink& events, std::string event_source,
                                                      Clock& clock);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// A fresh private window: no cookies.
  void Forget();
  /// Types or follows an absolute URL. `referrer` is the page that the link was on.
  Result<Page, Error> Open(const std::string& url, const Page* referrer = nullptr);
  /// Posts fields to `url` as a form on `from` does.
  Result<Page, Error> Post(const Page& from, std::string_view url, const Fields& fields);
  /// Submits a form of `from` with what stands in it.
  Result<Page, Error> Submit(const Page& from, const HtmlForm& form);
  /// One exchange as a script of `from` does with fetch(): cookies, Origin and Referer of the page,
  /// no redirects. Without a page: as a program does, without cookies.
  Result<HttpResponse, Error> Fetch(HttpRequest request, const Page* from);

  /// Emits an event of the station in which every known secret is concealed.
  void Note(std::string kind, std::vector<EventField> fields);
  /// The time on this machine.
  Instant Now() const { return clock_.Now(); }
  /// Secrets that the station knows before they are sent.
  Secrets& KnownSecrets() { return secrets_; }

 private:
  class Transfer;
  Browser(std::unique_ptr<Transfer> transfer, EventSink& events, std::string event_source,
          Clock& clock);
  Result<Page, Error> Navigate(HttpRequest request);
  Result<HttpResponse, Error> Exchange(const HttpRequest& request, bool with_cookies);

  std::unique_ptr<Transfer> transfer_;
  EventSink& events_;
  std::string event_source_;
  Clock& clock_;
  Secrets secrets_;
};

}  // namespace keyrig::station
