#include "harness/station/transfer.h"

#include <fmt/format.h>

#include <utility>

namespace keyrig::station {
namespace {

constexpr long kTimeoutSeconds = 60;

std::size_t AppendBody(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

std::size_t AppendHeader(char* data, std::size_t size, std::size_t count, void* headers) {
  auto& list = *static_cast<Fields*>(headers);
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) list.clear();  // an interim answer came before
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    list.emplace_back(line.substr(0, colon), value);
  }
  return size * count;
}

// libcurl tells what it really sent; of that, the cookies are wanted.
int KeepCookies(CURL*, curl_infotype kind, char* data, std::size_t size, void* cookies) {
  constexpr std::string_view kName = "\r\nCookie: ";
  if (kind != CURLINFO_HEADER_OUT) return 0;
  const std::string_view sent(data, size);
  if (const std::size_t at = sent.find(kName); at != std::string_view::npos) {
    const std::size_t begin = at + kName.size();
    *static_cast<std::string*>(cookies) = sent.substr(begin, sent.find("\r\n", begin) - begin);
  }
  return 0;
}

}  // namespace

Browser::Transfer::Transfer(std::uint16_t port, const std::filesystem::path& ca_path)
    : port_(port),
      ca_path_(ca_path.string()),
      // An empty host and port stand for all: no name is ever looked up.
      connect_to_(Append({}, fmt::format("::127.0.0.1:{}", port))) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
  with_cookies_.reset(curl_easy_init());
  without_cookies_.reset(curl_easy_init());
  Configure(with_cookies_.get());
  Configure(without_cookies_.get());
  curl_easy_setopt(with_cookies_.get(), CURLOPT_COOKIEFILE, "");
}

Browser::Transfer::List Browser::Transfer::Append(List list, const std::string& text) {
  curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
  static_cast<void>(list.release());
  return List(longer);
}

void Browser::Transfer::Configure(CURL* handle) const {
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, connect_to_.get());
  // A proxy of the environment would look the name up.
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle, CURLOPT_CAINFO, ca_path_.c_str());
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, AppendBody);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, AppendHeader);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, KeepCookies);
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}

Result<HttpResponse, Error> Browser::Transfer::Run(const HttpRequest& request, bool with_cookies,
                                                   std::string& cookie_header) {
  CURL* const handle = with_cookies ? with_cookies_.get() : without_cookies_.get();
  HttpResponse response;
  List headers;
  for (const auto& [name, value] : request.headers) {
    headers = Append(std::move(headers), fmt::format("{}: {}", name, value));
  }
  headers = Append(std::move(headers), "Expect:");  // no pause before a body
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, nullptr);
  if (request.method != "GET") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &response.headers);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, &cookie_header);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) {
    return Fail(fmt::format(
        "{} {} failed: {}. Is the service up on 127.0.0.1:{}, and is {} its CA?", request.method,
        request.url, *reason ? reason : curl_easy_strerror(code), port_, ca_path_));
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

void Browser::Transfer::ForgetCookies() {
  curl_easy_setopt(with_cookies_.get(), CURLOPT_COOKIELIST, "ALL");
}

}  // namespace keyrig::station
