#include "mock-entra/policy/fido2_policy.h"

#include <gtest/gtest.h>

#include <ostream>

namespace keyrig::policy {

void PrintTo(Denial denial, std::ostream* out) { *out << Name(denial); }

namespace {

const Subject kAlice{"alice", {"staff", "admins"}};
const Aaguid kBlue{{0xB1}};
const Aaguid kRed{{0x2E}};

/// Enabled for everyone, nothing restricted: each test takes one thing away.
Fido2Configuration Open() {
  Fido2Configuration policy;
  policy.state = "enabled";
  policy.isAttestationEnforced = false;
  return policy;
}

Fido2Configuration Restricted(const char* type, std::vector<Aaguid> aaguids) {
  auto policy = Open();
  policy.keyRestrictions = {true, type, std::move(aaguids)};
  return policy;
}

/// The answers to all four questions, for a key of model `aaguid`.
struct Answers {
  Denial start, registration, use, sign_in;
  friend bool operator==(const Answers&, const Answers&) = default;
  friend void PrintTo(const Answers& answers, std::ostream* out) {
    *out << "start: " << Name(answers.start) << ", register: " << Name(answers.registration)
         << ", use: " << Name(answers.use) << ", sign in: " << Name(answers.sign_in);
  }
};

Answers Ask(const Fido2Configuration& policy, const Aaguid& aaguid = kBlue, bool attested = true) {
  const KeyTraits key{aaguid, attested};
  return {MayStartRegistration(policy, kAlice), MayRegister(policy, kAlice, key),
          MayUseMethod(policy, kAlice), MaySignIn(policy, kAlice, key)};
}

Answers Everywhere(Denial denial) { return {denial, denial, denial, denial}; }

TEST(Fido2PolicyTest, AnOpenPolicyAllowsEverything) {
  EXPECT_EQ(Ask(Open()), Everywhere(Denial::kNone));
  EXPECT_EQ(Ask(Open(), kRed, /*attested=*/false), Everywhere(Denial::kNone));
}

TEST(Fido2PolicyTest, TheDefaultIsTheDocumentedOne) {
  const Fido2Configuration policy;
  EXPECT_EQ(policy.state, "disabled");
  EXPECT_TRUE(policy.isSelfServiceRegistrationAllowed);
  EXPECT_TRUE(policy.isAttestationEnforced);
  EXPECT_FALSE(policy.keyRestrictions.isEnforced);
  EXPECT_EQ(policy.keyRestrictions.enforcementType, "block");
  ASSERT_EQ(policy.includeTargets.size(), 1U);
  EXPECT_EQ(policy.includeTargets[0].id, "all_users");
  EXPECT_TRUE(policy.excludeTargets.empty());
}

TEST(Fido2PolicyTest, DisabledDeniesBeforeAnythingElse) {
  auto policy = Open();
  policy.state = "disabled";
  policy.excludeTargets = {{"user", "alice"}};
  EXPECT_EQ(Ask(policy), Everywhere(Denial::kMethodDisabled));
}

struct ScopeRow {
  const char* name;
  std::vector<IncludeTarget> include;
  std::vector<ExcludeTarget> exclude;
  Denial expected;
};

class ScopeTest : public testing::TestWithParam<ScopeRow> {};

TEST_P(ScopeTest, DecidesAllFourQuestions) {
  auto policy = Open();
  policy.includeTargets = GetParam().include;
  policy.excludeTargets = GetParam().exclude;
  EXPECT_EQ(Ask(policy), Everywhere(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ScopeTest,
    testing::Values(
        ScopeRow{"AllUsers", {{"group", "all_users"}}, {}, Denial::kNone},
        ScopeRow{"NobodyIncluded", {}, {}, Denial::kUserNotTargeted},
        ScopeRow{"HerGroup", {{"group", "staff"}}, {}, Denial::kNone},
        ScopeRow{"HerSecondGroup", {{"group", "guests"}, {"group", "admins"}}, {}, Denial::kNone},
        ScopeRow{"AnotherGroup", {{"group", "guests"}}, {}, Denial::kUserNotTargeted},
        ScopeRow{"Herself", {{"user", "alice"}}, {}, Denial::kNone},
        ScopeRow{"AnotherUser", {{"user", "bob"}}, {}, Denial::kUserNotTargeted},
        ScopeRow{"AGroupIsNoUser", {{"group", "alice"}}, {}, Denial::kUserNotTargeted},
        ScopeRow{"AUserIsNoGroup", {{"user", "staff"}}, {}, Denial::kUserNotTargeted},
        ScopeRow{
            "ExcludedGroup", {{"group", "all_users"}}, {{"group", "staff"}}, Denial::kUserExcluded},
        ScopeRow{
            "ExcludedSelf", {{"group", "all_users"}}, {{"user", "alice"}}, Denial::kUserExcluded},
        ScopeRow{"ExcludeBeatsIncludeOfTheUser",
                 {{"user", "alice"}},
                 {{"group", "staff"}},
                 Denial::kUserExcluded},
        ScopeRow{"ExcludeBeatsIncludeOfTheSameGroup",
                 {{"group", "staff"}},
                 {{"group", "staff"}},
                 Denial::kUserExcluded},
        ScopeRow{"ExcludedAndNotTargeted",
                 {{"group", "guests"}},
                 {{"group", "staff"}},
                 Denial::kUserExcluded},
        ScopeRow{
            "ExcludeOfOthers", {{"group", "all_users"}}, {{"group", "guests"}}, Denial::kNone}),
    [](const auto& row) { return row.param.name; });

TEST(Fido2PolicyTest, SelfServiceCountsAtRegistrationOnly) {
  auto policy = Open();
  policy.isSelfServiceRegistrationAllowed = false;
  EXPECT_EQ(Ask(policy), (Answers{Denial::kSelfServiceDisabled, Denial::kSelfServiceDisabled,
                                  Denial::kNone, Denial::kNone}));
}

TEST(Fido2PolicyTest, ScopeIsToldBeforeSelfService) {
  auto policy = Open();
  policy.isSelfServiceRegistrationAllowed = false;
  policy.includeTargets = {};
  EXPECT_EQ(MayStartRegistration(policy, kAlice), Denial::kUserNotTargeted);
}

TEST(Fido2PolicyTest, AttestationCountsAtRegistrationOnly) {
  auto policy = Open();
  policy.isAttestationEnforced = true;
  EXPECT_EQ(Ask(policy, kBlue, /*attested=*/true), Everywhere(Denial::kNone));
  EXPECT_EQ(Ask(policy, kBlue, /*attested=*/false),
            (Answers{Denial::kNone, Denial::kAttestationRequired, Denial::kNone, Denial::kNone}));
}

TEST(Fido2PolicyTest, AttestationIsToldBeforeTheModel) {
  auto policy = Restricted("allow", {kRed});
  policy.isAttestationEnforced = true;
  EXPECT_EQ(MayRegister(policy, kAlice, {kBlue, false}), Denial::kAttestationRequired);
  EXPECT_EQ(MayRegister(policy, kAlice, {kBlue, true}), Denial::kKeyRestricted);
}

constexpr Answers kModelDenied{Denial::kNone, Denial::kKeyRestricted, Denial::kNone,
                               Denial::kKeyRestricted};

TEST(Fido2PolicyTest, KeyRestrictionsCountAtRegistrationAndAtEverySignIn) {
  EXPECT_EQ(Ask(Restricted("allow", {kBlue}), kBlue), Everywhere(Denial::kNone));
  EXPECT_EQ(Ask(Restricted("allow", {kBlue}), kRed), kModelDenied);
  EXPECT_EQ(Ask(Restricted("allow", {}), kBlue), kModelDenied);
  EXPECT_EQ(Ask(Restricted("block", {kBlue}), kBlue), kModelDenied);
  EXPECT_EQ(Ask(Restricted("block", {kBlue}), kRed), Everywhere(Denial::kNone));
  EXPECT_EQ(Ask(Restricted("block", {}), kBlue), Everywhere(Denial::kNone));
}

TEST(Fido2PolicyTest, RestrictionsThatAreNotEnforcedDoNotCount) {
  for (const char* type : {"allow", "block"}) {
    auto policy = Restricted(type, {kBlue});
    policy.keyRestrictions.isEnforced = false;
    EXPECT_EQ(Ask(policy, kBlue), Everywhere(Denial::kNone));
    EXPECT_EQ(Ask(policy, kRed), Everywhere(Denial::kNone));
  }
}

class PasskeyProfilesTest : public testing::Test {
 protected:
  PasskeyProfilesTest() {
    OptIn(policy_);
    PasskeyProfile red = policy_.passkeyProfiles[0];
    red.id = kRedOnly;
    red.keyRestrictions = {true, "allow", {kRed}};
    policy_.passkeyProfiles.push_back(red);
  }
  PasskeyProfile& Default() { return policy_.passkeyProfiles[0]; }
  PasskeyProfile& RedOnly() { return policy_.passkeyProfiles[1]; }
  void Target(const char* group, std::vector<std::string> profiles) {
    policy_.includeTargets.push_back({"group", group, false, std::move(profiles)});
  }
  Denial Register(const KeyTraits& key) { return MayRegister(policy_, kAlice, key); }

  static constexpr const char* kRedOnly = "e47a833c-5dfa-45f1-9471-bb0cf0eb425b";
  Fido2Configuration policy_ = Open();
};

TEST_F(PasskeyProfilesTest, OptingInChangesNoDecision) {
  for (const auto& policy : {Open(), Restricted("allow", {kRed}), Fido2Configuration()}) {
    auto opted_in = policy;
    OptIn(opted_in);
    EXPECT_TRUE(opted_in.HasProfiles());
    for (const Aaguid& aaguid : {kBlue, kRed}) {
      for (const bool attested : {false, true}) {
        EXPECT_EQ(Ask(opted_in, aaguid, attested), Ask(policy, aaguid, attested));
      }
    }
  }
}

TEST_F(PasskeyProfilesTest, TheMembersOfTheConfigurationItselfDoNotCountAnyMore) {
  policy_.isAttestationEnforced = true;
  policy_.keyRestrictions = {true, "allow", {}};
  EXPECT_EQ(Ask(policy_, kBlue, /*attested=*/false), Everywhere(Denial::kNone));
}

TEST_F(PasskeyProfilesTest, OnlyTheProfilesOfTheUsersTargetsCount) {
  policy_.includeTargets.clear();
  Target("guests", {std::string(kDefaultPasskeyProfile)});
  Target("staff", {kRedOnly});
  EXPECT_EQ(Ask(policy_, kRed), Everywhere(Denial::kNone));
  EXPECT_EQ(Ask(policy_, kBlue), kModelDenied);
}

TEST_F(PasskeyProfilesTest, OneProfileThatIsWhollySatisfiedIsEnough) {
  Default().keyRestrictions = {true, "block", {kRed}};
  EXPECT_EQ(Ask(policy_, kRed), kModelDenied);
  Target("staff", {kRedOnly});
  EXPECT_EQ(Ask(policy_, kRed), Everywhere(Denial::kNone));
  // Half of one and half of the other is not.
  Default().keyRestrictions = {};
  Default().attestationEnforcement = "registrationOnly";
  EXPECT_EQ(Register({kBlue, false}), Denial::kAttestationRequired);
  EXPECT_EQ(Register({kBlue, true}), Denial::kNone);
}

TEST_F(PasskeyProfilesTest, AttestationIsAMustWhereNoProfileOfTheUserDoesWithout) {
  RedOnly().attestationEnforcement = "registrationOnly";
  EXPECT_FALSE(MustAttest(policy_, kAlice));
  Target("staff", {kRedOnly});
  EXPECT_FALSE(MustAttest(policy_, kAlice));
  policy_.includeTargets.erase(policy_.includeTargets.begin());
  EXPECT_TRUE(MustAttest(policy_, kAlice));
}

TEST_F(PasskeyProfilesTest, ATypeThatIsOffCanNeitherBeRegisteredNorUsed) {
  const KeyTraits synced{kBlue, true, /*synced=*/true};
  Default().passkeyTypes = {.deviceBound = true, .synced = false};
  EXPECT_EQ(Register(synced), Denial::kPasskeyTypeOff);
  EXPECT_EQ(MaySignIn(policy_, kAlice, synced), Denial::kPasskeyTypeOff);
  Default().passkeyTypes = {.deviceBound = false, .synced = true};
  EXPECT_EQ(Register(synced), Denial::kNone);
  EXPECT_EQ(Register({kBlue, true, false}), Denial::kPasskeyTypeOff);
}

TEST_F(PasskeyProfilesTest, OptingInUnderAttestationAllowsNoSyncedKeys) {
  EXPECT_TRUE(Default().passkeyTypes.synced);
  Fido2Configuration attested;
  OptIn(attested);
  EXPECT_EQ(attested.passkeyProfiles[0].attestationEnforcement, "registrationOnly");
  EXPECT_FALSE(attested.passkeyProfiles[0].passkeyTypes.synced);
}

}  // namespace
}  // namespace keyrig::policy
