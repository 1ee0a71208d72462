#include "mock-entra/signin/test_browser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace keyrig::signin {
namespace {

std::string Unescape(std::string text) {
  static const std::vector<std::pair<std::string, std::string>> kEntities = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, plain] : kEntities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
      text.replace(at, entity.size(), plain);
    }
  }
  return text;
}

/// The attribute of one tag; empty where it has none.
std::string Attribute(std::string_view tag, std::string_view name) {
  const std::string opening = " " + std::string(name) + "=\"";
  const std::size_t start = tag.find(opening);
  if (start == std::string_view::npos) return "";
  const std::size_t value = start + opening.size();
  return Unescape(std::string(tag.substr(value, tag.find('"', value) - value)));
}

/// The opening tag of the element with an id; attribute values hold no '>'.
std::string_view TagOf(std::string_view html, std::string_view id) {
  const std::size_t at = html.find(" id=\"" + std::string(id) + "\"");
  if (at == std::string_view::npos) return {};
  const std::size_t start = html.rfind('<', at);
  return html.substr(start, html.find('>', at) - start + 1);
}

}  // namespace

TestForm FormOf(const http::Response& page, std::string_view id) {
  const std::string_view html = page.body;
  const std::string_view tag = TagOf(html, id);
  if (tag.empty()) {
    ADD_FAILURE() << "no form \"" << id << "\" in\n" << html;
    return {};
  }
  TestForm form;
  form.action = Attribute(tag, "action");
  std::string_view rest = html.substr(static_cast<std::size_t>(tag.data() - html.data()));
  rest = rest.substr(0, rest.find("</form>"));
  for (std::size_t at = 0; (at = rest.find("<input", at)) != std::string_view::npos; ++at) {
    const std::string_view input = rest.substr(at, rest.find('>', at) - at + 1);
    const std::string name = Attribute(input, "name");
    if (!name.empty()) form.fields[name] = Attribute(input, "value");
  }
  return form;
}

bool HasElement(const http::Response& page, std::string_view id) {
  return !TagOf(page.body, id).empty();
}

std::string AttributeOf(const http::Response& page, std::string_view id,
                        std::string_view attribute) {
  return Attribute(TagOf(page.body, id), attribute);
}

nlohmann::json ConfigOf(const http::Response& page) {
  std::istringstream lines(page.body);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t start = line.find('{');
    const std::size_t end = line.rfind('}');
    if (start == std::string::npos || end == std::string::npos) continue;
    return nlohmann::json::parse(line.substr(start, end - start + 1), nullptr, false);
  }
  ADD_FAILURE() << "no $Config in\n" << page.body;
  return nlohmann::json::object();
}

nlohmann::json ScriptOf(const http::Response& page, std::string_view id) {
  const std::string_view html = page.body;
  const std::string_view tag = TagOf(html, id);
  if (tag.empty()) {
    ADD_FAILURE() << "no script \"" << id << "\" in\n" << html;
    return nlohmann::json::object();
  }
  const std::size_t start = static_cast<std::size_t>(tag.data() - html.data()) + tag.size();
  return nlohmann::json::parse(html.substr(start, html.find("</script>", start) - start), nullptr,
                               false);
}

std::string Location(const http::Response& response) {
  return std::string(response.headers.Find("Location").value_or(""));
}

std::string ParameterOf(std::string_view url, std::string_view name) {
  const std::size_t start = url.find_first_of("?#");
  if (start == std::string_view::npos) return "";
  return http::Parameters::Parse(url.substr(start + 1)).Get(name);
}

http::Request TestBrowser::RequestFor(const std::string& method, const std::string& url) {
  http::Request request;
  request.method = method;
  constexpr std::string_view kScheme = "https://";
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) {
    ADD_FAILURE() << "no https URL: " << url;
    return request;
  }
  rest.remove_prefix(kScheme.size());
  rest = rest.substr(0, rest.find('#'));
  const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
  request.host = rest.substr(0, host_end);
  rest.remove_prefix(host_end);
  const std::size_t path_end = std::min(rest.find('?'), rest.size());
  request.raw_path = path_end == 0 ? "/" : rest.substr(0, path_end);
  request.path = http::UrlDecode(request.raw_path, false);
  if (path_end < rest.size()) request.query = rest.substr(path_end + 1);
  return request;
}

http::Response TestBrowser::Get(const std::string& url) { return Send(RequestFor("GET", url)); }

http::Response TestBrowser::Post(const std::string& url, const FormFields& fields) {
  http::Request request = RequestFor("POST", url);
  for (const auto& [name, value] : fields) {
    request.body +=
        (request.body.empty() ? "" : "&") + http::UrlEncode(name) + "=" + http::UrlEncode(value);
  }
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  return Send(std::move(request));
}

http::Response TestBrowser::Send(http::Request request) {
  auto& jar = cookies[request.host];
  std::string header;
  for (const auto& [name, value] : jar) {
    header += (header.empty() ? "" : "; ") + name + "=" + value;
  }
  if (!header.empty()) request.headers.Add("Cookie", header);
  for (const auto& [name, value] : headers) request.headers.Add(name, value);
  http::Response response = service_(request);
  for (const auto& [name, value] : response.headers.All()) {
    if (name != "Set-Cookie") continue;
    const std::size_t equals = value.find('=');
    const std::string cookie = value.substr(0, equals);
    if (value.find("Max-Age=0") != std::string::npos) {
      jar.erase(cookie);
    } else {
      jar[cookie] = value.substr(equals + 1, value.find(';') - equals - 1);
    }
  }
  return response;
}

}  // namespace keyrig::signin
