#pragma once

#include <filesystem>
#include <optional>

namespace keyrig::app {

/// `keyrig list scenarios`; the exit status.
int ListScenarios(const std::optional<std::filesystem::path>& folder);
/// `keyrig list keys`; the exit status.
int ListKeys();

}  // namespace keyrig::app
