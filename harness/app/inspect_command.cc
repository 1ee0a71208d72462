#include "harness/app/inspect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/app/conformance_bench.h"
#include "harness/app/run_command.h"
#include "harness/app/run_setup.h"
#include "harness/app/temporary_folder.h"
#include "harness/base/ids.h"
#include "harness/conformance/entra.h"
#include "harness/conformance/pin.h"
#include "virtual-key/profiles/profile.h"

namespace keyrig::app {
namespace {

using conformance::At;
using conformance::EntraPoint;
using conformance::Info;

/// What was seen of a key.
struct Inspection {
  Info info;
  std::optional<std::uint64_t> pin_retries;
  std::vector<EntraPoint> points;
  bool MeetsAll() const {
    return std::ranges::all_of(points, [](const EntraPoint& point) { return point.met; });
  }
};

std::string AaguidText(const Info& info) {
  const Bytes* bytes = At(info.Members(), 3).AsBytes();
  Aaguid aaguid;
  if (bytes == nullptr || bytes->size() != aaguid.bytes.size()) return "none";
  std::ranges::copy(*bytes, aaguid.bytes.begin());
  return aaguid.Text();
}

std::optional<std::string> ModelText(const Info& info) {
  const Bytes* aaguid = At(info.Members(), 3).AsBytes();
  if (aaguid == nullptr) return std::nullopt;
  if (auto name = conformance::ModelName(*aaguid)) return name;
  for (const std::string& name : profiles::BuiltInNames()) {
    const auto profile = profiles::Load(name);
    if (profile && Equal(profile->config.aaguid.bytes, *aaguid)) return profile->description;
  }
  return std::nullopt;
}

std::string PinText(const Inspection& seen) {
  const auto pin = seen.info.Option("clientPin");
  if (!pin) return "not supported";
  std::string text = *pin ? "set" : "not set";
  if (seen.pin_retries) text += fmt::format(", {} attempts left", *seen.pin_retries);
  return text;
}

/// "a, b, c" of a list of texts or numbers, or of the names in a map.
std::string ListText(const cbor::Value& value) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  if (const cbor::Array* list = value.AsArray()) {
    for (const cbor::Value& each : *list) {
      const std::string* word = each.AsText();
      add(word == nullptr ? cbor::Diagnose(each) : *word);
    }
  }
  return text.empty() ? "not told" : text;
}

std::string OptionsText(const cbor::Value& options) {
  std::string text;
  if (const cbor::Map* map = options.AsMap()) {
    for (const auto& [key, value] : *map) {
      const std::string* name = key.AsText();
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                          name == nullptr ? cbor::Diagnose(key) : *name, cbor::Diagnose(value));
    }
  }
  return text.empty() ? "none" : text;
}

std::vector<std::string> AlgorithmNames(const Info& info) {
  std::vector<std::string> names;
  for (const int number : info.Algorithms()) {
    names.push_back(fmt::format("{} ({})", Name(static_cast<CoseAlgorithm>(number)), number));
  }
  return names;
}

/// The members of getInfo that have a number, in words.
constexpr std::pair<int, const char*> kNumbers[] = {
    {0x05, "longest message"},  {0x07, "credentials in a list"}, {0x08, "longest credential ID"},
    {0x0B, "large-blob array"}, {0x0D, "shortest PIN"},          {0x0E, "firmware version"},
    {0x0F, "longest credBlob"}, {0x14, "room for credentials"},  {0x1D, "longest PIN"},
};

void Print(const InspectArguments& arguments, const Inspection& seen) {
  const auto line = [](std::string_view name, std::string_view value) {
    fmt::print("{:<24}{}\n", name, value);
  };
  const Info& info = seen.info;
  const auto member = [&](int key) -> const cbor::Value& { return At(info.Members(), key); };
  line("key", arguments.key);
  line("model", ModelText(info).value_or("not known here"));
  line("AAGUID", AaguidText(info));
  line("versions", ListText(member(1)));
  line("extensions", ListText(member(2)));
  line("options", OptionsText(member(4)));
  line("algorithms", fmt::format("{}", fmt::join(AlgorithmNames(info), ", ")));
  line("PIN", PinText(seen));
  line("PIN/UV protocols", ListText(member(6)));
  line("transports", ListText(member(9)));
  line("attestation formats", ListText(member(0x16)));
  for (const auto& [key, name] : kNumbers) {
    if (const auto number = info.Number(key)) line(name, std::to_string(*number));
  }
  fmt::print("\nMicrosoft's requirements for Entra ID\n");
  for (const EntraPoint& point : seen.points) {
    fmt::print("  {:<4}{:<40}{}\n", point.met ? "yes" : "NO", point.name, point.reason);
  }
  fmt::print("\n{}\n",
             seen.MeetsAll() ? "The key meets all of them." : "The key does not meet all of them.");
}

void PrintJson(const InspectArguments& arguments, const Inspection& seen) {
  const Info& info = seen.info;
  nlohmann::json points = nlohmann::json::array();
  for (const EntraPoint& point : seen.points) {
    points.push_back({{"name", point.name}, {"met", point.met}, {"reason", point.reason}});
  }
  const auto texts = [&](int key) {
    nlohmann::json list = nlohmann::json::array();
    if (const cbor::Array* items = At(info.Members(), key).AsArray()) {
      for (const cbor::Value& each : *items) {
        if (const std::string* text = each.AsText()) list.push_back(*text);
        if (const auto number = each.AsInt()) list.push_back(*number);
      }
    }
    return list;
  };
  nlohmann::json options = nlohmann::json::object();
  if (const cbor::Map* map = At(info.Members(), 4).AsMap()) {
    for (const auto& [key, value] : *map) {
      if (key.AsText() && value.AsBool()) options[*key.AsText()] = *value.AsBool();
    }
  }
  nlohmann::json numbers = nlohmann::json::object();
  for (const auto& [key, name] : kNumbers) {
    if (const auto number = info.Number(key)) numbers[name] = *number;
  }
  nlohmann::json said = {
      {"key", arguments.key},   {"aaguid", AaguidText(info)},
      {"versions", texts(1)},   {"extensions", texts(2)},
      {"options", options},     {"algorithms", info.Algorithms()},
      {"pin", PinText(seen)},   {"pin_uv_auth_protocols", texts(6)},
      {"transports", texts(9)}, {"attestation_formats", texts(0x16)},
      {"numbers", numbers},     {"entra", {{"meets_all", seen.MeetsAll()}, {"points", points}}}};
  if (const auto model = ModelText(info)) said["model"] = *model;
  fmt::print("{}\n", said.dump(2));
}

Result<Inspection, Error> Look(const InspectArguments& arguments) {
  const auto in_words = [](const conformance::Stop& stop) { return Error{stop.message}; };
  const TemporaryFolder folder = TRY(TemporaryFolder::Make());
  ConformanceKey key;
  key.device = TRY(device::DeviceSpec::Parse(arguments.key));
  key.profile = arguments.profile;
  key.virtual_key_program = ProgramFolder() / "virtual-key";
  key.folder = folder.Path();
  key.pin = arguments.key_pin;
  const auto person = TRY(MakeOperator(arguments.person));
  key.person = person.get();
  if (!key.device.IsPhysical()) {
    key.memory.config = TRY(profiles::Load(arguments.profile.value_or("pin_key"))).config;
  }
  Rng rng;
  NullSink nobody;
  const auto bench = TRY(MakeConformanceBench(std::move(key), rng, nobody));
  const auto client = TRY(conformance::Client::Connect(*bench, rng).map_error(in_words));
  Inspection seen;
  seen.info = client->KeyInfo();
  if (seen.info.Option("clientPin")) {
    const auto answer = client->Ask(conformance::kClientPin, {{2, 1}});
    if (answer) seen.pin_retries = At(*answer, 3).AsUnsigned();
  }
  // A key of keyrig's own that does nothing without a PIN gets one.
  if (bench->IsOwn() && seen.info.Is("alwaysUv") && seen.info.Option("clientPin")) {
    TRY(conformance::SetPin(*client).map_error(in_words));
  }
  // A credential that the key does not keep shows how it attests.
  seen.points = conformance::CheckForEntra(seen.info, conformance::Register(*client));
  return seen;
}

}  // namespace

int Inspect(const InspectArguments& arguments) {
  const auto seen = Look(arguments);
  if (!seen) {
    fmt::print(stderr, "keyrig: {}: {}\n", arguments.key, seen.error().message);
    return kUsage;
  }
  if (arguments.json) {
    PrintJson(arguments, *seen);
  } else {
    Print(arguments, *seen);
  }
  return seen->MeetsAll() ? kPassed : kFailed;
}

}  // namespace keyrig::app
