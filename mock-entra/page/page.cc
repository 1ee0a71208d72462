#include "mock-entra/page/page.h"

#include <array>

namespace keyrig::assets {
std::span<const Asset> keyrig_page();
}

namespace keyrig::page {
namespace {

/// JSON in which nothing can end a script element or a CDATA section.
std::string ScriptSafe(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<':
        safe += "\\u003c";
        break;
      case '>':
        safe += "\\u003e";
        break;
      case '&':
        safe += "\\u0026";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string AsIs(std::string_view html) { return std::string(html); }

struct Placeholder {
  std::string_view opening;
  std::string (*convert)(std::string_view);
};
constexpr std::array kPlaceholders = {
    Placeholder{"$(", http::HtmlEscape},
    Placeholder{"$json(", ScriptSafe},
    Placeholder{"$html(", AsIs},
};

struct MediaType {
  std::string_view ending, type;
};
constexpr std::array kMediaTypes = {
    MediaType{".css", "text/css; charset=utf-8"},
    MediaType{".js", "text/javascript; charset=utf-8"},
    MediaType{".svg", "image/svg+xml"},
};

}  // namespace

std::string Fill(std::string_view text, const Values& values) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t start = text.find('$');
    filled += text.substr(0, start);
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    std::size_t taken = 0;
    for (const auto& [opening, convert] : kPlaceholders) {
      if (!text.starts_with(opening)) continue;
      const std::size_t end = text.find(')');
      if (end == std::string_view::npos) break;
      const auto value = values.find(text.substr(opening.size(), end - opening.size()));
      if (value == values.end()) break;
      filled += convert(value->second);
      taken = end + 1;
    }
    if (taken == 0) {
      filled += '$';
      taken = 1;
    }
    text.remove_prefix(taken);
  }
  return filled;
}

std::string Folder::Render(std::string_view name, const Values& values) const {
  return Fill(FindAsset(embedded_, path_ + "/" + std::string(name)).value_or(""), values);
}

http::Response Folder::File(std::string_view name) const {
  for (const auto& [ending, type] : kMediaTypes) {
    if (!name.ends_with(ending)) continue;
    auto content = FindAsset(embedded_, path_ + "/" + std::string(name));
    if (!content) {
      content = FindAsset(assets::keyrig_page(), "mock-entra/page/assets/" + std::string(name));
    }
    if (!content) break;
    http::Response response;
    response.headers.Add("Content-Type", std::string(type));
    response.headers.Add("Cache-Control", "no-cache");
    response.body = *std::move(content);
    return response;
  }
  return http::Text(404, "No such file here: " + std::string(name) + "\n");
}

}  // namespace keyrig::page
