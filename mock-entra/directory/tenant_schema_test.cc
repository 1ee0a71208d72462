// The schema that editors use and the loader are two descriptions of one language: what both can
// judge, they must judge alike.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/base/json_schema.h"
#include "mock-entra/directory/directory.h"

namespace keyrig::directory {
namespace {

using SchemaJson = nlohmann::json;

class TenantSchemaTest : public ::testing::Test {
 protected:
  const JsonSchema schema_{KEYRIG_SOURCE_DIR "/scenarios/schema/tenant.schema.json"};
  const SchemaJson contoso_ = SchemaJson::parse(BuiltInTenant());
};

TEST_F(TenantSchemaTest, AcceptsTheBuiltInTenant) { EXPECT_TRUE(schema_.Accepts(contoso_)); }

TEST_F(TenantSchemaTest, RefusesWhatTheLoaderRefuses) {
  // A JSON pointer and what to put there; null removes the member.
  const std::vector<std::pair<const char*, SchemaJson>> changes = {
      {"/id", nullptr},
      {"/id", "contoso"},
      {"/users", nullptr},
      {"/surplus", 1},
      {"/users/0/surplus", 1},
      {"/users/0/displayName", nullptr},
      {"/users/0/userPrincipalName", "adele"},
      {"/users/0/accountEnabled", "yes"},
      {"/users/0/roles/0", "King"},
      {"/groups/0/id", 7},
      {"/groups/0/displayName", ""},
      {"/applications/0/secret", nullptr},
      {"/applications/0/redirectUris", {"ftp://x"}},
      {"/fido2/state", "on"},
      {"/fido2/@odata.type", nullptr},
      {"/fido2/keyRestrictions/aaGuids", {"x"}},
      {"/freshnessWindowMinutes", 0},
      {"/freshnessWindowMinutes", 1.5},
      {"/excludeIdEncoding", "hex"},
      {"/attestationRoots", {"x"}},
  };
  for (const auto& [pointer, value] : changes) {
    SchemaJson json = contoso_;
    const SchemaJson::json_pointer at(pointer);
    if (value.is_null()) {
      json[at.parent_pointer()].erase(at.back());
    } else {
      json[at] = value;
    }
    EXPECT_FALSE(LoadTenant(json.dump())) << pointer << " = " << value;
    EXPECT_FALSE(schema_.Accepts(json)) << pointer << " = " << value;
  }
}

}  // namespace
}  // namespace keyrig::directory
