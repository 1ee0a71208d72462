// keyrig whatif as its user meets it.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "harness/app/keyrig_program.h"
#include "harness/app/temporary_folder.h"
#include "mock-entra/directory/directory.h"

namespace keyrig::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPilot = "11111111-2222-3333-4444-555555555555";
constexpr const char* kYubiKey = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

class WhatIfTest : public testing::Test {
 protected:
  /// An exported policy with these members of its fido2 configuration.
  std::string Policy(const std::string& name, const std::string& members) {
    return Written(name, R"({"authenticationMethodConfigurations":[{"@odata.type":)"
                         R"("#microsoft.graph.fido2AuthenticationMethodConfiguration",)" +
                             members + "}]}");
  }
  std::string Written(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.Path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  TemporaryFolder folder_ = TemporaryFolder::Make().value();
  const std::string open_ =
      Policy("open.json", R"("state":"enabled","isAttestationEnforced":false)");
  const std::string only_yubikeys_ =
      Policy("only.json", R"("state":"enabled","isAttestationEnforced":true,"keyRestrictions":
          {"isEnforced":true,"enforcementType":"allow","aaGuids":[")" +
                              std::string(kYubiKey) + R"("]})");
};

TEST_F(WhatIfTest, SaysWhichKeysAPolicyLetsIn) {
  const ProgramResult said = RunKeyrig("whatif --policy " + only_yubikeys_);
  EXPECT_EQ(said.status, 0) << said.output;
  EXPECT_THAT(said.output,
              AllOf(HasSubstr("Security keys are enabled; self-service registration is on."),
                    HasSubstr("anybody else\n"
                              "  registers and signs in: yes\n"
                              "    YubiKey 5 Series with NFC (" +
                              std::string(kYubiKey) + ")\n"),
                    HasSubstr("  registers: no, attestation is enforced; signs in: yes\n"),
                    HasSubstr("  registers and signs in: no, the key model is restricted\n"
                              "    any other model\n"),
                    Not(HasSubstr("synced"))));
}

TEST_F(WhatIfTest, TellsGroupsApartAndTypesWhereThereAreProfiles) {
  const std::string policy =
      Policy("profiles.json", R"("state":"enabled","isAttestationEnforced":false,
        "includeTargets":[{"id":")" +
                                  std::string(kPilot) + R"("}],"passkeyProfiles":[{"id":
        "00000000-0000-0000-0000-000000000001","passkeyTypes":"deviceBound"}])");
  const ProgramResult said = RunKeyrig("whatif --policy " + policy);
  EXPECT_THAT(said.output, AllOf(HasSubstr("a member of " + std::string(kPilot)),
                                 HasSubstr("no, this type of passkey is not allowed\n"
                                           "    any model, synced\n"),
                                 HasSubstr("anybody else\n  every key  registers and signs in: no, "
                                           "the user is not a target\n")));
}

TEST_F(WhatIfTest, NamesTheUsersOfATenant) {
  const std::string tenant = Written("tenant.json", directory::BuiltInTenant());
  const ProgramResult said = RunKeyrig("whatif --policy " + open_ + " --tenant " + tenant);
  EXPECT_THAT(said.output, HasSubstr("adele@contoso.onmicrosoft.com\n  every key  registers and "
                                     "signs in: yes\n"));
}

TEST_F(WhatIfTest, FailsAChangeThatLocksSomebodyOut) {
  const ProgramResult stricter =
      RunKeyrig("whatif --policy " + only_yubikeys_ + " --against " + open_);
  EXPECT_EQ(stricter.status, 1);
  EXPECT_THAT(
      stricter.output,
      AllOf(HasSubstr("LOCKED OUT  anybody else, any other model\n"
                      "    before: registers and signs in: yes\n"
                      "    after:  registers and signs in: no, the key model is restricted"),
            HasSubstr("changed     anybody else, YubiKey 5 Series with NFC (" +
                      std::string(kYubiKey) + "), not attested\n")));
  const ProgramResult looser =
      RunKeyrig("whatif --policy " + open_ + " --against " + only_yubikeys_);
  EXPECT_EQ(looser.status, 0) << looser.output;
  EXPECT_THAT(RunKeyrig("whatif --policy " + open_ + " --against " + open_).output,
              HasSubstr("Nothing changes for anybody."));
}

TEST_F(WhatIfTest, RefusesWhatIsNoPolicy) {
  const std::string wrong = Policy("wrong.json", R"("state":"on")");
  const ProgramResult refused = RunKeyrig("whatif --policy " + wrong);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("wrong.json"), HasSubstr("[0].state: ")));
  EXPECT_EQ(RunKeyrig("whatif").status, 2);
}

}  // namespace
}  // namespace keyrig::app
