#include <nlohmann/json.hpp>

#include "mock-entra/directory/directory.h"
#include "mock-entra/signin/credential_type.h"
#include "mock-entra/signin/signin.h"
#include "mock-entra/signin/urls.h"

namespace keyrig::signin {
namespace {

using Json = nlohmann::ordered_json;

/// Whether `url` is a page of the sign-in service of the kind that `path` ends in.
bool IsOwnPage(std::string_view url, std::string_view path) {
  if (!url.starts_with(urls::kSignInOrigin)) return false;
  url.remove_prefix(urls::kSignInOrigin.size());
  return url.starts_with('/') && url.substr(0, url.find('?')).ends_with(path);
}

/// Credentials to exclude come as base64url, as standard base64, or as base64url that ends in the
/// count of stripped padding.
Result<Bytes, Error> DecodeCredentialId(const std::string& text) {
  if (auto bytes = directory::UrlTokenDecode(text)) return bytes;
  if (auto bytes = FromBase64Url(text)) return bytes;
  return FromBase64(text);
}

/// The ids of ExcludeNextGenCredentialsJSON, a list of texts or of objects with an `id`.
Result<std::vector<std::string>, Refusal> ParseExcludeList(const std::string& text) {
  std::vector<std::string> ids;
  if (text.empty()) return ids;
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_array()) return Err(Refusal{135015, "It is not a list."});
  for (const Json& entry : list) {
    const Json& id = entry.is_object() && entry.contains("id") ? entry["id"] : entry;
    const auto bytes = DecodeCredentialId(id.is_string() ? id.get<std::string>() : "");
    if (!bytes) return Err(Refusal{135015, "It holds what is no credential id."});
    ids.push_back(ToBase64Url(*bytes));
  }
  return ids;
}

}  // namespace

http::Response SignIn::FidoGet(const http::Request& request) {
  const http::Parameters form = request.Form();
  const std::string user_name = form.Get("username");
  Flow* flow = flows_.Find(form.Get("ctx"), form.Get("canary"));
  if (flow == nullptr) return Refuse({135009, ""}, user_name);
  AssertionPage page;
  page.post_url = form.Get("postBackUrl");
  page.cancel_url = form.Get("cancelUrl");
  page.resume_url = form.Get("resumeUrl");
  if (!IsOwnPage(page.post_url, "/login")) return Refuse({135004, page.post_url}, user_name);
  if (!IsOwnPage(page.cancel_url, "/reprocess") && !IsOwnPage(page.cancel_url, "/resume")) {
    return Refuse({135005, page.cancel_url}, user_name);
  }
  if (!IsOwnPage(page.resume_url, "/resume")) return Refuse({135006, page.resume_url}, user_name);

  flow->user_name = user_name;
  if (!user_name.empty()) {
    const directory::User* user = service_.tenant.FindUser(user_name);
    if (user == nullptr) return Refuse({500344, user_name}, user_name);
    page.allow_list = AllowList(*user);
  }
  page.challenge = flows_.Challenge(*flow);
  return pages_.Assertion(*flow, page);
}

http::Response SignIn::FidoCreate(const http::Request& request) {
  const http::Parameters form = request.Form();
  CreationPage page;
  page.post_url = form.Get("postBackUrl");
  page.challenge = form.Get("serverChallenge");
  page.canary = form.Get("canary");
  page.user_id = form.Get("userId");
  page.member_name = form.Get("memberName");
  page.display_name = form.Get("userDisplayName");
  page.authenticator = form.Get("authenticator");
  if (page.authenticator.empty()) page.authenticator = "cross-platform";
  for (const char* name : {"serverChallenge", "canary", "userId", "memberName"}) {
    if (form.Get(name).empty()) return Refuse({90014, name}, page.member_name);
  }
  const std::string owner = "https://" + std::string(hosts::kMySignIns) + "/";
  if (!page.post_url.starts_with(owner)) {
    return Refuse({135004, page.post_url}, page.member_name);
  }
  auto exclude = ParseExcludeList(form.Get("ExcludeNextGenCredentialsJSON"));
  if (!exclude) return Refuse(exclude.error(), page.member_name);
  page.exclude = *std::move(exclude);
  return pages_.Creation(page);
}

}  // namespace keyrig::signin
