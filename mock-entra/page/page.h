#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/assets.h"
#include "mock-entra/http/message.h"

/// Pages that are files with placeholders. Pure.
namespace keyrig::page {

/// What stands in a page's placeholders, by name.
using Values = std::map<std::string, std::string, std::less<>>;

/// Replaces `$(name)` by the value escaped for HTML text and double-quoted attributes,
/// `$json(name)` by a JSON value made safe inside a script element, and `$html(name)` by a filled
/// fragment as it is. Values are never looked into. A placeholder without a value stays as it is.
std::string Fill(std::string_view text, const Values& values);

/// One surface's folder of embedded pages, styles and scripts.
class Folder {
 public:
  /// `path` from the project's root: "mock-entra/signin/assets".
  Folder(std::span<const Asset> embedded, std::string path)
      : embedded_(embedded), path_(std::move(path)) {}

  /// A filled page or fragment; `name` is one of the folder's own files.
  std::string Render(std::string_view name, const Values& values) const;
  /// A style or script as it is: the folder's own, or one that all surfaces share
  /// (mock-entra/page/assets). 404 for what is not there or is a page.
  http::Response File(std::string_view name) const;

 private:
  std::span<const Asset> embedded_;
  std::string path_;
};

}  // namespace keyrig::page
