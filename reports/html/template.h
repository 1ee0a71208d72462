#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace keyrig::reports {

/// Fills a page from a template: {{name}} puts a value in, escaped; {{{name}}} as it is;
/// {{#name}}…{{/name}} repeats for each element of a list, once for any other value that is
/// not null, false, empty or missing; {{^name}}…{{/name}} is the opposite; {{>file}} is another
/// template at this place. Names are looked up in the innermost object first; {{.}} is the element
/// itself.
class Template {
 public:
  /// Gives the text of a template file; nothing where there is none.
  using Source = std::function<std::optional<std::string>(std::string_view file)>;
  explicit Template(Source source) : source_(std::move(source)) {}
  /// An error names the file, and the tag that is not closed or the file that is missing.
  Result<std::string, Error> Fill(std::string_view file,
                                  const nlohmann::ordered_json& values) const;

 private:
  Source source_;
};

}  // namespace keyrig::reports
