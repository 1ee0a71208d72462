#include "harness/station/html.h"

#include <fmt/format.h>
#include <gumbo.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace keyrig::station {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view AttributeOf(const GumboElement& element, const char* name) {
  const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
  return attribute ? std::string_view(attribute->value) : std::string_view();
}

// Runs of white space become one space, as they are shown.
void AppendWords(std::string& to, std::string_view text) {
  for (const char character : text) {
    if (!std::isspace(static_cast<unsigned char>(character))) {
      to += character;
    } else if (!to.empty() && to.back() != ' ') {
      to += ' ';
    }
  }
}

template <typename Visit>
void EachChild(const GumboNode& node, Visit visit) {
  const GumboVector* children = nullptr;
  if (node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE) {
    children = &node.v.element.children;
  } else if (node.type == GUMBO_NODE_DOCUMENT) {
    children = &node.v.document.children;
  }
  if (!children) return;
  for (unsigned i = 0; i < children->length; ++i) {
    visit(*static_cast<const GumboNode*>(children->data[i]));
  }
}

void CollectText(const GumboNode& node, std::string& text) {
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE ||
      node.type == GUMBO_NODE_CDATA) {
    AppendWords(text, node.v.text.text);
    return;
  }
  if (node.type == GUMBO_NODE_ELEMENT &&
      (node.v.element.tag == GUMBO_TAG_SCRIPT || node.v.element.tag == GUMBO_TAG_STYLE)) {
    return;
  }
  EachChild(node, [&](const GumboNode& child) { CollectText(child, text); });
}

std::string TextOf(const GumboNode& node) {
  std::string text;
  CollectText(node, text);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// A script's content, white space and all.
std::string RawText(const GumboNode& node) {
  std::string text;
  EachChild(node, [&](const GumboNode& child) {
    if (child.type != GUMBO_NODE_ELEMENT) text += child.v.text.text;
  });
  return text;
}

class Reader {
 public:
  explicit Reader(HtmlDocument& document) : document_(document) {}

  // A page that posts its form at once has the form "hiddenform" (a ceremony's page has one too,
  // but with a $Config that tells its script what to do first) or says so in its body's onload.
  void Finish() {
    const bool has_config = std::ranges::any_of(document_.scripts, [](const std::string& script) {
      return script.find("$Config=") != std::string::npos;
    });
    document_.submits_itself = submits_on_load_ || (has_hidden_form_ && !has_config);
  }

  void Read(const GumboNode& node) {
    if (node.type == GUMBO_NODE_ELEMENT) ReadElement(node);
    const bool is_form = node.type == GUMBO_NODE_ELEMENT && node.v.element.tag == GUMBO_TAG_FORM;
    EachChild(node, [&](const GumboNode& child) { Read(child); });
    if (is_form) in_form_ = false;
  }

 private:
  void ReadElement(const GumboNode& node) {
    const GumboElement& element = node.v.element;
    if (const auto id = AttributeOf(element, "id"); !id.empty()) ReadIdentified(node, id);
    switch (element.tag) {
      case GUMBO_TAG_TITLE:
        document_.title = TextOf(node);
        break;
      case GUMBO_TAG_BODY:
        document_.text = TextOf(node);
        submits_on_load_ =
            AttributeOf(element, "onload").find("submit()") != std::string_view::npos;
        break;
      case GUMBO_TAG_META:
        document_.metas.emplace_back(AttributeOf(element, "name"), AttributeOf(element, "content"));
        break;
      case GUMBO_TAG_SCRIPT:
        if (AttributeOf(element, "src").empty()) document_.scripts.push_back(RawText(node));
        break;
      case GUMBO_TAG_A:
        document_.links.push_back({std::string(AttributeOf(element, "id")),
                                   std::string(AttributeOf(element, "href")), TextOf(node)});
        break;
      case GUMBO_TAG_FORM:
        ReadForm(element);
        break;
      case GUMBO_TAG_INPUT:
        ReadInput(element);
        break;
      case GUMBO_TAG_BUTTON:
        ReadButton(element);
        break;
      default:
        break;
    }
  }

  void ReadIdentified(const GumboNode& node, std::string_view id) {
    const GumboElement& element = node.v.element;
    HtmlElement read{std::string(id),
                     gumbo_normalized_tagname(element.tag),
                     element.tag == GUMBO_TAG_SCRIPT ? RawText(node) : TextOf(node),
                     {}};
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      read.attributes.emplace_back(attribute->name, attribute->value);
    }
    document_.elements.push_back(std::move(read));
  }

  void ReadForm(const GumboElement& element) {
    HtmlForm form;
    form.id = AttributeOf(element, "id");
    form.name = AttributeOf(element, "name");
    form.action = AttributeOf(element, "action");
    form.method = Lower(AttributeOf(element, "method"));
    if (form.method.empty()) form.method = "get";
    has_hidden_form_ |= form.name == "hiddenform" || form.id == "hiddenform";
    document_.forms.push_back(std::move(form));
    in_form_ = true;
  }

  // Buttons count only when they are pressed, boxes when they are ticked.
  void ReadInput(const GumboElement& element) {
    const std::string type = Lower(AttributeOf(element, "type"));
    const std::string_view name = AttributeOf(element, "name");
    if (type == "submit" || type == "image") return ReadButton(element);
    if (!in_form_ || name.empty() || type == "button") return;
    if ((type == "checkbox" || type == "radio") &&
        !gumbo_get_attribute(&element.attributes, "checked")) {
      return;
    }
    document_.forms.back().fields.emplace_back(name, AttributeOf(element, "value"));
  }

  void ReadButton(const GumboElement& element) {
    const std::string type = Lower(AttributeOf(element, "type"));
    if (!in_form_ || type == "button" || type == "reset") return;
    document_.forms.back().buttons.push_back({std::string(AttributeOf(element, "id")),
                                              std::string(AttributeOf(element, "name")),
                                              std::string(AttributeOf(element, "value"))});
  }

  HtmlDocument& document_;
  bool in_form_ = false;
  bool submits_on_load_ = false;
  bool has_hidden_form_ = false;
};

}  // namespace

void HtmlForm::Fill(std::string_view field, std::string value) {
  const auto found = std::ranges::find(fields, field, &Fields::value_type::first);
  if (found == fields.end()) {
    fields.emplace_back(field, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

Result<void, Error> HtmlForm::Press(std::string_view button_id) {
  const auto button = std::ranges::find(buttons, button_id, &HtmlButton::id);
  if (button == buttons.end()) {
    return Fail(fmt::format("The form \"{}\" has no button \"{}\".", id, button_id));
  }
  if (!button->name.empty()) Fill(button->name, button->value);
  return {};
}

std::optional<std::string> HtmlElement::Attribute(std::string_view attribute) const {
  const auto found = std::ranges::find(attributes, attribute, &Fields::value_type::first);
  if (found == attributes.end()) return std::nullopt;
  return found->second;
}

HtmlDocument HtmlDocument::Parse(std::string_view html) {
  HtmlDocument document;
  const auto destroy = [](GumboOutput* output) {
    gumbo_destroy_output(&kGumboDefaultOptions, output);
  };
  const std::unique_ptr<GumboOutput, decltype(destroy)> output(
      gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()), destroy);
  Reader reader(document);
  reader.Read(*output->root);
  reader.Finish();
  return document;
}

const HtmlElement* HtmlDocument::ById(std::string_view id) const {
  const auto found = std::ranges::find(elements, id, &HtmlElement::id);
  return found == elements.end() ? nullptr : &*found;
}

const HtmlForm* HtmlDocument::FormNamed(std::string_view id_or_name) const {
  const auto found = std::ranges::find_if(forms, [&](const HtmlForm& form) {
    return form.id == id_or_name || form.name == id_or_name;
  });
  return found == forms.end() ? nullptr : &*found;
}

const HtmlLink* HtmlDocument::LinkSaying(std::string_view words) const {
  const auto found = std::ranges::find_if(links, [&](const HtmlLink& link) {
    return Lower(link.text).find(Lower(words)) != std::string::npos;
  });
  return found == links.end() ? nullptr : &*found;
}

}  // namespace keyrig::station
