#include "harness/station/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace keyrig::station {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, UrlCleanup>;

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

int HexDigit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  const int lower = std::tolower(static_cast<unsigned char>(character));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string FormUnescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
               HexDigit(text[i + 2]) >= 0) {
      plain += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<std::string> Find(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Result<Url, Error> Url::Parse(std::string_view text) {
  const Handle handle(curl_url());
  const std::string copy(text);
  // A custom scheme or http://localhost may be a redirect URI; whether it is fetched is decided by
  // the browser.
  if (curl_url_set(handle.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return Fail(fmt::format("\"{}\" is no absolute URL.", text));
  }
  Url url;
  url.text_ = Part(handle.get(), CURLUPART_URL);
  url.scheme_ = Part(handle.get(), CURLUPART_SCHEME);
  url.host_ = Part(handle.get(), CURLUPART_HOST);
  url.port_ = Part(handle.get(), CURLUPART_PORT);
  url.path_ = Part(handle.get(), CURLUPART_PATH);
  url.query_ = Part(handle.get(), CURLUPART_QUERY);
  url.fragment_ = Part(handle.get(), CURLUPART_FRAGMENT);
  std::ranges::transform(url.host_, url.host_.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return url;
}

Result<Url, Error> Url::Resolve(std::string_view reference) const {
  const Handle handle(curl_url());
  const std::string copy(reference);
  if (curl_url_set(handle.get(), CURLUPART_URL, text_.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
          CURLUE_OK) {
    return Fail(fmt::format("\"{}\" on the page {} is no URL.", reference, text_));
  }
  return Parse(Part(handle.get(), CURLUPART_URL));
}

std::string Url::Origin() const {
  return port_.empty() ? fmt::format("{}://{}", scheme_, host_)
                       : fmt::format("{}://{}:{}", scheme_, host_, port_);
}

std::optional<std::string> Url::QueryParameter(std::string_view name) const {
  return Find(FormDecode(query_), name);
}

std::optional<std::string> Url::FragmentParameter(std::string_view name) const {
  return Find(FormDecode(fragment_), name);
}

std::string Url::WithoutFragment() const { return text_.substr(0, text_.find('#')); }

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    // RFC 3986 §2.3.
    if (std::isalnum(byte) || std::string_view("-._~").find(character) != std::string_view::npos) {
      encoded += character;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string FormEncode(const Fields& fields) {
  std::string encoded;
  for (const auto& [name, value] : fields) {
    if (!encoded.empty()) encoded += '&';
    encoded += PercentEncode(name) + '=' + PercentEncode(value);
  }
  return encoded;
}

Fields FormDecode(std::string_view encoded) {
  Fields fields;
  while (!encoded.empty()) {
    const std::string_view pair = encoded.substr(0, encoded.find('&'));
    encoded.remove_prefix(std::min(encoded.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    fields.emplace_back(
        FormUnescape(pair.substr(0, equals)),
        equals == std::string_view::npos ? "" : FormUnescape(pair.substr(equals + 1)));
  }
  return fields;
}

std::string WithQuery(std::string_view base, const Fields& fields) {
  if (fields.empty()) return std::string(base);
  const char separator = base.find('?') == std::string_view::npos ? '?' : '&';
  return fmt::format("{}{}{}", base, separator, FormEncode(fields));
}

}  // namespace keyrig::station
