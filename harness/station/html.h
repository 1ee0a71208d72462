#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/station/url.h"

namespace keyrig::station {

/// A button that submits its form, with the field that pressing it adds.
struct HtmlButton {
  std::string id, name, value;
};

/// A form as it stands on a page, with the values that its fields have there.
struct HtmlForm {
  std::string id, name, action, method;  // method in lower case; "get" where absent
  Fields fields;
  std::vector<HtmlButton> buttons;
  /// Gives the field its value, as typing or a script does.
  void Fill(std::string_view field, std::string value);
  /// Adds what pressing the button adds; an error names the button that is not there.
  Result<void, Error> Press(std::string_view button_id);
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
  bool submits_itself = false;  // the page is there only to post its form on
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
