#pragma once

#include <filesystem>
#include <string>

#include "harness/base/result.h"

namespace keyrig::control {

/// What a client of the HTTP control must know: 43 characters, from the operating system's
/// generator, whatever the seed.
std::string NewHttpToken();

/// The token in a file of this user alone (mode 0600), which is made where it is not there: so a
/// token outlives a restart. A file that others may read, or that holds something else, is refused
/// in words and left as it is.
Result<std::string, Error> OpenHttpToken(const std::filesystem::path& path);

}  // namespace keyrig::control
