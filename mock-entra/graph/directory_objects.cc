#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock-entra/graph/handlers.h"
#include "mock-entra/graph/query.h"

namespace keyrig::graph {
namespace {

using Json = nlohmann::ordered_json;
using directory::Group;
using directory::User;

const std::vector<std::string_view> kUserProperties = {"id",
                                                       "displayName",
                                                       "userPrincipalName",
                                                       "mail",
                                                       "accountEnabled",
                                                       "userType",
                                                       "givenName",
                                                       "surname",
                                                       "jobTitle",
                                                       "mobilePhone",
                                                       "officeLocation",
                                                       "preferredLanguage",
                                                       "businessPhones"};
/// What Graph returns of a user without $select.
const std::vector<std::string> kDefaultUserProperties = {
    "businessPhones", "displayName",       "givenName", "jobTitle",          "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname",   "userPrincipalName", "id"};
const std::vector<std::string_view> kGroupProperties = {
    "id",           "displayName", "description", "mailEnabled", "securityEnabled",
    "mailNickname", "groupTypes"};
const std::vector<std::string> kDefaultGroupProperties = {
    "id",          "description",  "displayName",    "groupTypes",
    "mailEnabled", "mailNickname", "securityEnabled"};

Json AllProperties(const User& user) {
  return {{"id", user.id},
          {"displayName", user.display_name},
          {"userPrincipalName", user.user_principal_name},
          {"mail", user.user_principal_name},
          {"accountEnabled", user.account_enabled},
          {"userType", "Member"},
          {"givenName", nullptr},
          {"surname", nullptr},
          {"jobTitle", nullptr},
          {"mobilePhone", nullptr},
          {"officeLocation", nullptr},
          {"preferredLanguage", nullptr},
          {"businessPhones", Json::array()}};
}

Json AllProperties(const Group& group) {
  std::string nickname = group.display_name;
  std::erase(nickname, ' ');
  return {{"id", group.id},
          {"displayName", group.display_name},
          {"description", nullptr},
          {"mailEnabled", false},
          {"securityEnabled", true},
          {"mailNickname", nickname},
          {"groupTypes", Json::array()}};
}

Json Selected(const Json& all, const std::vector<std::string>& names) {
  Json selected = Json::object();
  for (const std::string& name : names) selected[name] = all.at(name);
  return selected;
}

Properties ForFilter(const Json& all) {
  Properties properties;
  for (const auto& [name, value] : all.items()) {
    if (value.is_string()) properties[name] = value.get<std::string>();
    if (value.is_boolean()) properties[name] = value.get<bool>() ? "true" : "false";
  }
  return properties;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

/// What differs between the lists: their name, known and default properties.
struct ListShape {
  std::string context;
  const std::vector<std::string_view>& known;
  const std::vector<std::string>& defaults;
};

GraphResult<ListQuery> ParseQuery(const Call& call, const std::vector<std::string_view>& known) {
  auto query = ListQuery::Parse(call.request.Query(), known);
  if (!query) return Refuse(400, "Request_BadRequest", query.error().message);
  return *std::move(query);
}

/// The absolute address of the next page: the same query with the place where it goes on.
std::string NextLink(const Call& call, std::size_t skip) {
  std::string query;
  const http::Parameters parameters = call.request.Query();
  for (const auto& [name, value] : parameters.All()) {
    if (name != "$skiptoken") query += name + "=" + http::UrlEncode(value) + "&";
  }
  return "https://graph.microsoft.com" + call.request.raw_path + "?" + query +
         "$skiptoken=" + std::to_string(skip);
}

/// One page of `objects`; `typed` adds each object's @odata.type, as lists of mixed kinds have it.
template <typename Object>
GraphResult<http::Response> ListOf(const Call& call, const ListShape& shape,
                                   const std::vector<const Object*>& objects,
                                   std::string_view typed) {
  const ListQuery query = TRY(ParseQuery(call, shape.known));
  std::vector<Json> matching;
  for (const Object* object : objects) {
    Json all = AllProperties(*object);
    if (!query.filter || query.filter->Holds(ForFilter(all))) matching.push_back(std::move(all));
  }
  std::string context = shape.context;
  if (!query.select.empty()) context += "(" + Joined(query.select) + ")";
  Json answer = {{"@odata.context", call.Context(context)}};
  if (query.count) answer["@odata.count"] = matching.size();
  const std::size_t end = std::min(matching.size(), query.skip + query.top);
  if (end < matching.size()) answer["@odata.nextLink"] = NextLink(call, end);
  Json value = Json::array();
  for (std::size_t i = query.skip; i < end; ++i) {
    Json object = Json::object();
    if (!typed.empty()) object["@odata.type"] = typed;
    object.update(Selected(matching[i], query.select.empty() ? shape.defaults : query.select));
    value.push_back(std::move(object));
  }
  answer["value"] = std::move(value);
  return GraphJson(answer);
}

template <typename Object>
GraphResult<http::Response> Entity(const Call& call, const ListShape& shape, const Object& object) {
  const ListQuery query = TRY(ParseQuery(call, shape.known));
  std::string context = shape.context;
  if (!query.select.empty()) context += "(" + Joined(query.select) + ")";
  Json answer = {{"@odata.context", call.Context(context + "/$entity")}};
  answer.update(
      Selected(AllProperties(object), query.select.empty() ? shape.defaults : query.select));
  return GraphJson(answer);
}

const ListShape kUsers = {"users", kUserProperties, kDefaultUserProperties};
const ListShape kGroups = {"groups", kGroupProperties, kDefaultGroupProperties};

GraphResult<Group*> TargetGroup(const Call& call) {
  Group* group = call.service.tenant.FindGroup(call.captured.at(0));
  if (group == nullptr) return ResourceNotFound(call.captured.at(0));
  return group;
}

}  // namespace

GraphResult<http::Response> ListUsers(const Call& call) {
  TRY(MayListUsers(call.caller));
  std::vector<const User*> users;
  for (const User& user : call.service.tenant.users) users.push_back(&user);
  return ListOf(call, kUsers, users, "");
}

GraphResult<http::Response> GetUser(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadUser(call.caller, *user));
  return Entity(call, kUsers, *user);
}

GraphResult<http::Response> ListMemberOf(const Call& call) {
  const User* user = TRY(call.TargetUser());
  TRY(MayReadUser(call.caller, *user));
  std::vector<const Group*> groups;
  for (const std::string& id : user->group_ids) {
    if (const Group* group = call.service.tenant.FindGroup(id)) groups.push_back(group);
  }
  return ListOf(call, {"directoryObjects", kGroupProperties, kDefaultGroupProperties}, groups,
                "#microsoft.graph.group");
}

GraphResult<http::Response> ListGroups(const Call& call) {
  TRY(MayReadGroups(call.caller));
  std::vector<const Group*> groups;
  for (const Group& group : call.service.tenant.groups) groups.push_back(&group);
  return ListOf(call, kGroups, groups, "");
}

GraphResult<http::Response> GetGroup(const Call& call) {
  TRY(MayReadGroups(call.caller));
  return Entity(call, kGroups, *TRY(TargetGroup(call)));
}

GraphResult<http::Response> ListMembers(const Call& call) {
  TRY(MayReadGroups(call.caller));
  const Group* group = TRY(TargetGroup(call));
  std::vector<const User*> members;
  for (const User& user : call.service.tenant.users) {
    if (std::ranges::find(user.group_ids, group->id) != user.group_ids.end()) {
      members.push_back(&user);
    }
  }
  return ListOf(call, {"directoryObjects", kUserProperties, kDefaultUserProperties}, members,
                "#microsoft.graph.user");
}

}  // namespace keyrig::graph
