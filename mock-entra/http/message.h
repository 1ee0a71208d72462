#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/clock.h"

namespace keyrig::http {

/// Header names compare without case; order and duplicates (Set-Cookie) are kept.
class Headers {
 public:
  void Add(std::string name, std::string value);
  void Set(std::string name, std::string value);
  std::optional<std::string_view> Find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& All() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// Decoded name=value pairs in order; repeated names are kept.
class Parameters {
 public:
  /// application/x-www-form-urlencoded. Raw `{"…":"…"}` inside a value is accepted as it is: a real
  /// client sends assertions unencoded.
  static Parameters Parse(std::string_view encoded);
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Empty where absent.
  std::string Get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& All() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct Request {
  std::string method;    // upper case
  std::string host;      // lower case, without port
  std::string path;      // percent-decoded, no query; "/v1.0/me"
  std::string raw_path;  // as received, no query
  std::string query;     // as received, without '?'
  Headers headers;
  std::string body;

  Parameters Query() const { return Parameters::Parse(query); }
  Parameters Form() const { return Parameters::Parse(body); }
  std::optional<std::string> Cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  Duration delay{0};                     // before the first byte
  std::optional<std::size_t> cut_after;  // closes the connection after so many body bytes
};

Response Html(std::string body, int status = 200);
Response Json(std::string body, int status = 200);
Response Redirect(std::string location);  // 302
Response Text(int status, std::string body);

/// Percent-encoding of one component (RFC 3986 unreserved characters stay).
std::string UrlEncode(std::string_view text);
std::string UrlDecode(std::string_view text, bool plus_is_space);
/// For text inside HTML elements and double-quoted attributes.
std::string HtmlEscape(std::string_view text);

}  // namespace keyrig::http
