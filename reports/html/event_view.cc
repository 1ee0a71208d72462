#include "reports/html/event_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

#include "reports/run_record.h"

namespace keyrig::reports {
namespace {

using Json = nlohmann::ordered_json;

struct Line {
  std::string lane;   // a class of the style sheet: http, ctap, key, service, other
  std::string label;  // what is shown of it
  std::string title;
  std::string note;
  bool bad = false;
};

std::string WithoutPrefix(std::string_view text, std::string_view prefix) {
  return std::string(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

/// "touch_wanted" as words.
std::string Words(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

/// All plain fields in one line.
std::string ShortFields(const Event& event) {
  constexpr std::size_t kMost = 120;
  std::string text;
  for (const EventField& field : event.fields) {
    if (field.secret || field.value.empty() || field.value.size() > kMost) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", Words(field.name), field.value);
  }
  return text;
}

Line LineOf(const Event& event) {
  if (event.kind == "http.exchange") {
    const std::string_view status = event.Field("status");
    const std::string_view url = event.Field("url");
    return {"http", "HTTPS",
            fmt::format("{} {}", event.Field("method"),
                        WithoutPrefix(url.substr(0, url.find('?')), "https://")),
            std::string(status), !status.starts_with('2') && !status.starts_with('3')};
  }
  if (event.kind == "ctap.transaction") {
    const std::string_view status = event.Field("status");
    return {"ctap", "CTAP", WithoutPrefix(event.Field("command"), "authenticator"),
            std::string(status), status != "OK"};
  }
  if (event.kind.starts_with("key.")) {
    return {"key", "key", Words(WithoutPrefix(event.kind, "key.")), ShortFields(event), false};
  }
  if (event.kind.starts_with("service.")) {
    return {"service", "service", Words(WithoutPrefix(event.kind, "service.")), ShortFields(event),
            event.kind == "service.refused"};
  }
  return {"other", event.source, Words(event.kind), ShortFields(event), false};
}

std::string UrlDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
                   text.data() + i + 3) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string ReadableForm(std::string_view body) {
  std::string lines;
  while (!body.empty()) {
    const std::size_t end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    const std::size_t equals = pair.find('=');
    lines += UrlDecode(pair.substr(0, equals));
    if (equals != std::string_view::npos) {
      lines += " = ";
      lines += UrlDecode(pair.substr(equals + 1));
    }
    lines += '\n';
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return lines;
}

/// CBOR in diagnostic notation, each member of the outermost map on a line of its own.
std::string ReadableDiagnostic(std::string_view text) {
  std::string lines;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    lines += c;
    if (quote != 0) {
      if (c == '\\' && i + 1 < text.size()) lines += text[++i];
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 1) {
      lines += '\n';
    }
  }
  return lines;
}

std::string ReadableField(const Event& event, const EventField& field) {
  if (field.name == "request_body")
    return ReadableBody(field.value, event.Field("request_headers"));
  if (field.name == "response_body") {
    return ReadableBody(field.value, event.Field("response_headers"));
  }
  const bool is_cbor = field.name == "request" || field.name == "response";
  return is_cbor ? ReadableDiagnostic(field.value) : field.value;
}

}  // namespace

std::string ReadableBody(std::string_view body, std::string_view headers) {
  std::string lower(headers);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower.find("application/x-www-form-urlencoded") != std::string::npos) {
    return ReadableForm(body);
  }
  const std::size_t first = body.find_first_not_of(" \r\n\t");
  if (first != std::string_view::npos && (body[first] == '{' || body[first] == '[')) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_discarded()) return json.dump(2, ' ', false, Json::error_handler_t::replace);
  }
  return std::string(body);
}

Json EventView(const Event& event) {
  const Line line = LineOf(event);
  Json details = Json::array();
  const auto add = [&](const EventField& field, const std::string& value) {
    if (value.empty()) return;
    details.push_back({{"name", Words(field.name)}, {"value", value}, {"secret", field.secret}});
  };
  for (const EventField& field : event.fields) add(field, ReadableField(event, field));
  for (const EventField& field : event.beside) {
    if (field.value != "0" && field.value != "false") add(field, field.value);
  }
  return {{"lane", line.lane},
          {"label", line.label},
          {"title", line.title},
          {"note", line.note},
          {"bad", line.bad},
          {"source", event.source},
          {"took", event.took > Duration{0} ? DurationText(event.took) : std::string()},
          {"details", details}};
}

}  // namespace keyrig::reports
