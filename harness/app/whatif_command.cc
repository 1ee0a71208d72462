#include "harness/app/whatif_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/app/run_command.h"
#include "harness/app/text_file.h"
#include "mock-entra/directory/directory.h"
#include "mock-entra/policy/fido2_policy.h"
#include "mock-entra/policy/policy_export.h"

namespace keyrig::app {
namespace {

namespace fs = std::filesystem;
using policy::Denial;
using policy::Fido2Configuration;
using policy::KeyTraits;

/// Somebody as policy sees them.
struct Person {
  std::string name;
  policy::Subject subject;
};

/// A kind of key as policy tells them apart.
struct Kind {
  std::string name;
  KeyTraits key;
};

struct Decision {
  Denial registration;
  Denial sign_in;
  friend bool operator==(const Decision&, const Decision&) = default;
};

Decision Decide(const Fido2Configuration& policy, const Person& person, const Kind& kind) {
  return {policy::MayRegister(policy, person.subject, kind.key),
          policy::MaySignIn(policy, person.subject, kind.key)};
}

Result<Fido2Configuration, Error> ReadPolicy(const fs::path& path) {
  const std::string text = TRY(ReadFile(path));
  return policy::ReadExport(text).map_error([&](const Error& error) {
    return Error{fmt::format("{}: {}", path.string(), error.message)};
  });
}

/// Without a tenant: one for each group or user that the policies name, and one whom none names.
std::vector<Person> PeopleIn(const std::vector<Fido2Configuration>& policies) {
  std::set<std::pair<std::string, std::string>> named;
  for (const Fido2Configuration& policy : policies) {
    for (const auto& target : policy.includeTargets) named.emplace(target.targetType, target.id);
    for (const auto& target : policy.excludeTargets) named.emplace(target.targetType, target.id);
  }
  std::vector<Person> people = {{"anybody else", {}}};
  for (const auto& [type, id] : named) {
    if (id == "all_users") continue;
    const bool is_user = type == "user";
    people.push_back({is_user ? "user " + id : "a member of " + id,
                      is_user ? policy::Subject{id, {}} : policy::Subject{"", {id}}});
  }
  std::ranges::rotate(people, people.begin() + 1);
  return people;
}

Result<std::vector<Person>, Error> PeopleOf(const fs::path& path) {
  const auto tenant = directory::LoadTenant(TRY(ReadFile(path)));
  if (!tenant) return Fail(fmt::format("{}: {}", path.string(), tenant.error().message));
  std::vector<Person> people;
  for (const directory::User& user : tenant->users) {
    people.push_back({user.user_principal_name, tenant->SubjectOf(user)});
  }
  return people;
}

/// The models that the policies name, and one that none names; each as policy may tell it apart.
std::vector<Kind> KindsIn(const std::vector<Fido2Configuration>& policies) {
  std::set<Aaguid> models;
  const auto note = [&](const policy::KeyRestrictions& restrictions) {
    models.insert(restrictions.aaGuids.begin(), restrictions.aaGuids.end());
  };
  for (const Fido2Configuration& policy : policies) {
    note(policy.keyRestrictions);
    for (const policy::PasskeyProfile& profile : policy.passkeyProfiles) {
      note(profile.keyRestrictions);
    }
  }
  std::vector<Kind> kinds;
  const auto add = [&](const std::string& name, const Aaguid& aaguid) {
    kinds.push_back({name, {aaguid, /*attested=*/true, /*synced=*/false}});
    kinds.push_back({name + ", not attested", {aaguid, false, false}});
    if (std::ranges::any_of(policies, &Fido2Configuration::HasProfiles)) {
      kinds.push_back({name + ", synced", {aaguid, false, true}});
    }
  };
  for (const Aaguid& model : models) {
    const std::string_view name = directory::KeyModel(model);
    add(name.empty() ? model.Text() : fmt::format("{} ({})", name, model.Text()), model);
  }
  Aaguid unnamed{{0xFF}};
  add(models.empty() ? "any model" : "any other model", unnamed);
  return kinds;
}

std::string Text(Denial denial) {
  return denial == Denial::kNone ? "yes" : fmt::format("no, {}", policy::Name(denial));
}

std::string Text(const Decision& decision) {
  return decision.registration == decision.sign_in
             ? fmt::format("registers and signs in: {}", Text(decision.sign_in))
             : fmt::format("registers: {}; signs in: {}", Text(decision.registration),
                           Text(decision.sign_in));
}

/// What the policy decides for somebody, kinds of key with the same answer on one line.
void PrintDecisions(const Fido2Configuration& policy, const Person& person,
                    const std::vector<Kind>& kinds) {
  fmt::print("\n{}\n", person.name);
  std::vector<std::pair<Decision, std::vector<std::string>>> answers;
  for (const Kind& kind : kinds) {
    const Decision decision = Decide(policy, person, kind);
    auto same = std::ranges::find(answers, decision, [](const auto& each) { return each.first; });
    if (same == answers.end()) same = answers.insert(same, {decision, {}});
    same->second.push_back(kind.name);
  }
  if (answers.size() == 1) {
    fmt::print("  every key  {}\n", Text(answers[0].first));
    return;
  }
  for (const auto& [decision, names] : answers) {
    fmt::print("  {}\n", Text(decision));
    for (const std::string& name : names) fmt::print("    {}\n", name);
  }
}

/// Prints what differs; whether somebody who signs in under `before` cannot under `after`.
bool PrintChanges(const Fido2Configuration& before, const Fido2Configuration& after,
                  const std::vector<Person>& people, const std::vector<Kind>& kinds) {
  bool locks_out = false;
  bool changes = false;
  for (const Person& person : people) {
    for (const Kind& kind : kinds) {
      const Decision old = Decide(before, person, kind);
      const Decision now = Decide(after, person, kind);
      if (old == now) continue;
      changes = true;
      const bool loses = old.sign_in == Denial::kNone && now.sign_in != Denial::kNone;
      locks_out = locks_out || loses;
      fmt::print("{} {}, {}\n    before: {}\n    after:  {}\n",
                 loses ? "LOCKED OUT " : "changed    ", person.name, kind.name, Text(old),
                 Text(now));
    }
  }
  if (!changes) fmt::print("Nothing changes for anybody.\n");
  return locks_out;
}

Result<int, Error> Judge(const WhatIfArguments& arguments) {
  std::vector<Fido2Configuration> policies = {TRY(ReadPolicy(arguments.policy))};
  if (arguments.against) policies.push_back(TRY(ReadPolicy(*arguments.against)));
  const std::vector<Person> people =
      arguments.tenant ? TRY(PeopleOf(*arguments.tenant)) : PeopleIn(policies);
  const std::vector<Kind> kinds = KindsIn(policies);
  if (arguments.against) {
    return PrintChanges(policies[1], policies[0], people, kinds) ? kFailed : kPassed;
  }
  fmt::print("Security keys are {}; self-service registration is {}.\n", policies[0].state,
             policies[0].isSelfServiceRegistrationAllowed ? "on" : "off");
  for (const Person& person : people) PrintDecisions(policies[0], person, kinds);
  return kPassed;
}

}  // namespace

int WhatIf(const WhatIfArguments& arguments) {
  const auto judged = Judge(arguments);
  if (judged) return *judged;
  fmt::print(stderr, "keyrig: {}\n", judged.error().message);
  return kUsage;
}

}  // namespace keyrig::app
