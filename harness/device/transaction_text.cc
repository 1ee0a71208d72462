#include "harness/device/transaction_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "harness/base/cbor.h"
#include "harness/device/authenticator_data_text.h"
#include "harness/device/ctap_names.h"

namespace keyrig::device {
namespace {

std::string MapText(const cbor::Map& map, std::span<const MemberName> names,
                    std::string_view secret_prefix, std::vector<EventField>& secrets) {
  std::string text = "{";
  for (const auto& [key, value] : map) {
    if (text.size() > 1) text += ", ";
    text += cbor::Diagnose(key);
    const auto number = key.AsUnsigned();
    const auto name = std::ranges::find_if(
        names, [&](const MemberName& member) { return number && member.key == *number; });
    if (name == names.end()) {
      text += ": " + cbor::Diagnose(value);
    } else if (name->secret) {
      text += fmt::format(" /{}/: /secret/", name->name);
      secrets.push_back({fmt::format("{}.{}", secret_prefix, name->name), cbor::Diagnose(value),
                         /*secret=*/true});
    } else {
      text += fmt::format(" /{}/: {}", name->name, cbor::Diagnose(value));
    }
  }
  return text + "}";
}

// An empty body and one that is no canonical CBOR are both possible: some commands have no
// parameters, and some keys answer badly.
std::string BodyText(ByteView body, std::span<const MemberName> names,
                     std::string_view secret_prefix, std::vector<EventField>& secrets) {
  if (body.empty()) return {};
  const auto value = cbor::Decode(body);
  if (!value) return fmt::format("h'{}' /{}/", ToHex(body), cbor::Name(value.error()));
  if (const cbor::Map* map = value->AsMap()) return MapText(*map, names, secret_prefix, secrets);
  return cbor::Diagnose(*value);
}

cbor::Value ValueOf(ByteView body) { return cbor::Decode(body).value_or(cbor::Value()); }

void DescribeRequest(ByteView request, std::vector<EventField>& fields,
                     std::vector<EventField>& secrets) {
  if (request.empty()) {
    fields.push_back({"command", "empty message"});
    fields.push_back({"request", ""});
    return;
  }
  const ByteView body = request.subspan(1);
  fields.push_back({"command", CommandName(request[0], ValueOf(body))});
  fields.push_back({"request", BodyText(body, RequestMembers(request[0]), "request", secrets)});
}

// The member of an answer that holds authenticator data (CTAP 2.1 §6.1.2, §6.2.2).
std::optional<std::string> AuthenticatorDataOf(std::uint8_t command, ByteView body) {
  if (command != 0x01 && command != 0x02 && command != 0x08) return std::nullopt;
  const cbor::Value answer = ValueOf(body);
  const cbor::Value* member = answer.Find(2);
  const Bytes* data = member ? member->AsBytes() : nullptr;
  if (!data) return std::nullopt;
  return AuthenticatorDataText(*data);
}

}  // namespace

std::vector<EventField> DescribeTransaction(ByteView request, ByteView response) {
  std::vector<EventField> fields;
  std::vector<EventField> secrets;
  DescribeRequest(request, fields, secrets);
  const std::uint8_t command = request.empty() ? 0 : request[0];
  if (response.empty()) {
    fields.push_back({"status", "empty answer"});
    fields.push_back({"response", ""});
  } else {
    const ByteView body = response.subspan(1);
    fields.push_back({"status", StatusName(response[0])});
    fields.push_back({"response", BodyText(body, ResponseMembers(command), "response", secrets)});
    if (auto text = AuthenticatorDataOf(command, body)) {
      fields.push_back({"authenticator_data", *std::move(text)});
    }
  }
  fields.insert(fields.end(), secrets.begin(), secrets.end());
  return fields;
}

std::vector<EventField> DescribeHidError(ByteView request, ByteView error) {
  std::vector<EventField> fields;
  std::vector<EventField> secrets;
  DescribeRequest(request, fields, secrets);
  fields.push_back({"status", "CTAPHID " + (error.empty() ? "error" : HidErrorName(error[0]))});
  fields.push_back({"response", ""});
  fields.insert(fields.end(), secrets.begin(), secrets.end());
  return fields;
}

}  // namespace keyrig::device
