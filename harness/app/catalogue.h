#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/scenario/scenario.h"
#include "mock-entra/directory/directory.h"

namespace keyrig::app {

/// The scenarios and tenants that can be played.
struct Catalogue {
  std::vector<scenario::Scenario> scenarios;  // theme main first; then by theme and name
  std::map<std::string, directory::Tenant> tenants;

  /// The scenarios that one of the filters selects: a name, a theme, or a glob over names or
  /// "theme/name"; all without a filter. An error names a filter that selects nothing, and what is
  /// near to it.
  Result<std::vector<const scenario::Scenario*>, Error> Select(
      const std::vector<std::string>& filters) const;
};

/// Reads the built-in scenarios, or all below `folder`, whose tenants lie in its subfolder tenants.
/// An error lists every file that is wrong.
Result<Catalogue, Error> LoadCatalogue(const std::optional<std::filesystem::path>& folder);

}  // namespace keyrig::app
