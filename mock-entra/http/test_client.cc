#include "mock-entra/http/test_client.h"

#include <curl/curl.h>
#include <poll.h>

#include <array>

namespace keyrig::http {
namespace {

std::size_t AppendBody(char* data, std::size_t size, std::size_t count, void* answer) {
  static_cast<TestClient::Answer*>(answer)->body.append(data, size * count);
  return size * count;
}

std::size_t AddHeader(char* data, std::size_t size, std::size_t count, void* answer) {
  std::string_view line(data, size * count);
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) {
    static_cast<TestClient::Answer*>(answer)->headers.Add(std::string(line.substr(0, colon)),
                                                          std::string(line.substr(colon + 2)));
  }
  return size * count;
}

}  // namespace

TestClient::TestClient(std::uint16_t port, const std::filesystem::path& ca_path)
    : connect_to_("::127.0.0.1:" + std::to_string(port)),
      ca_path_(ca_path.string()),
      curl_(curl_easy_init()) {}

TestClient::~TestClient() { curl_easy_cleanup(curl_); }

TestClient::Answer TestClient::Send(const std::string& method, const std::string& url,
                                    const std::vector<std::string>& headers,
                                    const std::string& body) {
  Answer answer;
  curl_slist* connect_to = curl_slist_append(nullptr, connect_to_.c_str());
  curl_slist* lines = nullptr;
  for (const std::string& header : headers) lines = curl_slist_append(lines, header.c_str());
  curl_easy_reset(curl_);
  curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl_, CURLOPT_CONNECT_TO, connect_to);
  curl_easy_setopt(curl_, CURLOPT_CAINFO, ca_path_.c_str());
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &AppendBody);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &AddHeader);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &answer);
  if (method == "HEAD") {
    curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  } else if (!body.empty()) {
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, lines);
  answer.curl_code = curl_easy_perform(curl_);
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &answer.new_connections);
  answer.status = static_cast<int>(status);
  curl_slist_free_all(lines);
  curl_slist_free_all(connect_to);
  return answer;
}

std::string TestClient::Raw(const std::string& bytes) {
  CURL* const curl = curl_easy_init();
  curl_slist* connect_to = curl_slist_append(nullptr, connect_to_.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, "https://localhost/");
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to);
  curl_easy_setopt(curl, CURLOPT_CAINFO, ca_path_.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  std::string received;
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    std::size_t sent = 0;
    bool open = true;
    while (open) {
      std::size_t count = 0;
      if (sent < bytes.size()) {
        const CURLcode code =
            curl_easy_send(curl, bytes.data() + sent, bytes.size() - sent, &count);
        sent += count;
        if (code != CURLE_OK && code != CURLE_AGAIN) sent = bytes.size();  // the server closed
      }
      std::array<char, 4096> buffer{};
      const CURLcode code = curl_easy_recv(curl, buffer.data(), buffer.size(), &count);
      if (code == CURLE_OK && count > 0) received.append(buffer.data(), count);
      open = code == CURLE_AGAIN || (code == CURLE_OK && count > 0);
      if (code == CURLE_AGAIN) {
        pollfd descriptor{socket, POLLIN, 0};
        if (::poll(&descriptor, 1, sent < bytes.size() ? 1 : 10'000) == 0 && sent == bytes.size()) {
          open = false;
        }
      }
    }
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(connect_to);
  return received;
}

}  // namespace keyrig::http
