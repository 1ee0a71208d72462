#include "mock-entra/policy/fido2_policy_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace keyrig::policy {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using testing::HasSubstr;

constexpr const char* kGroup = "11111111-2222-3333-4444-555555555555";
constexpr const char* kOtherGroup = "99999999-8888-7777-6666-555555555555";
constexpr const char* kYubiKey = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

/// A PATCH body with the type that the service insists on and the members of `text`.
std::string Body(const std::string& members) {
  return R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration")" +
         (members.empty() ? "" : "," + members) + "}";
}

Fido2Configuration Patch(const std::string& members, const Fido2Configuration& from = {}) {
  const auto patched = ApplyPatch(from, Body(members));
  if (!patched) {
    ADD_FAILURE() << patched.error().message;
    return from;
  }
  EXPECT_FALSE(patched->ignored);
  return patched->configuration;
}

json AsJson(const Fido2Configuration& configuration) {
  return json::parse(ToJson(configuration, "v1.0").dump());
}

TEST(Fido2PolicyJsonTest, IsWrittenAsTheServiceWritesIt) {
  Fido2Configuration configuration;
  configuration.state = "enabled";
  configuration.keyRestrictions = {true, "allow", {Aaguid::Parse(kYubiKey).value()}};
  configuration.excludeTargets = {{"group", kGroup}};
  EXPECT_EQ(
      ToJson(configuration, "v1.0").dump(),
      R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration","id":"Fido2",)"
      R"("state":"enabled","isSelfServiceRegistrationAllowed":true,"isAttestationEnforced":true,)"
      R"("defaultPasskeyProfile":null,"keyRestrictions":{"isEnforced":true,)"
      R"("enforcementType":"allow","aaGuids":["2fc0579f-8113-47ea-b116-bb5a8db9202a"]},)"
      R"("excludeTargets":[{"id":"11111111-2222-3333-4444-555555555555","targetType":"group"}],)"
      R"("includeTargets@odata.context":"https://graph.microsoft.com/v1.0/$metadata#policies/)"
      R"(authenticationMethodsPolicy/authenticationMethodConfigurations('Fido2')/)"
      R"(microsoft.graph.fido2AuthenticationMethodConfiguration/includeTargets",)"
      R"("includeTargets":[{"id":"all_users","targetType":"group",)"
      R"("isRegistrationRequired":false,"allowedPasskeyProfiles":[]}],"passkeyProfiles":[]})");
}

TEST(Fido2PolicyJsonTest, NamesTheVersionInItsContext) {
  EXPECT_THAT(ToJson({}, "beta")["includeTargets@odata.context"].get<std::string>(),
              HasSubstr("graph.microsoft.com/beta/$metadata"));
}

TEST(ApplyPatchTest, EachMemberChangesAlone) {
  const json before = AsJson({});
  const std::pair<std::string, json> patches[] = {
      {"state", "enabled"},
      {"isSelfServiceRegistrationAllowed", false},
      {"isAttestationEnforced", false},
      {"includeTargets", json::array()},
      {"excludeTargets", {{{"id", kGroup}, {"targetType", "group"}}}},
      {"keyRestrictions",
       {{"isEnforced", true}, {"enforcementType", "allow"}, {"aaGuids", {kYubiKey}}}},
  };
  for (const auto& [name, value] : patches) {
    json expected = before;
    expected[name] = value;
    ASSERT_NE(expected, before) << name;
    EXPECT_EQ(AsJson(Patch('"' + name + "\":" + value.dump())), expected) << name;
  }
}

TEST(ApplyPatchTest, AnEmptyPatchChangesNothing) { EXPECT_EQ(AsJson(Patch("")), AsJson({})); }

TEST(ApplyPatchTest, KeyRestrictionsKeepWhatIsOmitted) {
  const auto allow = Patch(R"("keyRestrictions":{"enforcementType":"allow","aaGuids":[")" +
                           std::string(kYubiKey) + R"("]})");
  const auto enforced = Patch(R"("keyRestrictions":{"isEnforced":true})", allow);
  EXPECT_TRUE(enforced.keyRestrictions.isEnforced);
  EXPECT_EQ(enforced.keyRestrictions.enforcementType, "allow");
  EXPECT_EQ(enforced.keyRestrictions.aaGuids.size(), 1U);
}

TEST(ApplyPatchTest, WithoutATypeNothingIsApplied) {
  const auto patched = ApplyPatch({}, R"({"state":"enabled"})");
  ASSERT_TRUE(patched);
  EXPECT_TRUE(patched->ignored);
  EXPECT_EQ(patched->configuration.state, "disabled");
}

TEST(ApplyPatchTest, BooleansMayBeStrings) {
  EXPECT_FALSE(Patch(R"("isAttestationEnforced":"false")").isAttestationEnforced);
  EXPECT_TRUE(Patch(R"("keyRestrictions":{"isEnforced":"true"})").keyRestrictions.isEnforced);
}

TEST(ApplyPatchTest, WhatGetReturnsCanBeSentBack) {
  Fido2Configuration configuration = Patch(
      R"("state":"enabled","keyRestrictions":{"isEnforced":true,"aaGuids":[")" +
      std::string(kYubiKey) + R"("]},"includeTargets":[{"targetType":"user","id":")" + kGroup +
      R"(","isRegistrationRequired":true}],"excludeTargets":[{"id":")" + kOtherGroup + R"("}])");
  ordered_json body = ToJson(configuration, "v1.0");
  body["@odata.context"] = "https://graph.microsoft.com/v1.0/$metadata#x";
  body["includeTargets"][0]["displayName"] = "Alice";
  const auto patched = ApplyPatch({}, body.dump());
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(AsJson(patched->configuration), AsJson(configuration));
}

TEST(ApplyPatchTest, ObjectIdsAreKeptInLowerCase) {
  const auto patched = Patch(R"("includeTargets":[{"id":"AAAAAAAA-2222-3333-4444-55555555555F"}])");
  EXPECT_EQ(patched.includeTargets[0].id, "aaaaaaaa-2222-3333-4444-55555555555f");
  EXPECT_EQ(patched.includeTargets[0].targetType, "group");
}

struct RefusedRow {
  const char* name;
  std::string members;
  std::string member;
  const char* message;
};

class RefusedPatchTest : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedPatchTest, NamesTheMember) {
  const auto patched = ApplyPatch({}, Body(GetParam().members));
  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().member, GetParam().member);
  EXPECT_THAT(patched.error().message, HasSubstr(GetParam().member));
  EXPECT_THAT(patched.error().message, HasSubstr(GetParam().message));
}

const std::string kDefault(kDefaultPasskeyProfile);
const std::string kOther = "e47a833c-5dfa-45f1-9471-bb0cf0eb425b";

/// A member that names a profile, and more of it.
std::string Profile(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id + R"(","name":"A profile")" + (more.empty() ? "" : ",") + more + "}";
}
std::string Profiles(std::initializer_list<std::string> profiles) {
  std::string list;
  for (const std::string& profile : profiles) list += (list.empty() ? "" : ",") + profile;
  return "\"passkeyProfiles\":[" + list + "]";
}

const std::string kTarget = R"({"targetType":"group","id":")" + std::string(kGroup) + "\"}";

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedPatchTest,
    testing::Values(
        RefusedRow{"State", R"("state":"on")", "state", "\"enabled\" or \"disabled\""},
        RefusedRow{"StateType", R"("state":true)", "state", "\"enabled\""},
        RefusedRow{"SelfService", R"("isSelfServiceRegistrationAllowed":1)",
                   "isSelfServiceRegistrationAllowed", "true or false"},
        RefusedRow{"Attestation", R"("isAttestationEnforced":"yes")", "isAttestationEnforced",
                   "true or false"},
        RefusedRow{"Id", R"("id":"Sms")", "id", "Fido2"},
        RefusedRow{"Unknown", R"("isEnabled":true)", "isEnabled", "no such property"},
        RefusedRow{"Restrictions", R"("keyRestrictions":null)", "keyRestrictions", "object"},
        RefusedRow{"UnknownRestriction", R"("keyRestrictions":{"aaguids":[]})",
                   "keyRestrictions.aaguids", "no such property"},
        RefusedRow{"EnforcementType", R"("keyRestrictions":{"enforcementType":"deny"})",
                   "keyRestrictions.enforcementType", "\"allow\" or \"block\""},
        RefusedRow{"AaguidsType", R"("keyRestrictions":{"aaGuids":"x"})", "keyRestrictions.aaGuids",
                   "array"},
        RefusedRow{"Aaguid",
                   R"("keyRestrictions":{"aaGuids":["2fc0579f-8113-47ea-b116-bb5a8db9202a","x"]})",
                   "keyRestrictions.aaGuids[1]", "AAGUID"},
        RefusedRow{"AaguidNumber", R"("keyRestrictions":{"aaGuids":[7]})",
                   "keyRestrictions.aaGuids[0]", "AAGUID"},
        RefusedRow{"IncludeType", R"("includeTargets":{})", "includeTargets", "array"},
        RefusedRow{"IncludeElement", R"("includeTargets":["all_users"])", "includeTargets[0]",
                   "object"},
        RefusedRow{"IncludeTargetType",
                   R"("includeTargets":[{"targetType":"role","id":"all_users"}])",
                   "includeTargets[0].targetType", "\"group\" or \"user\""},
        RefusedRow{"AllUsersIsAGroup",
                   R"("includeTargets":[{"targetType":"user","id":"all_users"}])",
                   "includeTargets[0].targetType", "all_users"},
        RefusedRow{"IncludeId", R"("includeTargets":[{"id":"staff"}])", "includeTargets[0].id",
                   "object id"},
        RefusedRow{"IncludeWithoutId", R"("includeTargets":[{"targetType":"group"}])",
                   "includeTargets[0].id", "missing"},
        RefusedRow{"IncludeUnknown", R"("includeTargets":[{"id":"all_users","scope":1}])",
                   "includeTargets[0].scope", "no such property"},
        RefusedRow{"IncludeTwice", R"("includeTargets":[)" + kTarget + "," + kTarget + "]",
                   "includeTargets[1].id", "already a target"},
        RefusedRow{"ExcludeTwice", R"("excludeTargets":[)" + kTarget + "," + kTarget + "]",
                   "excludeTargets[1].id", "already a target"},
        RefusedRow{"ExcludeAllUsers", R"("excludeTargets":[{"id":"all_users"}])",
                   "excludeTargets[0].id", "object id"},
        RefusedRow{"ExcludeUnknown", R"("excludeTargets":[{"isRegistrationRequired":true}])",
                   "excludeTargets[0].isRegistrationRequired", "no such property"},
        RefusedRow{"ProfileId", R"("passkeyProfiles":[{"id":"x"}])", "passkeyProfiles[0].id",
                   "GUID"},
        RefusedRow{"ProfileWithoutId", R"("passkeyProfiles":[{"name":"x"}])",
                   "passkeyProfiles[0].id", "missing"},
        RefusedRow{"ProfileWithoutName", "\"passkeyProfiles\":[{\"id\":\"" + kOther + "\"}]",
                   "passkeyProfiles[0].name", "missing"},
        RefusedRow{"ProfileTypes", Profiles({Profile(kDefault, R"("passkeyTypes":"any")")}),
                   "passkeyProfiles[0].passkeyTypes", "deviceBound"},
        RefusedRow{"ProfileNoTypes", Profiles({Profile(kDefault, R"("passkeyTypes":"")")}),
                   "passkeyProfiles[0].passkeyTypes", "deviceBound"},
        RefusedRow{"ProfileAttestation",
                   Profiles({Profile(kDefault, R"("attestationEnforcement":"always")")}),
                   "passkeyProfiles[0].attestationEnforcement", "registrationOnly"},
        RefusedRow{"ProfileRestrictions",
                   Profiles({Profile(kDefault, R"("keyRestrictions":{"aaGuids":["x"]})")}),
                   "passkeyProfiles[0].keyRestrictions.aaGuids[0]", "AAGUID"},
        RefusedRow{"ProfileUnknown", Profiles({Profile(kDefault, R"("colour":"blue")")}),
                   "passkeyProfiles[0].colour", "no such property"},
        RefusedRow{"ProfileTwice", Profiles({Profile(kDefault), Profile(kDefault)}),
                   "passkeyProfiles[1].id", "already a profile"},
        RefusedRow{"ProfilesWithoutTheDefault", Profiles({Profile(kOther)}), "passkeyProfiles",
                   "cannot be deleted"},
        RefusedRow{"TooManyProfiles",
                   Profiles({Profile(kDefault), Profile(kOther),
                             Profile("e47a833c-5dfa-45f1-9471-000000000002"),
                             Profile("e47a833c-5dfa-45f1-9471-000000000003")}),
                   "passkeyProfiles", "at most 3"},
        RefusedRow{"DefaultProfile", "\"defaultPasskeyProfile\":\"" + kOther + "\"",
                   "defaultPasskeyProfile", kDefault.c_str()},
        RefusedRow{"TargetProfiles",
                   "\"includeTargets\":[{\"id\":\"all_users\",\"allowedPasskeyProfiles\":[\"" +
                       kDefault + "\"]}]",
                   "includeTargets[0].allowedPasskeyProfiles", "opted in"},
        RefusedRow{"TargetOfNoProfile",
                   Profiles({Profile(kDefault)}) +
                       ",\"includeTargets\":[{\"id\":\"all_users\",\"allowedPasskeyProfiles\":[\"" +
                       kOther + "\"]}]",
                   "includeTargets[0].allowedPasskeyProfiles", "there is no passkey profile"}),
    [](const auto& row) { return row.param.name; });

TEST(PasskeyProfilesJsonTest, TheDefaultProfileTakesOverWhatStood) {
  const auto opted_in =
      Patch(R"("isAttestationEnforced":false,"keyRestrictions":{"isEnforced":true,"aaGuids":[")" +
            std::string(kYubiKey) + R"("]},"defaultPasskeyProfile":")" + kDefault + '"');
  const json written = AsJson(opted_in);
  EXPECT_EQ(written["defaultPasskeyProfile"], kDefault);
  EXPECT_EQ(written["passkeyProfiles"], json::parse(R"([{"id":")" + kDefault +
                                                    R"(","name":"Default passkey profile",
      "attestationEnforcement":"disabled","passkeyTypes":"deviceBound,synced","keyRestrictions":
      {"isEnforced":true,"enforcementType":"block","aaGuids":[")" +
                                                    kYubiKey + R"("]}}])"));
  EXPECT_EQ(written["includeTargets"][0]["allowedPasskeyProfiles"], json({kDefault}));
}

TEST(PasskeyProfilesJsonTest, ProfilesAreChangedMemberByMember) {
  const auto first =
      Patch(Profiles({Profile(kOther, R"("passkeyTypes":"synced")"), Profile(kDefault)}) +
            R"(,"includeTargets":[{"id":"all_users","allowedPasskeyProfiles":[")" + kDefault +
            "\",\"" + kOther + "\"]}]");
  EXPECT_EQ(first.passkeyProfiles[0].id, kDefault) << "the default one stands first";
  const auto second = Patch(
      Profiles({Profile(kDefault, R"("attestationEnforcement":"disabled")"), Profile(kOther)}),
      first);
  EXPECT_EQ(AsJson(second)["passkeyProfiles"][1]["passkeyTypes"], "synced");
  EXPECT_EQ(AsJson(second)["isAttestationEnforced"], false) << "repeats the default profile";
  // In use: it cannot be left out.
  const auto deleted = ApplyPatch(second, Body(Profiles({Profile(kDefault)})));
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("there is no passkey profile " + kOther));
}

TEST(PasskeyProfilesJsonTest, AfterOptingInTheOldMembersAreTakenWithoutEffect) {
  const auto opted_in = Patch(Profiles({Profile(kDefault)}));
  const auto patched =
      Patch(R"("isAttestationEnforced":false,"keyRestrictions":{"isEnforced":true})", opted_in);
  EXPECT_EQ(AsJson(patched), AsJson(opted_in));
}

TEST(PasskeyProfilesJsonTest, OptingInCannotBeUndone) {
  const auto opted_in = Patch(Profiles({Profile(kDefault)}));
  for (const char* undo : {R"("defaultPasskeyProfile":null)", R"("passkeyProfiles":[])"}) {
    EXPECT_FALSE(ApplyPatch(opted_in, Body(undo))) << undo;
  }
}

TEST(PasskeyProfilesJsonTest, WhatGetReturnsCanBeSentBack) {
  const auto opted_in = Patch(Profiles({Profile(kDefault), Profile(kOther)}));
  const auto patched = ApplyPatch({}, ToJson(opted_in, "v1.0").dump());
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(AsJson(patched->configuration), AsJson(opted_in));
}

TEST(ApplyPatchTest, TheBodyIsAnObject) {
  for (const char* body : {"", "[]", "{", "null", "{} x"}) {
    const auto patched = ApplyPatch({}, body);
    ASSERT_FALSE(patched) << body;
    EXPECT_THAT(patched.error().message, HasSubstr("JSON object"));
  }
}

TEST(ApplyPatchTest, TheTypeIsThisConfigurations) {
  const auto patched = ApplyPatch({}, R"({"@odata.type":"#microsoft.graph.smsX"})");
  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().member, "@odata.type");
}

TEST(ApplyPatchTest, ThePolicyHasALimitOfItsSize) {
  json aaguids = json::array();
  for (int i = 0; i < 600; ++i) aaguids.push_back(kYubiKey);
  const auto patched =
      ApplyPatch({}, Body(R"("keyRestrictions":{"aaGuids":)" + aaguids.dump() + "}"));
  ASSERT_FALSE(patched);
  EXPECT_THAT(patched.error().message, HasSubstr("at most 20480"));
}

}  // namespace
}  // namespace keyrig::policy
