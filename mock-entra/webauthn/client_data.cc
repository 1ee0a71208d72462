#include "mock-entra/webauthn/client_data.h"

#include <nlohmann/json.hpp>
#include <set>

namespace keyrig::webauthn {
namespace {

using nlohmann::json;

Result<std::string, Error> ReadText(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return Fail(std::string("client data has no ") + name);
  const auto* text = member->get_ptr<const std::string*>();
  if (text == nullptr) return Fail(std::string(name) + " in client data is not a string");
  return *text;
}

}  // namespace

Result<CollectedClientData, Error> ParseClientData(ByteView bytes) {
  std::set<std::string> names;
  bool twice = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key) {
      twice |= !names.insert(parsed.get<std::string>()).second;
    }
    return true;
  };
  // The parser skips a byte order mark, as UTF-8 decode does, and refuses what is not UTF-8.
  const json object = json::parse(bytes.begin(), bytes.end(), watch, /*allow_exceptions=*/false);
  if (object.is_discarded()) return Fail("client data is not JSON in UTF-8");
  if (!object.is_object()) return Fail("client data is not a JSON object");
  if (twice) return Fail("client data names a member twice");
  CollectedClientData data;
  data.type = TRY(ReadText(object, "type"));
  data.challenge = TRY(ReadText(object, "challenge"));
  data.origin = TRY(ReadText(object, "origin"));
  if (const auto member = object.find("crossOrigin"); member != object.end()) {
    if (!member->is_boolean()) return Fail("crossOrigin in client data is not a boolean");
    data.cross_origin = member->get<bool>();
  }
  if (object.contains("topOrigin")) data.top_origin = TRY(ReadText(object, "topOrigin"));
  return data;
}

}  // namespace keyrig::webauthn
