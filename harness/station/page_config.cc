#include "harness/station/page_config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace keyrig::station {

Result<PageConfig, Error> PageConfig::Of(const Page& page) {
  constexpr std::string_view kStart = "$Config=";
  for (const std::string_view script : page.document.scripts) {
    const std::size_t start = script.find(kStart);
    const std::size_t end = script.rfind('}');
    if (start == std::string_view::npos || end == std::string_view::npos) continue;
    const std::string_view text =
        script.substr(start + kStart.size(), end + 1 - start - kStart.size());
    auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) break;
    return PageConfig(page.url.WithoutFragment(),
                      std::make_shared<const nlohmann::json>(std::move(json)));
  }
  return Fail(fmt::format("The page {} (status {}, \"{}\") has no readable $Config.",
                          page.url.WithoutFragment(), page.status, page.document.title));
}

std::string PageConfig::Text(std::string_view name) const {
  const auto member = json_->find(name);
  if (member == json_->end() || member->is_null()) return {};
  return member->is_string() ? member->get<std::string>() : member->dump();
}

bool PageConfig::IsTrue(std::string_view name) const {
  const auto member = json_->find(name);
  return member != json_->end() && member->is_boolean() && member->get<bool>();
}

Result<std::string, Error> PageConfig::Required(std::string_view name) const {
  std::string text = Text(name);
  if (text.empty()) return Fail(fmt::format("$Config of {} has no {}.", page_, name));
  return text;
}

}  // namespace keyrig::station
