#include "harness/base/object_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/base/nearest.h"

namespace keyrig::strict_json {

Result<ObjectReader, Error> ObjectReader::Open(std::string_view file, const Node& node,
                                               std::initializer_list<std::string_view> allowed) {
  return Open(file, node, std::vector<std::string>(allowed.begin(), allowed.end()));
}

Result<ObjectReader, Error> ObjectReader::Open(std::string_view file, const Node& node,
                                               const std::vector<std::string>& names) {
  const ObjectReader reader(file, node);
  if (node.kind != Node::Kind::kObject) {
    return reader.Refuse(
        node, fmt::format("expected an object with {}, found {}",
                          names.empty() ? "no members" : fmt::format("{}", fmt::join(names, ", ")),
                          node.KindText()));
  }
  for (const Node::Member& member : node.members) {
    if (member.name == "$comment") {
      TRY(reader.Text(member.value));
    } else if (std::ranges::find(names, member.name) == names.end()) {
      return reader.Refuse(
          node, member.mark,
          names.empty() ? fmt::format("unknown member \"{}\"; nothing is allowed here", member.name)
                        : fmt::format("unknown member \"{}\"; {}", member.name,
                                      Suggestion(member.name, names)));
    }
  }
  return reader;
}

Result<const Node*, Error> ObjectReader::Require(std::string_view name) const {
  const Node* found = node_->Find(name);
  if (found == nullptr) return Refuse(*node_, fmt::format("the member \"{}\" is missing", name));
  return found;
}

Result<std::string, Error> ObjectReader::Text(const Node& node) const {
  if (node.kind != Node::Kind::kText) {
    return Refuse(node, fmt::format("expected a text, found {}", node.KindText()));
  }
  if (node.text.empty()) return Refuse(node, "expected a text that is not empty");
  return node.text;
}

Result<std::string, Error> ObjectReader::Word(const Node& node,
                                              const std::vector<std::string>& words) const {
  std::string word = TRY(Text(node));
  if (std::ranges::find(words, word) == words.end()) {
    return Refuse(node, fmt::format("\"{}\" is not known; {}", word, Suggestion(word, words)));
  }
  return word;
}

Result<bool, Error> ObjectReader::Bool(const Node& node) const {
  if (node.kind != Node::Kind::kBool) {
    return Refuse(node, fmt::format("expected true or false, found {}", node.KindText()));
  }
  return node.boolean;
}

Result<int, Error> ObjectReader::Number(const Node& node, int least, int most) const {
  if (node.kind != Node::Kind::kNumber) {
    return Refuse(node, fmt::format("expected a number, found {}", node.KindText()));
  }
  if (node.number != std::floor(node.number) || node.number < least || node.number > most) {
    return Refuse(node, fmt::format("expected a whole number from {} to {}, found {}", least, most,
                                    node.text));
  }
  return static_cast<int>(node.number);
}

Result<std::vector<std::string>, Error> ObjectReader::Texts(
    const Node& node, const std::vector<std::string>& words) const {
  if (node.kind != Node::Kind::kList) {
    return Refuse(node, fmt::format("expected a list of texts, found {}", node.KindText()));
  }
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    std::string text = TRY(words.empty() ? Text(item) : Word(item, words));
    if (std::ranges::find(texts, text) != texts.end()) {
      return Refuse(item, fmt::format("\"{}\" is there twice", text));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<Aaguid, Error> ObjectReader::ReadAaguid(const Node& node) const {
  const std::string text = TRY(Text(node));
  const auto aaguid = Aaguid::Parse(text);
  if (!aaguid || aaguid->Text() != text) {
    return Refuse(node, fmt::format("\"{}\" is no AAGUID; expected lower case such as "
                                    "2fc0579f-8113-47ea-b116-bb5a8db9202a",
                                    text));
  }
  return *aaguid;
}

tl::unexpected<Error> ObjectReader::Refuse(const Node& node, std::string_view message) const {
  return Refuse(node, node.mark, message);
}

tl::unexpected<Error> ObjectReader::Refuse(const Node& node, Mark mark,
                                           std::string_view message) const {
  return Err(ErrorAt(file_, mark, node.path, message));
}

}  // namespace keyrig::strict_json
