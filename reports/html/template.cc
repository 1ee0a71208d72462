#include "reports/html/template.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "reports/markup.h"

namespace keyrig::reports {
namespace {

using Json = nlohmann::ordered_json;

bool IsThere(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string()) return !value->get_ref<const std::string&>().empty();
  if (value->is_array()) return !value->empty();
  return true;
}

std::string TextOf(const Json* value) {
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->dump();
}

class Filler {
 public:
  Filler(const Template::Source& source, const Json& values) : source_(source) {
    scopes_.push_back(&values);
  }

  Result<void, Error> File(std::string_view name) {
    const auto text = source_(name);
    if (!text) return Fail(fmt::format("the template {} is missing", name));
    return Text(name, *text);
  }

  std::string Take() && { return std::move(out_); }

 private:
  struct Tag {
    char kind = '=';  // '=', '{', '#', '^', '/', '>'
    std::string name;
    std::size_t begin = 0;  // in the text; of the braces
    std::size_t end = 0;
  };

  const Json* Find(const std::string& name) const {
    if (name == ".") return scopes_.back();
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if ((*scope)->is_object()) {
        const auto found = (*scope)->find(name);
        if (found != (*scope)->end()) return &*found;
      }
    }
    return nullptr;
  }

  static Result<std::optional<Tag>, Error> NextTag(std::string_view file, std::string_view text,
                                                   std::size_t from) {
    Tag tag;
    tag.begin = text.find("{{", from);
    if (tag.begin == std::string_view::npos) return std::optional<Tag>();
    const bool raw = text.substr(tag.begin).starts_with("{{{");
    const std::string_view closing = raw ? "}}}" : "}}";
    const std::size_t inner = tag.begin + closing.size();
    const std::size_t end = text.find(closing, inner);
    if (end == std::string_view::npos) {
      return Fail(fmt::format("{}: a tag is not closed: {}", file, text.substr(tag.begin, 20)));
    }
    tag.end = end + closing.size();
    std::string_view name = text.substr(inner, end - inner);
    if (raw) {
      tag.kind = '{';
    } else if (!name.empty() && std::string_view("#^/>").find(name[0]) != std::string_view::npos) {
      tag.kind = name[0];
      name.remove_prefix(1);
    }
    tag.name = name;
    return std::optional<Tag>(std::move(tag));
  }

  /// The tag that closes the section whose inner text begins at `from`.
  static Result<Tag, Error> Closing(std::string_view file, std::string_view text,
                                    const std::string& name, std::size_t from) {
    int depth = 1;
    while (true) {
      const auto tag = TRY(NextTag(file, text, from));
      if (!tag) return Fail(fmt::format("{}: the section {} is not closed", file, name));
      if (tag->name == name && (tag->kind == '#' || tag->kind == '^')) ++depth;
      if (tag->name == name && tag->kind == '/' && --depth == 0) return *tag;
      from = tag->end;
    }
  }

  Result<void, Error> Section(std::string_view file, std::string_view inner, const Json* value) {
    if (value->is_array()) {
      for (const Json& element : *value) {
        scopes_.push_back(&element);
        TRY(Text(file, inner));
        scopes_.pop_back();
      }
      return {};
    }
    scopes_.push_back(value);
    TRY(Text(file, inner));
    scopes_.pop_back();
    return {};
  }

  Result<void, Error> Text(std::string_view file, std::string_view text) {
    std::size_t at = 0;
    while (const auto tag = TRY(NextTag(file, text, at))) {
      out_ += text.substr(at, tag->begin - at);
      at = tag->end;
      switch (tag->kind) {
        case '{':
          out_ += TextOf(Find(tag->name));
          break;
        case '>':
          TRY(File(tag->name));
          break;
        case '/':
          return Fail(fmt::format("{}: {} is closed, but was not opened", file, tag->name));
        case '#':
        case '^': {
          const Tag closing = TRY(Closing(file, text, tag->name, tag->end));
          const Json* value = Find(tag->name);
          const std::string_view inner = text.substr(tag->end, closing.begin - tag->end);
          if (tag->kind == '#' && IsThere(value)) TRY(Section(file, inner, value));
          if (tag->kind == '^' && !IsThere(value)) TRY(Text(file, inner));
          at = closing.end;
          break;
        }
        default:
          out_ += EscapeMarkup(TextOf(Find(tag->name)));
      }
    }
    out_ += text.substr(at);
    return {};
  }

  const Template::Source& source_;
  std::vector<const Json*> scopes_;
  std::string out_;
};

}  // namespace

Result<std::string, Error> Template::Fill(std::string_view file, const Json& values) const {
  Filler filler(source_, values);
  TRY(filler.File(file));
  return std::move(filler).Take();
}

}  // namespace keyrig::reports
