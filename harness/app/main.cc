// keyrig: plays sign-in scenarios with FIDO2 keys and reports what was proved.
#include <CLI/CLI.hpp>

#include "harness/app/conformance_command.h"
#include "harness/app/inspect_command.h"
#include "harness/app/list_command.h"
#include "harness/app/run_command.h"
#include "harness/app/whatif_command.h"

namespace {

/// Takes the flags of GoogleTest out of the command line.
std::vector<std::string> TakeGtestFlags(std::vector<std::string>& words) {
  std::vector<std::string> flags;
  std::erase_if(words, [&](const std::string& word) {
    if (!word.starts_with("--gtest_")) return false;
    flags.push_back(word);
    return true;
  });
  return flags;
}

void AddRun(CLI::App& app, keyrig::app::RunArguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Play scenarios and write a report");
  run->footer("Every --gtest_* flag of GoogleTest is understood too.");
  run->add_option("FILTER", arguments.filters,
                  "Which scenarios: names, themes, or globs such as 'policy/*'; default: all");
  run->add_option("--key", arguments.key,
                  "The key: memory: (in this process), uhid: (virtual, a HID device of the "
                  "kernel), gadget: (virtual, at a USB device port that leads back to this "
                  "machine), nfc: (virtual, in a virtual card reader), hid:/dev/hidrawN or "
                  "nfc:READER (physical)")
      ->capture_default_str();
  run->add_option("--report", arguments.report, "The folder that the report is written to")
      ->capture_default_str();
  run->add_option("--seed", arguments.seed,
                  "What all chance is derived from; drawn and printed if not given");
  run->add_flag("--no-skips", arguments.no_skips,
                "A scenario that is skipped because the machine lacks something fails");
  run->add_option("--operator", arguments.person,
                  "Who handles a physical key: prompt (a person is asked), or exec:COMMAND "
                  "(COMMAND is run with touch, decline, insert or remove)")
      ->capture_default_str();
  run->add_option("--i-own-this-key", arguments.owned_aaguid,
                  "Allow the physical key of this AAGUID: needed unless it certainly holds "
                  "nothing of anybody's");
  run->add_option("--key-pin", arguments.key_pin, "The PIN that the physical key has")
      ->envname("KEYRIG_KEY_PIN");
  run->add_option("--attestation-root", arguments.attestation_root,
                  "PEM file of the certificate that the physical key's attestation chains to")
      ->check(CLI::ExistingFile);
  run->add_option("--scenarios", arguments.scenarios,
                  "Play the scenarios below this folder instead of the built-in ones")
      ->check(CLI::ExistingDirectory);
  run->add_option("--assets", arguments.assets,
                  "Serve pages and templates from this checkout instead of the built-in copies")
      ->check(CLI::ExistingDirectory);
}

CLI::App* AddConformance(CLI::App& app, keyrig::app::ConformanceArguments& arguments) {
  CLI::App* conformance =
      app.add_subcommand("conformance", "Hold a key against the rules of CTAP, case by case");
  conformance->footer("Every --gtest_* flag of GoogleTest is understood too.");
  conformance->add_option("FILTER", arguments.filters,
                          "Which cases: their names, areas, or globs of either; default: all");
  conformance
      ->add_option("--key", arguments.key,
                   "The key: memory:, uhid:, gadget:, nfc: (virtual), hid:/dev/hidrawN or "
                   "nfc:READER (physical)")
      ->capture_default_str();
  conformance->add_option("--profile", arguments.profile,
                          "What a virtual key is; default: all that there is");
  conformance->add_flag("--list", arguments.list, "Only show the cases with their clauses");
  conformance->add_flag("--verbose", arguments.verbose,
                        "Show also what passed, and what does not apply and why");
  conformance->add_flag("--may-reset", arguments.may_reset,
                        "The physical key may lose its PIN and all that it holds");
  conformance
      ->add_option("--operator", arguments.person,
                   "Who handles a physical key: prompt, or exec:COMMAND")
      ->capture_default_str();
  conformance->add_option("--key-pin", arguments.key_pin, "The PIN that the physical key has")
      ->envname("KEYRIG_KEY_PIN");
  conformance->add_option("--seed", arguments.seed, "What all chance is derived from");
  conformance->add_option("--report", arguments.report, "The folder for junit.xml and events.jsonl")
      ->capture_default_str();
  return conformance;
}

CLI::App* AddInspect(CLI::App& app, keyrig::app::InspectArguments& arguments) {
  CLI::App* inspect = app.add_subcommand(
      "inspect", "Show what a key is, and whether it meets Microsoft's requirements for Entra");
  inspect->footer("The exit status is 0 where it meets them, 1 where it does not.");
  inspect
      ->add_option("SPEC", arguments.key,
                   "The key: hid:/dev/hidrawN or nfc:READER; memory: is a virtual one")
      ->required();
  inspect->add_option("--profile", arguments.profile, "What a virtual key is");
  inspect->add_flag("--json", arguments.json, "Say it in JSON");
  inspect
      ->add_option("--operator", arguments.person,
                   "Who touches a physical key: prompt, or exec:COMMAND")
      ->capture_default_str();
  inspect
      ->add_option("--key-pin", arguments.key_pin,
                   "The PIN of the physical key, where it makes no credential without")
      ->envname("KEYRIG_KEY_PIN");
  return inspect;
}

CLI::App* AddWhatIf(CLI::App& app, keyrig::app::WhatIfArguments& arguments) {
  CLI::App* what_if = app.add_subcommand(
      "whatif", "Say which keys and users a policy lets in, before anyone saves it");
  what_if->footer("The exit status is 1 where --against shows that somebody would be locked out.");
  what_if
      ->add_option("--policy", arguments.policy,
                   "What GET policies/authenticationMethodsPolicy of Microsoft Graph returned")
      ->required()
      ->check(CLI::ExistingFile);
  what_if
      ->add_option("--against", arguments.against,
                   "The policy that stands now, likewise: only what would change is said")
      ->check(CLI::ExistingFile);
  what_if
      ->add_option("--tenant", arguments.tenant,
                   "A tenant file, whose users are then named; default: a member of each group "
                   "that the policy names")
      ->check(CLI::ExistingFile);
  return what_if;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace keyrig::app;

  CLI::App app{"keyrig: plays sign-in scenarios with FIDO2 keys and reports what was proved.",
               "keyrig"};
  app.set_version_flag("--version", "keyrig " KEYRIG_VERSION);
  app.require_subcommand(1);
  RunArguments arguments;
  arguments.program = argv[0];
  AddRun(app, arguments);
  ConformanceArguments conformance_arguments;
  conformance_arguments.program = argv[0];
  const CLI::App* conformance = AddConformance(app, conformance_arguments);
  InspectArguments inspect_arguments;
  const CLI::App* inspect = AddInspect(app, inspect_arguments);

  WhatIfArguments what_if_arguments;
  const CLI::App* what_if = AddWhatIf(app, what_if_arguments);

  CLI::App* list = app.add_subcommand("list", "Show what there is");
  list->require_subcommand(1);
  CLI::App* scenarios = list->add_subcommand("scenarios", "The scenarios, by theme");
  std::optional<std::filesystem::path> folder;
  scenarios->add_option("--scenarios", folder, "Those below this folder instead of the built-in")
      ->check(CLI::ExistingDirectory);
  CLI::App* keys = list->add_subcommand("keys", "The keys that can be used here");

  std::vector<std::string> words(argv + 1, argv + argc);
  arguments.gtest_flags = TakeGtestFlags(words);
  std::ranges::reverse(words);  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kUsage;
  }
  if (*scenarios) return ListScenarios(folder);
  if (*keys) return ListKeys();
  conformance_arguments.gtest_flags = arguments.gtest_flags;
  if (*conformance) return Conformance(conformance_arguments);
  if (*inspect) return Inspect(inspect_arguments);
  if (*what_if) return WhatIf(what_if_arguments);
  return Run(arguments);
}
