#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/station/url.h"

namespace keyrig::station {

/// A form as it stands on a page, with the values that its fields have there.
struct HtmlForm {
  std::string id, name, action, method;  // method in lower case; "get" where absent
  Fields fields;
};

struct HtmlLink {
  std::string id, href, text;
};

/// An element that carries an id, with its text and attributes.
struct HtmlElement {
  std::string id, tag, text;
  Fields attributes;
  std::optional<std::string> Attribute(std::string_view attribute) const;
};

/// What a browser and its user see of an HTML page (parsed by gumbo).
struct HtmlDocument {
  std::string title;
  std::string text;             // of the body, without scripts and styles
  bool submits_itself = false;  // <body onload="….submit()"> or the form "hiddenform"
  std::vector<HtmlForm> forms;
  std::vector<HtmlLink> links;
  std::vector<HtmlElement> elements;
  std::vector<std::string> scripts;  // inline ones
  std::vector<std::pair<std::string, std::string>> metas;

  static HtmlDocument Parse(std::string_view html);
  /// Null where there is none.
  const HtmlElement* ById(std::string_view id) const;
  const HtmlForm* FormNamed(std::string_view id_or_name) const;
  /// The first link whose text contains `words`.
  const HtmlLink* LinkSaying(std::string_view words) const;
};

}  // namespace keyrig::station
