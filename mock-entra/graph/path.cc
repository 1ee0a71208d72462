#include "mock-entra/graph/path.h"

#include <algorithm>
#include <cctype>

namespace keyrig::graph {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The text between single quotes, in which a quote is written twice (OData 4.01 ABNF, string).
std::optional<std::string> Unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') {
      if (i + 1 == text.size() || text[i + 1] != '\'') return std::nullopt;
      ++i;
    }
    value += text[i];
  }
  return value;
}

Result<void, Error> AddSegment(const std::string& text, Path& path) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) {
    path.segments.push_back({.text = text, .arguments = {}, .is_call = false});
    return {};
  }
  if (!text.ends_with(')') || open == 0) {
    return Fail("Bad Request - Error in query syntax: unbalanced parentheses in '" + text + "'.");
  }
  const std::string name = text.substr(0, open);
  const std::string inside = text.substr(open + 1, text.size() - open - 2);
  if (const auto key = Unquote(inside)) {
    path.segments.push_back({.text = name, .arguments = {}, .is_call = false});
    path.segments.push_back({.text = *key, .arguments = {}, .is_call = false});
    return {};
  }
  std::string parameters = inside;
  std::ranges::replace(parameters, ',', '&');
  http::Parameters arguments = http::Parameters::Parse(parameters);
  const bool all_named = std::ranges::all_of(
      Split(parameters, '&'), [](std::string_view part) { return part.find('=') != part.npos; });
  if (!inside.empty() && !all_named) {
    return Fail("Bad Request - Error in query syntax: '" + inside +
                "' is neither a quoted key nor named arguments.");
  }
  path.segments.push_back({.text = name, .arguments = std::move(arguments), .is_call = true});
  return {};
}

}  // namespace

bool EqualWithoutCase(std::string_view a, std::string_view b) {
  constexpr auto kLower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, kLower, kLower);
}

Result<Path, Error> Path::Parse(std::string_view raw_path) {
  Path path;
  bool first = true;
  for (const std::string_view part : Split(raw_path, '/')) {
    if (part.empty()) continue;  // the leading slash, doubled and trailing ones
    const std::string text = http::UrlDecode(part, false);
    if (first) {
      first = false;
      if (!EqualWithoutCase(text, "v1.0") && !EqualWithoutCase(text, "beta")) {
        return Fail("Invalid version: " + text + ".");
      }
      path.version = EqualWithoutCase(text, "beta") ? "beta" : "v1.0";
      continue;
    }
    TRY(AddSegment(text, path));
  }
  if (first) return Fail("The path does not start with an API version, v1.0 or beta.");
  return path;
}

std::optional<std::vector<std::string>> Match(const Path& path, std::string_view pattern) {
  const auto names = Split(pattern, '/');
  if (names.size() != path.segments.size()) return std::nullopt;
  std::vector<std::string> captured;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Path::Segment& segment = path.segments[i];
    if (names[i] == "{}") {
      if (segment.is_call) return std::nullopt;
      captured.push_back(segment.text);
    } else if (!EqualWithoutCase(names[i], segment.text)) {
      return std::nullopt;
    }
  }
  return captured;
}

}  // namespace keyrig::graph
