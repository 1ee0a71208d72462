#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mock-entra/http/message.h"

namespace keyrig::http {

/// A libcurl client for tests that knows the service by its real names: trusts one CA file and
/// connects to one local port whatever the URL says. Keeps connections between requests.
class TestClient {
 public:
  struct Answer {
    int curl_code = 0;  // CURLE_OK is 0
    int status = 0;
    Headers headers;
    std::string body;
    long new_connections = 0;  // 0 where a kept one was used again
  };

  TestClient(std::uint16_t port, const std::filesystem::path& ca_path);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  Answer Send(const std::string& method, const std::string& url,
              const std::vector<std::string>& headers = {}, const std::string& body = "");
  Answer Get(const std::string& url) { return Send("GET", url); }
  /// Sends bytes as they are over TLS and returns what comes back until the server closes.
  std::string Raw(const std::string& bytes);

 private:
  std::string connect_to_;
  std::string ca_path_;
  void* curl_;
};

}  // namespace keyrig::http
