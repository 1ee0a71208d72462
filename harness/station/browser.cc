#include "harness/station/browser.h"

#include <fmt/format.h>

#include <strings.h>
#include <algorithm>
#include <chrono>
#include <fstream>

#include "harness/station/transfer.h"

namespace keyrig::station {
namespace {

constexpr int kMostHops = 20;
// The sign-in service offers security keys only to browsers that it knows to support them.
constexpr std::string_view kUserAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36";

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What differs between two runs that are otherwise the same.
bool VariesByMachine(std::string_view header) {
  return SameName(header, "Date") || SameName(header, "Server");
}

std::string Lines(const Fields& headers, bool varying) {
  std::string lines;
  for (const auto& [name, value] : headers) {
    if (VariesByMachine(name) == varying) lines += fmt::format("{}: {}\n", name, value);
  }
  return lines;
}

bool HoldsJson(const Fields& headers) {
  return std::ranges::any_of(headers, [](const auto& header) {
    return SameName(header.first, "Content-Type") &&
           header.second.find("json") != std::string::npos;
  });
}

/// What submitting a form of `page` sends.
HttpRequest RequestOf(const Page& page, const Url& target, const HtmlForm& form) {
  HttpRequest request;
  request.headers = {{"Referer", page.url.Origin() + "/"}};
  if (form.method != "post") {
    request.url = WithQuery(target.WithoutFragment(), form.fields);
    return request;
  }
  request.method = "POST";
  request.url = target.Text();
  request.headers.emplace_back("Origin", page.url.Origin());
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = FormEncode(form.fields);
  return request;
}

void LearnCode(const Url& answer, Secrets& secrets) {
  for (const auto& code : {answer.QueryParameter("code"), answer.FragmentParameter("code")}) {
    if (code) secrets.Learn("code", *code);
  }
}

}  // namespace

std::optional<std::string_view> HttpResponse::Header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return SameName(header.first, name); });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

Result<std::unique_ptr<Browser>, Error> Browser::Open(std::uint16_t port,
                                                      const std::filesystem::path& ca_path,
                                                      EventSink& events, std::string event_source,
                                                      Clock& clock) {
  if (!std::ifstream(ca_path)) {
    return Fail(fmt::format("The CA file {} cannot be read; the service makes it when it starts.",
                            ca_path.string()));
  }
  return std::unique_ptr<Browser>(new Browser(std::make_unique<Transfer>(port, ca_path), events,
                                              std::move(event_source), clock));
}

Browser::Browser(std::unique_ptr<Transfer> transfer, EventSink& events, std::string event_source,
                 Clock& clock)
    : transfer_(std::move(transfer)),
      events_(events),
      event_source_(std::move(event_source)),
      clock_(clock) {}
Browser::~Browser() = default;

void Browser::Forget() { transfer_->ForgetCookies(); }

Result<Page, Error> Browser::Open(const std::string& url, const Page* referrer) {
  HttpRequest request{.method = "GET", .url = url, .headers = {}, .body = {}};
  if (referrer) request.headers.emplace_back("Referer", referrer->url.Origin() + "/");
  return Navigate(std::move(request));
}

Result<Page, Error> Browser::Post(const Page& from, std::string_view url, const Fields& fields) {
  HtmlForm form;
  form.action = url;
  form.method = "post";
  form.fields = fields;
  return Submit(from, form);
}

Result<Page, Error> Browser::Submit(const Page& from, const HtmlForm& form) {
  secrets_.LearnFields(form.fields);
  const Url target = TRY(from.url.Resolve(form.action));
  return Navigate(RequestOf(from, target, form));
}

Result<HttpResponse, Error> Browser::Fetch(HttpRequest request, const Page* from) {
  if (from) {
    request.url = TRY(from->url.Resolve(request.url)).Text();
    if (request.method != "GET") request.headers.emplace_back("Origin", from->url.Origin());
    request.headers.emplace_back("Referer", from->url.Origin() + "/");
  }
  return Exchange(request, from != nullptr);
}

void Browser::Note(std::string kind, std::vector<EventField> fields) {
  Event event;
  event.source = event_source_;
  event.kind = std::move(kind);
  event.at = Now();
  event.fields = secrets_.Conceal(std::move(fields));
  events_.Emit(std::move(event));
}

Result<Page, Error> Browser::Navigate(HttpRequest request) {
  for (int hop = 0; hop < kMostHops; ++hop) {
    Url here = TRY(Url::Parse(request.url));
    if (here.Scheme() != "https") {
      LearnCode(here, secrets_);
      return Page{std::move(here), 0, {}, {}};
    }
    HttpResponse response = TRY(Exchange(request, /*with_cookies=*/true));
    if (const auto location = response.Header("Location");
        IsRedirect(response.status) && location) {
      const bool keeps_method = response.status == 307 || response.status == 308;
      request.url = TRY(here.Resolve(*location)).Text();
      if (!keeps_method) request = {.method = "GET", .url = request.url, .headers = {}, .body = {}};
      continue;
    }
    Page page{std::move(here), response.status, std::move(response.body), {}};
    page.document = HtmlDocument::Parse(page.body);
    if (!page.document.submits_itself || page.document.forms.empty()) return page;
    const HtmlForm& form = page.document.forms.front();
    const Url target = TRY(page.url.Resolve(form.action));
    request = RequestOf(page, target, form);
  }
  return Fail(fmt::format("The service redirects without end; the last stop was {}.", request.url));
}

Result<HttpResponse, Error> Browser::Exchange(const HttpRequest& request, bool with_cookies) {
  const Url url = TRY(Url::Parse(request.url));
  HttpRequest sent = request;
  sent.url = url.WithoutFragment();
  sent.headers.insert(sent.headers.begin(), {"User-Agent", std::string(kUserAgent)});

  Event event;
  event.source = event_source_;
  event.kind = "http.exchange";
  event.at = clock_.Now();
  const auto begin = std::chrono::steady_clock::now();
  std::string cookies;
  const HttpResponse response = TRY(transfer_->Run(sent, with_cookies, cookies));
  event.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);

  if (!cookies.empty()) sent.headers.emplace_back("Cookie", cookies);
  if (HoldsJson(response.headers)) secrets_.LearnJson(response.body);
  // A page may carry a token or code in a form that it posts on.
  if (response.body.find("hiddenform") != std::string::npos) {
    for (const HtmlForm& form : HtmlDocument::Parse(response.body).forms) {
      secrets_.LearnFields(form.fields);
    }
  }
  for (const auto& [name, value] : response.headers) {
    if (SameName(name, "Set-Cookie")) secrets_.LearnCookie(value);
    if (!SameName(name, "Location")) continue;
    if (const auto location = url.Resolve(value)) LearnCode(*location, secrets_);
  }
  event.fields = secrets_.Conceal({{"method", sent.method},
                                   {"url", sent.url},
                                   {"request_headers", Lines(sent.headers, false)},
                                   {"request_body", sent.body},
                                   {"status", std::to_string(response.status)},
                                   {"response_headers", Lines(response.headers, false)},
                                   {"response_body", response.body}});
  event.beside = {{"response_headers", Lines(response.headers, true)}};
  events_.Emit(std::move(event));
  return response;
}

}  // namespace keyrig::station
