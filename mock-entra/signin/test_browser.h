#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mock-entra/http/message.h"

namespace keyrig::signin {

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// A form as it stands on a page.
struct TestForm {
  std::string action;
  std::map<std::string, std::string> fields;
  FormFields All() const { return {fields.begin(), fields.end()}; }
};

/// The form with this id; a failed expectation and an empty form where the page has none.
TestForm FormOf(const http::Response& page, std::string_view id);
/// Whether the page has an element with this id.
bool HasElement(const http::Response& page, std::string_view id);
/// An element's attribute, unescaped.
std::string AttributeOf(const http::Response& page, std::string_view id,
                        std::string_view attribute);
/// The `$Config` of a page, read as the most careless of real clients does: the first line with
/// braces, from its first to its last brace.
nlohmann::json ConfigOf(const http::Response& page);
/// The JSON in the script element with this id.
nlohmann::json ScriptOf(const http::Response& page, std::string_view id);
std::string Location(const http::Response& response);
/// A parameter of a URL's query or fragment.
std::string ParameterOf(std::string_view url, std::string_view name);

/// For tests: sends requests with cookies, each host's own, and follows nothing by itself.
class TestBrowser {
 public:
  using Service = std::function<http::Response(const http::Request&)>;
  explicit TestBrowser(Service service) : service_(std::move(service)) {}

  http::Response Get(const std::string& url);
  http::Response Post(const std::string& url, const FormFields& fields);
  http::Response Submit(const TestForm& form) { return Post(form.action, form.All()); }
  http::Response Send(http::Request request);
  static http::Request RequestFor(const std::string& method, const std::string& url);

  std::map<std::string, std::map<std::string, std::string>> cookies;  // by host
  /// Added to every request.
  FormFields headers;

 private:
  Service service_;
};

}  // namespace keyrig::signin
