#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace keyrig::strict_json {

/// Where something stands in a file; both count from 1.
struct Mark {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// One value of a JSON file with its place and its JSON path.
struct Node {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };
  struct Member;

  Kind kind = Kind::kNull;
  Mark mark;
  std::string path;  // "$.steps[2].sign_in"
  bool boolean = false;
  double number = 0;
  std::string text;  // of a text; a number as it was written
  std::vector<Node> items;
  std::vector<Member> members;

  const Node* Find(std::string_view name) const;
  /// "a text", "a list".
  std::string_view KindText() const;
};

struct Node::Member {
  std::string name;
  Mark mark;
  Node value;
};

/// A file that could not be read as asked: "flows/a.json:12:7: $.steps[2]: …".
Error ErrorAt(std::string_view file, Mark mark, std::string_view path, std::string_view message);

/// Reads JSON strictly: one value, no duplicate member names. `file` is only named in messages.
Result<Node, Error> ParseDocument(std::string_view file, std::string_view text);

}  // namespace keyrig::strict_json
