#include "harness/app/red_scenarios.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/app/key_profile.h"
#include "harness/scenario/codes.h"

namespace keyrig::app {
namespace {

using scenario::EnableSecurityKeys;
using scenario::KeyProfile;
using scenario::RegisterKey;
using scenario::Scenario;
using scenario::SignIn;
using scenario::Step;
using station::Outcome;

void Erase(Scenario& scenario, std::size_t step) {
  scenario.steps.erase(scenario.steps.begin() + static_cast<std::ptrdiff_t>(step - 1));
}

template <typename Action>
Action& ActionOf(Scenario& scenario, std::size_t step) {
  return std::get<Action>(scenario.steps.at(step - 1).action);
}

Outcome& Expectation(Scenario& scenario, std::size_t step) {
  return scenario.steps.at(step - 1).expect;
}

}  // namespace

const std::map<std::string, CauseTakenAway>& CausesTakenAway() {
  const auto never_enabled = [](Scenario& s) { Erase(s, 1); };
  static const std::map<std::string, CauseTakenAway> causes = {
      {"enable_register_sign_in", {never_enabled, 1, "not_offered security_key"}},
      {"sign_in_without_user_name", {never_enabled, 1, "not_offered security_key"}},
      {"attestation_enforced",
       {[](Scenario& s) { s.key.attestation = KeyProfile::Attestation::kSelf; }, 2,
        "security_info 23"}},
      {"attestation_enforced_self_attestation",
       {[](Scenario& s) { ActionOf<EnableSecurityKeys>(s, 1).enforce_attestation = false; }, 2,
        "granted"}},
      {"key_model_not_allowed",
       {[](Scenario& s) {
          ActionOf<EnableSecurityKeys>(s, 1).key_restrictions->aaguids = {
              ConfigOf({})->aaguid.Text()};
        },
        2, "granted"}},
      {"method_disabled", {[](Scenario& s) { Erase(s, 4); }, 4, "granted"}},
      {"method_disabled_later", {[](Scenario& s) { Erase(s, 4); }, 4, "granted"}},
      {"user_excluded",
       {[](Scenario& s) {
          Erase(s, 4);
          Erase(s, 3);
        },
        3, "granted"}},
      {"user_excluded_later", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"wrong_pin_then_right",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).pin = ActionOf<RegisterKey>(s, 2).pin; }, 3,
        "granted"}},
      {"no_touch",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).gesture = Gesture::kTouch; }, 3, "granted"}},
      {"key_already_registered", {[](Scenario& s) { Erase(s, 2); }, 2, "granted"}},
      {"key_replugged", {[](Scenario& s) { Erase(s, 4); }, 4, "The key is not plugged in."}},
      {"key_deleted_at_service", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"mfa_not_fresh", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"signature_wrong", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"counter_going_back", {[](Scenario& s) { Erase(s, 4); }, 4, "granted"}},
      {"user_handle_of_another", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"user_not_verified", {[](Scenario& s) { Erase(s, 3); }, 3, "granted"}},
      {"attestation_untrusted", {[](Scenario& s) { Erase(s, 2); }, 2, "granted"}},
      {"attestation_expired", {[](Scenario& s) { Erase(s, 2); }, 2, "granted"}},
      {"key_full", {[](Scenario& s) { Erase(s, 2); }, 2, "granted"}},
      {"key_without_resident_keys", {[](Scenario& s) { s.key.model.reset(); }, 2, "granted"}},
      {"fido20_key", {never_enabled, 1, "not_offered security_key"}},
      {"always_uv_key", {never_enabled, 1, "not_offered security_key"}},
      {"biometric_key", {never_enabled, 1, "not_offered security_key"}},
      {"unknown_user",
       {[](Scenario& s) { ActionOf<SignIn>(s, 3).as.user_principal_name = "adele"; }, 3,
        "granted"}},
  };
  return causes;
}

std::size_t Point(const Scenario& scenario) {
  for (std::size_t i = scenario.steps.size(); i > 0; --i) {
    if (scenario.steps[i - 1].expect.kind != Outcome::Kind::kGranted) return i;
  }
  return scenario.steps.size();
}

RedScenario WithInvertedExpectation(Scenario scenario) {
  const std::size_t point = Point(scenario);
  Outcome& expect = Expectation(scenario, point);
  std::string happens = expect.Text();
  expect = expect.kind == Outcome::Kind::kGranted ? Outcome{Outcome::Kind::kCtap, "PIN_INVALID", {}}
                                                  : Outcome{};
  return {std::move(scenario), point, std::move(happens)};
}

RedScenario WithNearestOtherCode(Scenario scenario) {
  const std::size_t point = Point(scenario);
  Outcome& expect = Expectation(scenario, point);
  std::string happens = expect.Text();
  const bool has_neighbours =
      expect.kind != Outcome::Kind::kGranted && scenario::KnownCodes(expect.kind).size() > 1;
  if (!has_neighbours) {
    // What a policy that is not as it should be would have made of it.
    expect = {Outcome::Kind::kAadsts, "135016", {}};
  } else {
    const auto& codes = scenario::KnownCodes(expect.kind);
    const auto own = std::ranges::find(codes, expect.code);
    expect.code = own + 1 == codes.end() ? *(own - 1) : *(own + 1);
  }
  return {std::move(scenario), point, std::move(happens)};
}

RedScenario WithoutItsCause(Scenario scenario) {
  const CauseTakenAway& cause = CausesTakenAway().at(scenario.name);
  cause.take(scenario);
  return {std::move(scenario), cause.step, cause.happens};
}

std::string WhyNotRedAsItShould(const RedScenario& red, const scenario::ScenarioResult& result) {
  if (result.verdict != scenario::Verdict::kFailed) {
    return fmt::format("it {}: {}", scenario::Name(result.verdict), result.message);
  }
  const Step& step = red.scenario.steps.at(red.step - 1);
  for (const std::string& part :
       {fmt::format("step {} {} (", red.step, scenario::Name(step.action)),
        "expected " + step.expect.Text(), red.happens}) {
    if (result.message.find(part) == std::string::npos) {
      return fmt::format("\"{}\" is not in: {}", part, result.message);
    }
  }
  return {};
}

}  // namespace keyrig::app
