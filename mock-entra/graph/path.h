#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "mock-entra/http/message.h"

namespace keyrig::graph {

/// A request's path as OData reads it: the API version, then segments. A key in parentheses,
/// users('adele'), reads as a segment of its own, users/adele.
struct Path {
  /// One step of the path; `arguments` are those of a function, creationOptions(minutes=5).
  struct Segment {
    std::string text;
    http::Parameters arguments;
    bool is_call = false;  // had parentheses with named arguments or none
  };
  std::string version;  // "v1.0" or "beta"
  std::vector<Segment> segments;

  bool IsBeta() const { return version == "beta"; }
  /// An error tells what is wrong, in the words of a Graph message.
  static Result<Path, Error> Parse(std::string_view raw_path);
};

/// The segments that stand for {} in `pattern` ("users/{}/memberOf"), if the path fits it. Names
/// compare without case.
std::optional<std::vector<std::string>> Match(const Path& path, std::string_view pattern);

bool EqualWithoutCase(std::string_view a, std::string_view b);

}  // namespace keyrig::graph
