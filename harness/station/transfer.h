#pragma once

#include <curl/curl.h>

#include <memory>

#include "harness/station/browser.h"

namespace keyrig::station {

/// libcurl's easy handle with its connections and cookies.
class Browser::Transfer {
 public:
  Transfer(std::uint16_t port, const std::filesystem::path& ca_path);
  /// `cookie_header` gets the cookies that were sent.
  Result<HttpResponse, Error> Run(const HttpRequest& request, bool with_cookies,
                                  std::string& cookie_header);
  void ForgetCookies();

 private:
  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using Handle = std::unique_ptr<CURL, Cleanup>;
  using List = std::unique_ptr<curl_slist, Cleanup>;
  static List Append(List list, const std::string& text);
  void Configure(CURL* handle) const;

  std::uint16_t port_;
  std::string ca_path_;
  List connect_to_;
  Handle with_cookies_;
  Handle without_cookies_;
};

}  // namespace keyrig::station
