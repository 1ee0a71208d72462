#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/base/assets.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/policy/fido2_policy_json.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_directory();
}

namespace keyrig::directory {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kExcludeIdEncodings = {
    std::pair{"mixed", ExcludeIdEncoding::kMixed},
    std::pair{"base64", ExcludeIdEncoding::kBase64},
    std::pair{"urlToken", ExcludeIdEncoding::kUrlToken},
};

/// A value of the file and where it stands, such as $.users[2].id.
struct Place {
  const Json& json;
  std::string path;

  Place operator[](const char* member) const { return {json.at(member), path + "." + member}; }
  Place operator[](std::size_t index) const {
    return {json.at(index), path + "[" + std::to_string(index) + "]"};
  }
  bool Has(const char* member) const { return json.contains(member); }
};

tl::unexpected<Error> Expected(const Place& place, const std::string& what) {
  std::string found = place.json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (found.size() > 60) found = found.substr(0, 57) + "...";
  return Fail(place.path + ": expected " + what + ", found " + found);
}

/// Refuses members that are neither required nor optional, and missing required ones.
Result<void, Error> CheckMembers(const Place& place, std::initializer_list<const char*> required,
                                 std::initializer_list<const char*> optional) {
  std::string known;
  for (const auto& list : {required, optional}) {
    for (const char* name : list) known += (known.empty() ? "" : ", ") + std::string(name);
  }
  if (!place.json.is_object()) return Expected(place, "an object with " + known);
  for (const auto& [name, value] : place.json.items()) {
    const auto is_name = [&](const char* candidate) { return name == candidate; };
    if (name != "$comment" && std::ranges::none_of(required, is_name) &&
        std::ranges::none_of(optional, is_name)) {
      return Fail(place.path + ": unknown member \"" + name + "\"; expected " + known);
    }
  }
  for (const char* name : required) {
    if (!place.Has(name)) {
      return Fail(place.path + ": the member \"" + name + "\" is missing");
    }
  }
  return {};
}

Result<std::string, Error> ReadText(const Place& place, const std::string& what) {
  if (!place.json.is_string() || place.json.get_ref<const std::string&>().empty()) {
    return Expected(place, what);
  }
  return place.json.get<std::string>();
}

Result<bool, Error> ReadBool(const Place& place) {
  if (!place.json.is_boolean()) return Expected(place, "true or false");
  return place.json.get<bool>();
}

Result<std::string, Error> ReadGuid(const Place& place) {
  const std::string what = "a GUID such as 3f7c1a52-0b9e-4d86-a1c4-5e2f90b7d813";
  std::string text = TRY(ReadText(place, what));
  if (!Aaguid::Parse(text)) return Expected(place, what);  // the same form
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::size_t SizeOf(const Place& place, const char* member) {
  return place.Has(member) ? place.json.at(member).size() : 0;
}

Result<void, Error> CheckList(const Place& place, const std::string& what) {
  if (!place.json.is_array()) return Expected(place, "a list of " + what);
  return {};
}

Result<std::vector<std::string>, Error> ReadTexts(const Place& place, const std::string& what) {
  TRY(CheckList(place, what));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < place.json.size(); ++i) {
    texts.push_back(TRY(ReadText(place[i], what)));
    if (std::ranges::count(texts, texts.back()) > 1) {
      return Expected(place[i], what + " that is not listed twice");
    }
  }
  return texts;
}

/// Each value once in the whole file: ids, UPNs, names.
class Unique {
 public:
  explicit Unique(std::string what) : what_(std::move(what)) {}
  Result<void, Error> Add(const Place& place, std::string value) {
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!seen_.insert(std::move(value)).second) {
      return Expected(place, what_ + " that no other has");
    }
    return {};
  }

 private:
  std::string what_;
  std::set<std::string> seen_;
};

Result<Group, Error> ReadGroup(const Place& place) {
  TRY(CheckMembers(place, {"id", "displayName"}, {}));
  Group group;
  group.id = TRY(ReadGuid(place["id"]));
  group.display_name = TRY(ReadText(place["displayName"], "the group's name"));
  return group;
}

Result<User, Error> ReadUser(const Place& place, const std::vector<Group>& groups) {
  TRY(CheckMembers(place, {"id", "userPrincipalName", "displayName"},
                   {"password", "accountEnabled", "roles", "groups"}));
  User user;
  user.id = TRY(ReadGuid(place["id"]));
  user.user_principal_name = TRY(ReadText(place["userPrincipalName"], "a user name"));
  const std::size_t at = user.user_principal_name.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == user.user_principal_name.size() ||
      user.user_principal_name.find_first_of(" /\\\"'", 0) != std::string::npos) {
    return Expected(place["userPrincipalName"], "a user name such as adele@contoso.example");
  }
  user.display_name = TRY(ReadText(place["displayName"], "the user's name"));
  if (place.Has("password")) {
    user.password = TRY(ReadText(place["password"], "a password (leave it out for none)"));
  }
  if (place.Has("accountEnabled")) user.account_enabled = TRY(ReadBool(place["accountEnabled"]));
  if (place.Has("roles")) {
    user.roles = TRY(ReadTexts(place["roles"], "a directory role"));
    for (std::size_t i = 0; i < user.roles.size(); ++i) {
      if (std::ranges::find(DirectoryRoles(), user.roles[i], &DirectoryRole::display_name) ==
          DirectoryRoles().end()) {
        std::string known;
        for (const DirectoryRole& role : DirectoryRoles()) {
          known += (known.empty() ? "" : ", ") + std::string(role.display_name);
        }
        return Expected(place["roles"][i], "one of " + known);
      }
    }
  }
  if (place.Has("groups")) {
    const auto names = TRY(ReadTexts(place["groups"], "a group's displayName"));
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto group = std::ranges::find(groups, names[i], &Group::display_name);
      if (group == groups.end()) {
        return Expected(place["groups"][i], "the displayName of a group in $.groups");
      }
      user.group_ids.push_back(group->id);
    }
  }
  return user;
}

Result<Application, Error> ReadApplication(const Place& place) {
  TRY(CheckMembers(place, {"clientId", "displayName"},
                   {"redirectUris", "singlePage", "secret", "appRoles"}));
  Application application;
  application.client_id = TRY(ReadGuid(place["clientId"]));
  application.display_name = TRY(ReadText(place["displayName"], "the application's name"));
  if (place.Has("redirectUris")) {
    application.redirect_uris = TRY(ReadTexts(place["redirectUris"], "a redirect URI"));
    for (std::size_t i = 0; i < application.redirect_uris.size(); ++i) {
      const std::string& uri = application.redirect_uris[i];
      if (!uri.starts_with("https://") && !uri.starts_with("http://localhost")) {
        return Expected(place["redirectUris"][i], "an https:// or http://localhost URI");
      }
    }
  }
  if (place.Has("singlePage")) application.is_single_page = TRY(ReadBool(place["singlePage"]));
  if (place.Has("secret")) {
    application.secret = TRY(ReadText(place["secret"], "a secret (leave it out for none)"));
  }
  if (place.Has("appRoles")) {
    application.app_roles =
        TRY(ReadTexts(place["appRoles"], "a permission such as UserAuthenticationMethod.Read.All"));
    if (application.secret.empty()) {
      return Fail(place.path + ": appRoles are for an application with a secret; the member " +
                  "\"secret\" is missing");
    }
  }
  return application;
}

Result<void, Error> ReadFido2(const Place& place, Tenant& tenant) {
  if (!place.json.is_object()) return Expected(place, "the fido2 configuration as Graph shows it");
  auto patched = policy::ApplyPatch(policy::Fido2Configuration{}, place.json.dump());
  if (!patched) return Fail(place.path + "." + patched.error().message);
  if (patched->ignored) {
    return Fail(place.path + ": the member \"@odata.type\" is missing; expected \"" +
                std::string(policy::kFido2ODataType) + "\"");
  }
  tenant.fido2 = std::move(patched->configuration);
  for (std::size_t i = 0; i < tenant.fido2.includeTargets.size(); ++i) {
    const policy::IncludeTarget& target = tenant.fido2.includeTargets[i];
    if (target.id != "all_users" && tenant.FindGroup(target.id) == nullptr &&
        tenant.FindUser(target.id) == nullptr) {
      return Expected(place["includeTargets"][i]["id"], "all_users or the id of a group or user");
    }
  }
  for (std::size_t i = 0; i < tenant.fido2.excludeTargets.size(); ++i) {
    const std::string& id = tenant.fido2.excludeTargets[i].id;
    if (tenant.FindGroup(id) == nullptr && tenant.FindUser(id) == nullptr) {
      return Expected(place["excludeTargets"][i]["id"], "the id of a group or user");
    }
  }
  return {};
}

Result<Tenant, Error> ReadTenant(const Place& root) {
  TRY(CheckMembers(root, {"id", "displayName", "defaultDomain", "users"},
                   {"$schema", "groups", "applications", "fido2", "attestationRoots",
                    "freshnessWindowMinutes", "excludeIdEncoding"}));
  Tenant tenant;
  tenant.id = TRY(ReadGuid(root["id"]));
  tenant.display_name = TRY(ReadText(root["displayName"], "the tenant's name"));
  tenant.default_domain = TRY(ReadText(root["defaultDomain"], "a domain name"));

  Unique object_ids("an object id");
  Unique group_names("a group name");
  Unique user_names("a user name");
  if (root.Has("groups")) TRY(CheckList(root["groups"], "groups"));
  for (std::size_t i = 0; i < SizeOf(root, "groups"); ++i) {
    const Place place = root["groups"][i];
    tenant.groups.push_back(TRY(ReadGroup(place)));
    TRY(object_ids.Add(place["id"], tenant.groups.back().id));
    TRY(group_names.Add(place["displayName"], tenant.groups.back().display_name));
  }
  TRY(CheckList(root["users"], "users"));
  for (std::size_t i = 0; i < SizeOf(root, "users"); ++i) {
    const Place place = root["users"][i];
    tenant.users.push_back(TRY(ReadUser(place, tenant.groups)));
    TRY(object_ids.Add(place["id"], tenant.users.back().id));
    TRY(user_names.Add(place["userPrincipalName"], tenant.users.back().user_principal_name));
  }
  Unique client_ids("a clientId");
  if (root.Has("applications")) TRY(CheckList(root["applications"], "applications"));
  for (std::size_t i = 0; i < SizeOf(root, "applications"); ++i) {
    const Place place = root["applications"][i];
    tenant.applications.push_back(TRY(ReadApplication(place)));
    TRY(client_ids.Add(place["clientId"], tenant.applications.back().client_id));
  }
  if (root.Has("fido2")) TRY(ReadFido2(root["fido2"], tenant));
  if (root.Has("attestationRoots")) {
    const auto roots = TRY(ReadTexts(root["attestationRoots"], "a certificate in PEM"));
    for (std::size_t i = 0; i < roots.size(); ++i) {
      const auto certificates = crypto::Certificate::FromPem(roots[i]);
      if (!certificates) return Expected(root["attestationRoots"][i], "a certificate in PEM");
      for (const auto& certificate : *certificates) tenant.attestation_roots.push_back(certificate);
    }
  }
  if (root.Has("freshnessWindowMinutes")) {
    const Place place = root["freshnessWindowMinutes"];
    if (!place.json.is_number_unsigned() || place.json > 1440U || place.json < 1U) {
      return Expected(place, "a whole number of minutes from 1 to 1440");
    }
    tenant.freshness_window = std::chrono::minutes(place.json.get<int>());
  }
  if (root.Has("excludeIdEncoding")) {
    const Place place = root["excludeIdEncoding"];
    const auto found = std::ranges::find(kExcludeIdEncodings, place.json,
                                         &std::pair<const char*, ExcludeIdEncoding>::first);
    if (found == kExcludeIdEncodings.end()) {
      return Expected(place, "\"mixed\", \"base64\" or \"urlToken\"");
    }
    tenant.exclude_id_encoding = found->second;
  }
  return tenant;
}

/// Notices members that are given twice, which the parser would let pass.
class DuplicateWatch {
 public:
  bool operator()(int, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event == Json::parse_event_t::key && !open_.empty() && duplicate_.empty() &&
        !open_.back().insert(parsed.get<std::string>()).second) {
      duplicate_ = parsed.get<std::string>();
    }
    return true;
  }
  const std::string& Duplicate() const { return duplicate_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string duplicate_;
};

}  // namespace

Result<Tenant, Error> LoadTenant(std::string_view json) {
  DuplicateWatch watch;
  try {
    const Json root = Json::parse(json, std::ref(watch));
    if (!watch.Duplicate().empty()) {
      return Fail("the member \"" + watch.Duplicate() + "\" is given twice in one object");
    }
    return ReadTenant({root, "$"});
  } catch (const Json::parse_error& error) {
    const std::string_view what = error.what();
    return Fail("not JSON: " +
                std::string(what.substr(std::min(what.find("] ") + 2, what.size()))));
  }
}

std::string BuiltInTenant() {
  return FindAsset(assets::keyrig_directory(), "scenarios/tenants/contoso.json").value_or("");
}

}  // namespace keyrig::directory
