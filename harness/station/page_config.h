#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "harness/station/browser.h"

namespace keyrig::station {

/// The `$Config={…};` object of a sign-in page.
class PageConfig {
 public:
  /// An error names the page that has none.
  static Result<PageConfig, Error> Of(const Page& page);

  /// A text or number member as text; empty where absent or null.
  std::string Text(std::string_view name) const;
  bool IsTrue(std::string_view name) const;
  /// An error names the member that the page lacks.
  Result<std::string, Error> Required(std::string_view name) const;
  const nlohmann::json& Json() const { return *json_; }

 private:
  PageConfig(std::string page, std::shared_ptr<const nlohmann::json> json)
      : page_(std::move(page)), json_(std::move(json)) {}
  std::string page_;
  std::shared_ptr<const nlohmann::json> json_;
};

}  // namespace keyrig::station
