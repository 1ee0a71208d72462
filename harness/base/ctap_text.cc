#include "harness/base/ctap_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "harness/base/authenticator_data_text.h"
#include "harness/base/cbor.h"
#include "harness/base/ctap_members.h"
#include "harness/base/ctap_names.h"

namespace keyrig::ctap {
namespace {

using Names = std::span<const MemberName>;

const MemberName* NameOf(const cbor::Value& key, Names names) {
  const auto number = key.AsUnsigned();
  if (!number) return nullptr;
  const auto found = std::ranges::find(names, *number, &MemberName::key);
  return found == names.end() ? nullptr : &*found;
}

std::string BytesText(ByteView bytes, std::size_t longest) {
  return "h'" + HexText(bytes, longest) + "'";
}

/// `names` are those of a map's members, or of the maps in a list.
std::string NamedValueText(const cbor::Value& value, Names names, std::size_t longest) {
  if (const Bytes* bytes = value.AsBytes()) return BytesText(*bytes, longest);
  std::string text;
  if (const cbor::Array* list = value.AsArray()) {
    for (const cbor::Value& each : *list) {
      text += (text.empty() ? "" : ", ") + NamedValueText(each, names, longest);
    }
    return "[" + text + "]";
  }
  const cbor::Map* const map = value.AsMap();
  if (map == nullptr) return cbor::Diagnose(value);
  for (const auto& [key, member] : *map) {
    if (!text.empty()) text += ", ";
    text += cbor::Diagnose(key);
    if (const MemberName* name = NameOf(key, names)) text += fmt::format(" /{}/", name->name);
    text += ": " + ValueText(member, longest);
  }
  return "{" + text + "}";
}

/// `below` gives the names of what stands under a key.
template <typename Below>
BodyText Describe(ByteView body, Names names, std::size_t longest, Below below) {
  BodyText text;
  // An empty body and one that is no canonical CBOR are both possible: some commands have no
  // parameters, and some keys answer badly.
  if (body.empty()) return text;
  const auto value = cbor::Decode(body);
  if (!value) {
    text.other = fmt::format("{} /{}/", BytesText(body, longest), cbor::Name(value.error()));
    return text;
  }
  const cbor::Map* const map = value->AsMap();
  if (map == nullptr) {
    text.other = ValueText(*value, longest);
    return text;
  }
  for (const auto& [key, member] : *map) {
    const MemberName* const name = NameOf(key, names);
    std::string key_text = cbor::Diagnose(key);
    text.members.push_back(
        {.name = name ? std::string(name->name) : key_text,
         .value = NamedValueText(member, name ? below(*value, name->key) : Names(), longest),
         .key = std::move(key_text),
         .secret = name != nullptr && name->secret});
  }
  // "{}", which is not the same as nothing.
  if (map->empty()) text.other = ValueText(*value, longest);
  return text;
}

/// On one line, with the secrets left out and appended to `secrets`.
std::string OneLine(const BodyText& body, std::string_view prefix,
                    std::vector<EventField>& secrets) {
  if (body.members.empty()) return body.other;
  std::string text;
  for (const MemberText& member : body.members) {
    text += text.empty() ? "{" : ", ";
    text += member.key;
    if (member.name != member.key) text += fmt::format(" /{}/", member.name);
    text += ": " + (member.secret ? "/secret/" : member.value);
    if (member.secret) {
      secrets.push_back({fmt::format("{}.{}", prefix, member.name), member.value,
                         /*secret=*/true});
    }
  }
  return text + "}";
}

void AddRequest(ByteView request, std::vector<EventField>& fields,
                std::vector<EventField>& secrets) {
  fields.push_back({"command", CommandOf(request)});
  fields.push_back({"request", request.empty()
                                   ? std::string()
                                   : OneLine(DescribeRequest(request), "request", secrets)});
}

}  // namespace

std::string HexText(ByteView bytes, std::size_t longest) {
  constexpr std::size_t kShown = 8;
  if (bytes.size() <= std::max(longest, kShown)) return ToHex(bytes);
  return fmt::format("{}… {} bytes", ToHex(bytes.first(kShown)), bytes.size());
}

std::string ValueText(const cbor::Value& value, std::size_t longest) {
  return NamedValueText(value, {}, longest);
}

BodyText DescribeRequest(ByteView request, std::size_t longest) {
  const std::uint8_t command = request.front();
  return Describe(request.subspan(1), RequestMembers(command), longest,
                  [command](const cbor::Value& parameters, std::uint64_t key) {
                    return RequestMembersBelow(command, parameters, key);
                  });
}

BodyText DescribeResponse(std::uint8_t command, ByteView response, std::size_t longest) {
  return Describe(response.subspan(1), ResponseMembers(command), longest,
                  [command](const cbor::Value&, std::uint64_t key) {
                    return ResponseMembersBelow(command, key);
                  });
}

std::string CommandOf(ByteView request) {
  if (request.empty()) return "empty message";
  return CommandName(request.front(), cbor::Decode(request.subspan(1)).value_or(cbor::Value()));
}

Bytes AuthenticatorDataOf(std::uint8_t command, ByteView response) {
  if (response.empty() || (command != 0x01 && command != 0x02 && command != 0x08)) return {};
  const cbor::Value answer = cbor::Decode(response.subspan(1)).value_or(cbor::Value());
  const cbor::Value* const member = answer.Find(2);
  const Bytes* const data = member ? member->AsBytes() : nullptr;
  return data ? *data : Bytes();
}

std::vector<EventField> DescribeTransaction(ByteView request, ByteView response) {
  std::vector<EventField> fields;
  std::vector<EventField> secrets;
  AddRequest(request, fields, secrets);
  const std::uint8_t command = request.empty() ? 0 : request[0];
  if (response.empty()) {
    fields.push_back({"status", "empty answer"});
    fields.push_back({"response", ""});
  } else {
    fields.push_back({"status", StatusName(response[0])});
    fields.push_back(
        {"response", OneLine(DescribeResponse(command, response), "response", secrets)});
    const Bytes data = AuthenticatorDataOf(command, response);
    if (!data.empty()) fields.push_back({"authenticator_data", AuthenticatorDataText(data)});
  }
  fields.insert(fields.end(), secrets.begin(), secrets.end());
  return fields;
}

std::vector<EventField> DescribeHidError(ByteView request, ByteView error) {
  std::vector<EventField> fields;
  std::vector<EventField> secrets;
  AddRequest(request, fields, secrets);
  fields.push_back({"status", "CTAPHID " + (error.empty() ? "error" : HidErrorName(error[0]))});
  fields.push_back({"response", ""});
  fields.insert(fields.end(), secrets.begin(), secrets.end());
  return fields;
}

}  // namespace keyrig::ctap
