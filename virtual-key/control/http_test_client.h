#pragma once

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace keyrig::control {

/// A libcurl client of the HTTP control, for tests.
class HttpTestClient {
 public:
  struct Answer {
    long status = 0;
    std::string headers;
    std::string body;
  };

  HttpTestClient(std::string url, std::string token)
      : url_(std::move(url)), token_(std::move(token)) {}

  /// With the token, unless `headers` say something else of Authorization.
  Answer Send(const std::string& method, const std::string& path, const std::string& body = {},
              std::vector<std::string> headers = {}) const {
    if (!token_.empty()) headers.insert(headers.begin(), "Authorization: Bearer " + token_);
    Answer answer;
    CURL* const curl = curl_easy_init();
    curl_slist* lines = nullptr;
    for (const std::string& header : headers) lines = curl_slist_append(lines, header.c_str());
    curl_easy_setopt(curl, CURLOPT_URL, (url_ + path).c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Append);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
    if (method == "POST" || !body.empty()) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    const CURLcode code = curl_easy_perform(curl);
    EXPECT_EQ(code, CURLE_OK) << method << " " << path << ": " << curl_easy_strerror(code);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_slist_free_all(lines);
    curl_easy_cleanup(curl);
    return answer;
  }
  Answer Get(const std::string& path) const { return Send("GET", path); }
  Answer Post(const std::string& path, const std::string& body = {}) const {
    return Send("POST", path, body);
  }

 private:
  static std::size_t Append(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
  }

  const std::string url_;
  const std::string token_;
};

}  // namespace keyrig::control
