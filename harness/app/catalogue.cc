#include "harness/app/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "harness/app/text_file.h"
#include "harness/base/assets.h"
#include "harness/base/nearest.h"
#include "harness/scenario/loader.h"
#include "virtual-key/faults/fault.h"
#include "virtual-key/profiles/profile.h"

namespace keyrig::assets {
std::span<const Asset> keyrig_scenarios();
}

namespace keyrig::app {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;
  std::string text;
};

Result<std::vector<File>, Error> ScenarioFiles(const std::optional<fs::path>& folder) {
  std::vector<File> files;
  if (!folder) {
    for (const Asset& asset : assets::keyrig_scenarios()) {
      files.push_back(
          {std::string(asset.path), *FindAsset(assets::keyrig_scenarios(), asset.path)});
    }
    return files;
  }
  std::error_code error;
  fs::recursive_directory_iterator entries(*folder, error);
  if (error) {
    return Fail(fmt::format("--scenarios {}: {}", folder->string(), error.message()));
  }
  for (auto entry = fs::begin(entries); entry != fs::end(entries); ++entry) {
    const fs::path& path = entry->path();
    if (entry->is_directory() && (path.filename() == "tenants" || path.filename() == "schema")) {
      entry.disable_recursion_pending();
    } else if (path.extension() == ".json") {
      files.push_back({path.string(), TRY(ReadFile(path))});
    }
  }
  if (files.empty()) {
    return Fail(
        fmt::format("--scenarios {}: there is no scenario (*.json) in it", folder->string()));
  }
  return files;
}

Result<directory::Tenant, Error> LoadNamedTenant(const std::string& name,
                                                 const std::optional<fs::path>& folder) {
  const std::string file = "tenants/" + name + ".json";
  std::error_code error;
  const auto in_words = [&](const Error& reason) {
    return Error{fmt::format("{}: {}", folder ? (*folder / file).string() : file, reason.message)};
  };
  if (folder && fs::exists(*folder / file, error)) {
    const std::string text = TRY(ReadFile(*folder / file));
    return directory::LoadTenant(text).map_error(in_words);
  }
  if (name == "contoso") {
    return directory::LoadTenant(directory::BuiltInTenant()).map_error(in_words);
  }
  return Fail(folder ? fmt::format("there is no {}", (*folder / file).string())
                     : fmt::format("there is no tenant \"{}\"; built in is contoso", name));
}

/// Whether the virtual key knows what the scenario asks of it.
Result<void, Error> CheckKey(const scenario::Scenario& scenario) {
  if (scenario.key.model) {
    const std::vector<std::string> models = profiles::BuiltInNames();
    if (std::ranges::find(models, *scenario.key.model) == models.end()) {
      return Fail(fmt::format("{}: $.key.model: there is no model \"{}\"; {}", scenario.file,
                              *scenario.key.model,
                              strict_json::Suggestion(*scenario.key.model, models)));
    }
  }
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const auto* step = std::get_if<scenario::SetFault>(&scenario.steps[i].action);
    if (step == nullptr) continue;
    const auto fault = faults::Fault::Parse(step->fault);
    if (fault) continue;
    return Fail(fmt::format("{}: $.steps[{}].set_fault.fault: {}", scenario.file, i,
                            fault.error().message));
  }
  return {};
}

std::string PathOf(const scenario::Scenario& scenario) {
  return scenario.theme + "/" + scenario.name;
}

bool Matches(const std::string& filter, const scenario::Scenario& scenario) {
  return scenario.theme == filter || fnmatch(filter.c_str(), scenario.name.c_str(), 0) == 0 ||
         fnmatch(filter.c_str(), PathOf(scenario).c_str(), 0) == 0;
}

}  // namespace

Result<std::vector<const scenario::Scenario*>, Error> Catalogue::Select(
    const std::vector<std::string>& filters) const {
  std::vector<std::string> unknown;
  for (const std::string& filter : filters) {
    if (std::ranges::any_of(scenarios, [&](const auto& each) { return Matches(filter, each); })) {
      continue;
    }
    std::vector<std::string> names;
    for (const auto& each : scenarios) names.push_back(each.name);
    const std::vector<std::string> near = strict_json::Nearest(filter, names);
    unknown.push_back(
        near.empty()
            ? fmt::format("no scenario matches \"{}\"; `keyrig list scenarios` shows them", filter)
            : fmt::format("no scenario matches \"{}\"; did you mean {}?", filter,
                          fmt::join(near, " or ")));
  }
  if (!unknown.empty()) return Fail(fmt::format("{}", fmt::join(unknown, "\n")));

  std::vector<const scenario::Scenario*> selected;
  for (const auto& each : scenarios) {
    const auto matches = [&](const std::string& filter) { return Matches(filter, each); };
    if (filters.empty() || std::ranges::any_of(filters, matches)) selected.push_back(&each);
  }
  return selected;
}

Result<Catalogue, Error> LoadCatalogue(const std::optional<fs::path>& folder) {
  Catalogue catalogue;
  std::vector<std::string> wrong;
  const std::vector<File> files = TRY(ScenarioFiles(folder));
  for (const File& file : files) {
    auto loaded = scenario::LoadScenario(file.path, file.text);
    if (!loaded) {
      wrong.push_back(loaded.error().message);
      continue;
    }
    if (const auto known = CheckKey(*loaded); !known) {
      wrong.push_back(known.error().message);
      continue;
    }
    const auto same =
        std::ranges::find(catalogue.scenarios, loaded->name, &scenario::Scenario::name);
    if (same != catalogue.scenarios.end()) {
      wrong.push_back(
          fmt::format("{}: a scenario of this name is also in {}", file.path, same->file));
      continue;
    }
    if (!catalogue.tenants.contains(loaded->tenant)) {
      auto tenant = LoadNamedTenant(loaded->tenant, folder);
      if (!tenant) {
        wrong.push_back(fmt::format("{}: $.tenant: {}", file.path, tenant.error().message));
        continue;
      }
      catalogue.tenants.emplace(loaded->tenant, *std::move(tenant));
    }
    catalogue.scenarios.push_back(*std::move(loaded));
  }
  if (!wrong.empty()) return Fail(fmt::format("{}", fmt::join(wrong, "\n")));
  std::ranges::sort(catalogue.scenarios, {}, [](const scenario::Scenario& each) {
    return std::pair(each.theme != "main", PathOf(each));
  });
  return catalogue;
}

}  // namespace keyrig::app
