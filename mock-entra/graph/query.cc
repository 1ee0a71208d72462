#include "mock-entra/graph/query.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "mock-entra/graph/path.h"

namespace keyrig::graph {

struct Filter::Node {
  enum class Kind { kEqual, kNotEqual, kStartsWith, kAnd, kOr, kNot };
  Kind kind = Kind::kEqual;
  std::string property, value;
  std::shared_ptr<const Node> left, right;
};

namespace {

using NodePointer = std::shared_ptr<const Filter::Node>;
using Kind = Filter::Node::Kind;

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxTop = 999;

Result<std::string, Error> KnownName(std::string_view name,
                                     const std::vector<std::string_view>& known) {
  for (const std::string_view candidate : known) {
    if (EqualWithoutCase(candidate, name)) return std::string(candidate);
  }
  return Fail("Could not find a property named '" + std::string(name) + "'.");
}

/// Recursive descent over a filter's text.
class FilterParser {
 public:
  FilterParser(std::string_view text, const std::vector<std::string_view>& known)
      : rest_(text), known_(known) {}

  Result<NodePointer, Error> Whole() {
    NodePointer node = TRY(Either(0));
    SkipSpace();
    if (!rest_.empty()) return Bad("the end");
    return node;
  }

 private:
  Result<NodePointer, Error> Either(int depth) {
    NodePointer node = TRY(Both(depth));
    while (TakeWord("or")) node = Join(Kind::kOr, node, TRY(Both(depth)));
    return node;
  }

  Result<NodePointer, Error> Both(int depth) {
    NodePointer node = TRY(Term(depth));
    while (TakeWord("and")) node = Join(Kind::kAnd, node, TRY(Term(depth)));
    return node;
  }

  Result<NodePointer, Error> Term(int depth) {
    if (depth > kMaxDepth) return Fail("Invalid filter clause: nested too deeply.");
    if (TakeWord("not")) return Join(Kind::kNot, TRY(Term(depth + 1)), nullptr);
    if (Take('(')) {
      NodePointer node = TRY(Either(depth + 1));
      if (!Take(')')) return Bad("')'");
      return node;
    }
    const std::string word = Word();
    if (EqualWithoutCase(word, "startswith") && Take('(')) {
      Filter::Node node{Kind::kStartsWith, TRY(KnownName(Word(), known_)), "", {}, {}};
      if (!Take(',')) return Bad("','");
      node.value = TRY(Literal());
      if (!Take(')')) return Bad("')'");
      return std::make_shared<Filter::Node>(std::move(node));
    }
    if (word.empty()) return Bad("a property");
    Filter::Node node{Kind::kEqual, TRY(KnownName(word, known_)), "", {}, {}};
    if (TakeWord("ne")) {
      node.kind = Kind::kNotEqual;
    } else if (!TakeWord("eq")) {
      return Bad("eq, ne or startswith()");
    }
    node.value = TRY(Literal());
    return std::make_shared<Filter::Node>(std::move(node));
  }

  Result<std::string, Error> Literal() {
    SkipSpace();
    if (!rest_.starts_with('\'')) {
      const std::string word = Word();
      if (word == "true" || word == "false") return word;
      return Bad("a quoted text, true or false");
    }
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\'') {
        if (i + 1 == rest_.size() || rest_[i + 1] != '\'') {
          rest_.remove_prefix(i + 1);
          return value;
        }
        ++i;
      }
      value += rest_[i];
    }
    return Bad("a closing quote");
  }

  static NodePointer Join(Kind kind, NodePointer left, NodePointer right) {
    return std::make_shared<Filter::Node>(
        Filter::Node{kind, "", "", std::move(left), std::move(right)});
  }

  static bool IsWordCharacter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/';
  }

  void SkipSpace() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view PeekWord() {
    SkipSpace();
    const auto end = std::ranges::find_if_not(rest_, IsWordCharacter);
    return rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  }

  std::string Word() {
    const std::string word(PeekWord());
    rest_.remove_prefix(word.size());
    return word;
  }

  bool TakeWord(std::string_view word) {
    if (!EqualWithoutCase(PeekWord(), word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool Take(char c) {
    SkipSpace();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  tl::unexpected<Error> Bad(const std::string& expected) const {
    return Fail("Invalid filter clause: expected " + expected +
                (rest_.empty() ? " at its end." : " at '" + std::string(rest_) + "'."));
  }

  std::string_view rest_;
  const std::vector<std::string_view>& known_;
};

bool Evaluate(const Filter::Node& node, const Properties& object) {
  switch (node.kind) {
    case Kind::kAnd:
      return Evaluate(*node.left, object) && Evaluate(*node.right, object);
    case Kind::kOr:
      return Evaluate(*node.left, object) || Evaluate(*node.right, object);
    case Kind::kNot:
      return !Evaluate(*node.left, object);
    case Kind::kEqual:
    case Kind::kNotEqual:
    case Kind::kStartsWith:
      break;
  }
  const auto found = object.find(node.property);
  const std::string_view value = found == object.end() ? std::string_view() : found->second;
  if (node.kind == Kind::kStartsWith) {
    return EqualWithoutCase(value.substr(0, node.value.size()), node.value);
  }
  return EqualWithoutCase(value, node.value) == (node.kind == Kind::kEqual);
}

Result<std::size_t, Error> ReadNumber(std::string_view option, std::string_view text,
                                      std::size_t minimum, std::size_t maximum) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || rest != end || number < minimum || number > maximum) {
    return Fail("Invalid value '" + std::string(text) + "' for " + std::string(option) +
                "; expected a number from " + std::to_string(minimum) + " to " +
                std::to_string(maximum) + ".");
  }
  return number;
}

}  // namespace

Result<Filter, Error> Filter::Parse(std::string_view text,
                                    const std::vector<std::string_view>& known) {
  return Filter(TRY(FilterParser(text, known).Whole()));
}

bool Filter::Holds(const Properties& object) const { return Evaluate(*root_, object); }

Result<ListQuery, Error> ListQuery::Parse(const http::Parameters& query,
                                          const std::vector<std::string_view>& known) {
  ListQuery list;
  for (const auto& [name, value] : query.All()) {
    if (name == "$filter") {
      list.filter = TRY(Filter::Parse(value, known));
    } else if (name == "$select") {
      std::string_view rest = value;
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        list.select.push_back(TRY(KnownName(rest.substr(0, end), known)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    } else if (name == "$top") {
      list.top = TRY(ReadNumber(name, value, 1, kMaxTop));
    } else if (name == "$skiptoken") {
      list.skip = TRY(ReadNumber(name, value, 0, 1'000'000));
    } else if (name == "$count") {
      if (value != "true" && value != "false") return Fail("Invalid value for $count.");
      list.count = value == "true";
    } else if (name.starts_with('$')) {
      return Fail("The query option '" + name + "' is not supported here.");
    }
  }
  return list;
}

Result<void, Error> TakesNoOptions(const http::Parameters& query) {
  for (const auto& [name, value] : query.All()) {
    if (name.starts_with('$')) {
      return Fail("The query option '" + name + "' is not supported here.");
    }
  }
  return {};
}

}  // namespace keyrig::graph
