#include "mock-entra/policy/policy_export.h"

#include <nlohmann/json.hpp>

#include "mock-entra/policy/fido2_policy_json.h"

namespace keyrig::policy {
namespace {

using nlohmann::json;

bool IsFido2(const json& object) {
  return object.is_object() && object.contains("@odata.type") &&
         object["@odata.type"] == kFido2ODataType;
}

}  // namespace

Result<Fido2Configuration, Error> ReadExport(std::string_view text) {
  const json exported = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!exported.is_object()) return Fail("this is no JSON object");
  const json* configuration = IsFido2(exported) ? &exported : nullptr;
  std::string path = "$";
  for (const std::string list : {"authenticationMethodConfigurations", "value"}) {
    if (configuration != nullptr || !exported.contains(list)) continue;
    if (!exported[list].is_array()) return Fail("$." + list + ": must be an array");
    for (std::size_t i = 0; i < exported[list].size(); ++i) {
      if (!IsFido2(exported[list][i])) continue;
      configuration = &exported[list][i];
      path = "$." + list + "[" + std::to_string(i) + "]";
    }
  }
  if (configuration == nullptr) {
    return Fail("there is no object whose \"@odata.type\" is \"" + std::string(kFido2ODataType) +
                "\"; export GET /policies/authenticationMethodsPolicy");
  }
  const auto applied = ApplyPatch(Fido2Configuration{}, configuration->dump());
  if (!applied) return Fail(path + "." + applied.error().message);
  return applied->configuration;
}

}  // namespace keyrig::policy
