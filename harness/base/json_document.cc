#include "harness/base/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace keyrig::strict_json {
namespace {

using Json = nlohmann::json;

/// Far more than any file of keyrig's has; paths and stacks stay short.
constexpr std::size_t kDeepest = 64;

/// Walks a text and tells the parser's handler how far the lexer has come.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  std::size_t* consumed_;
};

Mark MarkAt(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const std::size_t newline = before.rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {lines + 1, offset - begin + 1};
}

/// Builds the tree; stops at the first duplicate name.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string_view file, std::string_view text, const std::size_t& consumed)
      : file_(file), text_(text), consumed_(consumed) {}

  bool null() override { return Add(Node::Kind::kNull, consumed_ - 4) != nullptr; }
  bool boolean(bool value) override {
    Add(Node::Kind::kBool, consumed_ - (value ? 4 : 5))->boolean = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return AddNumber(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return AddNumber(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return AddNumber(value); }
  bool string(string_t& value) override {
    Add(Node::Kind::kText, StartOfText())->text = std::move(value);
    return true;
  }
  bool binary(binary_t&) override { return false; }  // not part of JSON text
  bool start_object(std::size_t) override { return Open(Node::Kind::kObject); }
  bool key(string_t& name) override {
    Node& object = *open_.back();
    const Mark mark = MarkAt(text_, StartOfText());
    if (const Node* first = object.Find(name)) {
      error_ = ErrorAt(
          file_, mark, object.path,
          fmt::format("\"{}\" is there twice; the first is in line {}", name, first->mark.line));
      return false;
    }
    object.members.push_back({name, mark, {}});
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Node::Kind::kList); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception&) override {
    const std::size_t offset = std::min(position == 0 ? 0 : position - 1, text_.size());
    const std::string path = open_.empty() ? "$" : open_.back()->path;
    error_ = ErrorAt(file_, MarkAt(text_, offset), path,
                     token.empty() || token == "<EOF>" || offset >= text_.size()
                         ? std::string("the JSON ends too early")
                         : fmt::format("this is not JSON at \"{}\"", token));
    return false;
  }

  Result<Node, Error> Take() && {
    if (error_) return Err(*std::move(error_));
    return std::move(root_);
  }

 private:
  bool Open(Node::Kind kind) {
    if (open_.size() == kDeepest) {
      error_ = ErrorAt(file_, MarkAt(text_, consumed_ - 1), open_.back()->path,
                       fmt::format("nested more than {} deep", kDeepest));
      return false;
    }
    open_.push_back(Add(kind, consumed_ - 1));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool AddNumber(double value) {
    // The lexer has looked at the character behind a number, unless the text ends there.
    constexpr std::string_view kCharacters = "0123456789+-.eE";
    std::size_t end = consumed_;
    if (end > 0 && kCharacters.find(text_[end - 1]) == std::string_view::npos) --end;
    std::size_t begin = end;
    while (begin > 0 && kCharacters.find(text_[begin - 1]) != std::string_view::npos) --begin;
    Node* node = Add(Node::Kind::kNumber, begin);
    node->number = value;
    node->text = text_.substr(begin, end - begin);
    return true;
  }

  /// The offset of the opening quote of the text that the lexer has just left.
  std::size_t StartOfText() const {
    std::size_t at = consumed_ - 1;  // the closing quote
    while (at > 0) {
      --at;
      if (text_[at] != '"') continue;
      std::size_t backslashes = 0;
      while (backslashes < at && text_[at - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) return at;
    }
    return 0;
  }

  Node* Add(Node::Kind kind, std::size_t offset) {
    Node node;
    node.kind = kind;
    node.mark = MarkAt(text_, offset);
    if (open_.empty()) {
      node.path = "$";
      root_ = std::move(node);
      return &root_;
    }
    Node& parent = *open_.back();
    if (parent.kind == Node::Kind::kList) {
      node.path = fmt::format("{}[{}]", parent.path, parent.items.size());
      return &parent.items.emplace_back(std::move(node));
    }
    Node::Member& member = parent.members.back();
    node.path = parent.path + "." + member.name;
    member.value = std::move(node);
    return &member.value;
  }

  std::string_view file_;
  std::string_view text_;
  const std::size_t& consumed_;
  Node root_;
  std::vector<Node*> open_;  // stays valid: only the last child of each grows
  std::optional<Error> error_;
};

}  // namespace

const Node* Node::Find(std::string_view name) const {
  const auto found = std::ranges::find(members, name, &Member::name);
  return found == members.end() ? nullptr : &found->value;
}

std::string_view Node::KindText() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "true or false";
    case Kind::kNumber:
      return "a number";
    case Kind::kText:
      return "a text";
    case Kind::kList:
      return "a list";
    case Kind::kObject:
      return "an object";
  }
  return {};
}

Error ErrorAt(std::string_view file, Mark mark, std::string_view path, std::string_view message) {
  return {fmt::format("{}:{}:{}: {}: {}", file, mark.line, mark.column, path, message)};
}

Result<Node, Error> ParseDocument(std::string_view file, std::string_view text) {
  std::size_t consumed = 0;
  TreeBuilder builder(file, text, consumed);
  Json::sax_parse(CountingIterator(text.data(), &consumed),
                  CountingIterator(text.data() + text.size(), &consumed), &builder);
  return std::move(builder).Take();
}

}  // namespace keyrig::strict_json
