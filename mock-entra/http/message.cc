#include "mock-entra/http/message.h"

#include <algorithm>
#include <cctype>

namespace keyrig::http {
namespace {

char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Where an unencoded JSON object at the start of `text` ends; npos where its braces do not match.
std::size_t EndOfObject(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

Response Content(std::string_view type, std::string body, int status) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::string(type));
  response.headers.Add("Cache-Control", "no-store, no-cache");
  response.body = std::move(body);
  return response;
}

}  // namespace

void Headers::Add(std::string name, std::string value) {
  all_.emplace_back(std::move(name), std::move(value));
}

void Headers::Set(std::string name, std::string value) {
  std::erase_if(all_, [&](const auto& header) { return SameName(header.first, name); });
  Add(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(all_, [&](const auto& header) { return SameName(header.first, name); });
  if (found == all_.end()) return std::nullopt;
  return found->second;
}

Parameters Parameters::Parse(std::string_view encoded) {
  Parameters parameters;
  while (!encoded.empty()) {
    const std::size_t name_end = std::min(encoded.find_first_of("=&"), encoded.size());
    std::string name = UrlDecode(encoded.substr(0, name_end), true);
    if (name_end == encoded.size() || encoded[name_end] == '&') {
      if (!name.empty()) parameters.all_.emplace_back(std::move(name), "");
      encoded.remove_prefix(std::min(name_end + 1, encoded.size()));
      continue;
    }
    encoded.remove_prefix(name_end + 1);
    std::size_t value_end = std::min(encoded.find('&'), encoded.size());
    std::string value;
    if (const std::size_t object_end =
            encoded.starts_with('{') ? EndOfObject(encoded) : std::string_view::npos;
        object_end != std::string_view::npos &&
        (object_end == encoded.size() || encoded[object_end] == '&')) {
      value_end = object_end;
      value = encoded.substr(0, value_end);
    } else {
      value = UrlDecode(encoded.substr(0, value_end), true);
    }
    parameters.all_.emplace_back(std::move(name), std::move(value));
    encoded.remove_prefix(std::min(value_end + 1, encoded.size()));
  }
  return parameters;
}

std::optional<std::string_view> Parameters::Find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(all_, [&](const auto& parameter) { return parameter.first == name; });
  if (found == all_.end()) return std::nullopt;
  return found->second;
}

std::string Parameters::Get(std::string_view name) const {
  return std::string(Find(name).value_or(""));
}

std::optional<std::string> Request::Cookie(std::string_view name) const {
  for (const auto& [header, cookies] : headers.All()) {
    if (!SameName(header, "Cookie")) continue;
    std::string_view rest = cookies;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

Response Html(std::string body, int status) {
  return Content("text/html; charset=utf-8", std::move(body), status);
}

Response Json(std::string body, int status) {
  return Content("application/json; charset=utf-8", std::move(body), status);
}

Response Redirect(std::string location) {
  Response response = Content("text/html; charset=utf-8", "", 302);
  response.headers.Add("Location", std::move(location));
  return response;
}

Response Text(int status, std::string body) {
  return Content("text/plain; charset=utf-8", std::move(body), status);
}

std::string UrlEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
    }
  }
  return encoded;
}

std::string UrlDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
      continue;
    }
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = HexDigit(text[i + 1]);
      const auto low = HexDigit(text[i + 2]);
      if (high && low) {
        decoded += static_cast<char>(*high << 4U | *low);
        i += 2;
        continue;
      }
    }
    decoded += text[i];  // a stray '%' stays as it is, as browsers read it
  }
  return decoded;
}

std::string HtmlEscape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace keyrig::http
