#include "harness/station/portal_page.h"

#include <fmt/format.h>

#include <strings.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/station/oauth.h"

namespace keyrig::station {
namespace {

using nlohmann::json;

bool SameUser(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

Error Unexpected(const Page& page, std::string_view what) {
  return {fmt::format("The page {} (status {}, \"{}\") {}.", page.url.WithoutFragment(),
                      page.status, page.document.title, what)};
}

}  // namespace

Walk<void> CheckSignedIn(const Page& page, const std::string& user_name) {
  if (const HtmlElement* error = page.document.ById("error")) {
    if (const std::string code = AadstsCode(error->text); !code.empty()) {
      return Refused(Outcome::Kind::kAadsts, code, error->text);
    }
    return Err(Unexpected(page, "says: " + error->text));
  }
  const HtmlElement* shown = page.document.ById("userPrincipalName");
  if (!shown) return Err(Unexpected(page, "shows no signed-in user"));
  if (!SameUser(shown->text, user_name)) {
    return Err(
        Unexpected(page, fmt::format("shows {} where {} signed in", shown->text, user_name)));
  }
  return {};
}

Walk<void> CheckSignedInWithSecurityKey(const Page& page, const std::string& user_name) {
  TRY(CheckSignedIn(page, user_name));
  const HtmlElement* element = page.document.ById("idTokenClaims");
  const json claims =
      json::parse(element ? element->text : "", nullptr, /*allow_exceptions=*/false);
  if (!claims.is_object()) return Err(Unexpected(page, "shows no claims"));
  if (!SameUser(claims.value("preferred_username", ""), user_name)) {
    return Err(Unexpected(page, "shows claims of somebody else: " + claims.dump()));
  }
  const json amr = claims.value("amr", json::array());
  if (std::ranges::find(amr, json("fido")) == amr.end()) {
    return Err(Unexpected(page, "shows claims without a security key: amr " + amr.dump()));
  }
  return {};
}

}  // namespace keyrig::station
