#include "harness/scenario/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/bytes.h"
#include "harness/base/json_document.h"
#include "harness/base/object_reader.h"
#include "harness/scenario/step_loader.h"

namespace keyrig::scenario {
namespace {

using strict_json::Node;
using strict_json::ObjectReader;
using strict_json::ParseDocument;

const std::vector<std::string> kLabSteps = {"1", "2", "3"};
const std::vector<std::string> kAttestations = {"packed", "self", "none"};

bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<std::string, Error> ReadName(const ObjectReader& reader, const Node& node) {
  std::string name = TRY(reader.Text(node));
  if (!IsName(name)) {
    return reader.Refuse(node,
                         fmt::format("\"{}\" is not a name; use a to z, 0 to 9 and _ only", name));
  }
  return name;
}

Result<KeyProfile, Error> ReadKey(std::string_view file, const Node& node) {
  const ObjectReader reader =
      TRY(ObjectReader::Open(file, node, {"model", "aaguid", "attestation", "pin"}));
  KeyProfile key;
  if (const Node* model = reader.Find("model")) key.model = TRY(ReadName(reader, *model));
  if (const Node* aaguid = reader.Find("aaguid")) key.aaguid = TRY(reader.ReadAaguid(*aaguid));
  if (const Node* attestation = reader.Find("attestation")) {
    using Attestation = KeyProfile::Attestation;
    const std::string word = TRY(reader.Word(*attestation, kAttestations));
    key.attestation = word == "packed" ? Attestation::kPacked
                      : word == "self" ? Attestation::kSelf
                                       : Attestation::kNone;
  }
  if (const Node* pin = reader.Find("pin")) {
    key.pin = TRY(reader.Text(*pin));
    if (CodePoints(*key.pin) < 4 || key.pin->size() > 63) {
      return reader.Refuse(*pin, "a PIN has 4 characters or more, and 63 bytes at most");
    }
  }
  return key;
}

}  // namespace

const std::vector<std::string>& KnownRequirements() {
  static const std::vector<std::string> words = {
      "clientPin", "rk", "uv", "credMgmt", "hmac-secret", "credProtect", "ES256", "EdDSA", "RS256"};
  return words;
}

Result<Scenario, Error> LoadScenario(std::string_view file, std::string_view text) {
  const Node root = TRY(ParseDocument(file, text));
  const ObjectReader reader = TRY(ObjectReader::Open(
      file, root, {"$schema", "name", "intent", "lab", "tenant", "requires", "key", "steps"}));
  Scenario scenario;
  scenario.file = file;
  const std::filesystem::path path(file);
  if (const Node* schema = reader.Find("$schema")) TRY(reader.Text(*schema));

  const Node& name = *TRY(reader.Require("name"));
  scenario.name = TRY(ReadName(reader, name));
  if (scenario.name != path.stem().string()) {
    return reader.Refuse(
        name, fmt::format("the name must be that of the file, \"{}\"", path.stem().string()));
  }
  scenario.theme = path.parent_path().filename().string();
  if (!IsName(scenario.theme)) scenario.theme = "scenario";

  scenario.intent = TRY(reader.Text(*TRY(reader.Require("intent"))));
  if (const Node* lab = reader.Find("lab")) scenario.lab = TRY(reader.Texts(*lab, kLabSteps));
  scenario.tenant = TRY(ReadName(reader, *TRY(reader.Require("tenant"))));
  if (const Node* words = reader.Find("requires")) {
    scenario.requirements = TRY(reader.Texts(*words, KnownRequirements()));
  }
  if (const Node* key = reader.Find("key")) scenario.key = TRY(ReadKey(file, *key));

  const Node& steps = *TRY(reader.Require("steps"));
  if (steps.kind != Node::Kind::kList) {
    return reader.Refuse(steps,
                         fmt::format("expected a list of steps, found {}", steps.KindText()));
  }
  if (steps.items.empty()) return reader.Refuse(steps, "a scenario has at least one step");
  for (const Node& step : steps.items) scenario.steps.push_back(TRY(LoadStep(file, step)));
  return scenario;
}

}  // namespace keyrig::scenario
