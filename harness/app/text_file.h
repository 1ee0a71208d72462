#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"

namespace keyrig::app {

/// All that is in a file that the user named; an error names it.
Result<std::string, Error> ReadFile(const std::filesystem::path& path);

}  // namespace keyrig::app
